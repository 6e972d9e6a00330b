import Support

/// The other end of an `HDF5Process`: reads HDF5 files for the process that asks.
public enum HDF5Server {
  /// Answers until nobody asks any more.
  ///
  /// - Parameter descriptor: a socket, a stream.
  /// - Throws: `UserError` when the HDF5 library has no memory left.
  public static func serve(_ descriptor: Int32) throws {
    var server = Connection(channel: HDF5Channel(descriptor))
    do {
      while true { try server.answer() }
    } catch is HDF5Fault {}
  }

  private struct Connection {
    var channel: HDF5Channel
    var file: HDF5LibrarySource?

    mutating func answer() throws {
      let (kind, body) = try channel.receive()
      guard let request = HDF5Request(rawValue: kind) else { throw HDF5Fault.nonsense }
      do {
        try answer(request, try String(bytes: body))
      } catch let error as UserError {
        // It would be an error about the file; but it is the limit of this process that was met.
        guard !error.problem.contains("memory allocation failed") else { throw error }
        try channel.send(HDF5Answer.error.rawValue, error.bytes)
      }
    }

    private mutating func answer(_ request: HDF5Request, _ name: String) throws {
      guard request != .open else {
        // The one before is closed first.
        file = nil
        file = try HDF5LibrarySource(path: name)
        return try send(true, of: name)
      }
      guard let file else { throw HDF5Fault.nonsense }
      switch request {
      case .open: return
      case .contains: try send(try file.contains(name), of: file.path)
      case .attributes:
        let attributes = try file.attributes(of: name)
        try send(attributes.map { HDF5NamedAttribute(name: $0, value: $1) }, of: file.path)
      case .contents: try send(try file.contents(), of: file.path)
      case .tensor:
        let tensor = try file.tensor(name)
        try send(tensor.shape, of: file.path)
        try tensor.withUnsafeBufferPointer { try channel.send(UnsafeRawBufferPointer($0)) }
      case .integers:
        let numbers = try file.integers(name)
        try send(numbers.count, of: file.path)
        try numbers.withUnsafeBytes { try channel.send($0) }
      }
    }

    private mutating func send(_ value: some HDF5Message, of path: String) throws {
      let body = value.bytes
      let limit = HDF5Channel.longestBody
      guard body.count <= limit else {
        throw UserError("\(path): its names and attributes take more than \(limit >> 20) MiB")
      }
      try channel.send(HDF5Answer.value.rawValue, body)
    }
  }
}
