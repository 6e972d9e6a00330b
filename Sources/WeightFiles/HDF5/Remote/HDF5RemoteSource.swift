import Support
import Synchronization
import Tensors

/// A file that another process reads. What comes from there has bounds and is checked against what was asked
/// for; where it fails, or nothing comes, that is an error about the file.
final class HDF5RemoteSource: HDF5Source {
  private struct State {
    var channel: HDF5Channel
    /// Once they were asked for: the file does not change while it is open.
    var contents: HDF5Contents?
    /// Those of the contents by name.
    var datasets: [String: HDF5Dataset] = [:]
    /// Why nothing more comes.
    var failure: UserError?
  }

  private let path: String
  private let process: any HDF5Process
  private let state: Mutex<State>

  /// Has the process open a file.
  ///
  /// - Throws: `UserError` when it cannot be opened.
  init(path: String, process: any HDF5Process) throws {
    (self.path, self.process) = (path, process)
    state = Mutex(State(channel: HDF5Channel(process.descriptor, seconds: process.seconds)))
    try ask(.open, path) { (_: Bool, _) in }
  }

  func contains(_ name: String) throws -> Bool {
    try ask(.contains, name) { (isThere: Bool, _) in isThere }
  }

  func attributes(of object: String) throws -> [String: HDF5Attribute] {
    let named = try ask(.attributes, object) { (named: [HDF5NamedAttribute], _) in named }
    return Dictionary(named.map { ($0.name, $0.value) }) { first, _ in first }
  }

  func contents() throws -> HDF5Contents {
    if let contents = state.withLock({ $0.contents }) { return contents }
    return try ask(.contents, "") { (contents: HDF5Contents, state) in
      state.datasets = Dictionary(contents.datasets.map { ($0.name, $0) }) { first, _ in first }
      state.contents = contents
      return contents
    }
  }

  func tensor(_ name: String) throws -> Tensor {
    try ask(.tensor, name) { (shape: [Int], state) in
      try Self.check(shape, expected: state.datasets[name]?.shape)
      return try Tensor(shape) {
        try state.channel.receive(into: UnsafeMutableRawBufferPointer($0))
      }
    }
  }

  func integers(_ name: String) throws -> [Int64] {
    try ask(.integers, name) { (count: Int, state) in
      try Self.check([count], expected: state.datasets[name].map { [$0.elementCount] })
      return try [Int64](unsafeUninitializedCapacity: count) { memory, filled in
        try state.channel.receive(
          into: UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: 8 * count))
        filled = count
      }
    }
  }

  /// Checks that a shape is that of the file's contents, where they are known, and that its numbers are within the
  /// limit, beyond which the other end answers with an error.
  private static func check(_ shape: [Int], expected: [Int]?) throws {
    guard shape == expected ?? shape, shape.count <= 32, shape.allSatisfy({ $0 >= 0 }) else {
      throw HDF5Fault.nonsense
    }
    var bytes = 4
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw HDF5Fault.nonsense }
      bytes = product
    }
    guard bytes <= (try Limits.weightBytes.value) else { throw HDF5Fault.nonsense }
  }

  /// Asks, and makes what is wanted of a value, and of what follows it.
  private func ask<Value: HDF5Message, Answer: Sendable>(
    _ request: HDF5Request, _ name: String, _ read: (Value, inout State) throws -> Answer
  ) throws -> Answer {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      do {
        try state.channel.send(request.rawValue, name.bytes)
        let (kind, body) = try state.channel.receive()
        switch HDF5Answer(rawValue: kind) {
        case .value: return try read(try Value(bytes: body), &state)
        case .error: throw try UserError(bytes: body).shown(path)
        case nil: throw HDF5Fault.nonsense
        }
      } catch let fault as HDF5Fault {
        let failure = process.failure(fault)
        state.failure = failure
        throw failure
      }
    }
  }
}

extension UserError {
  /// Without control characters, but for those of the path that it begins with.
  fileprivate func shown(_ path: String) -> UserError {
    let start = problem.hasPrefix(path) ? path : ""
    return UserError(start + problem.dropFirst(start.count).plain, remedy: remedy?.plain)
  }
}
