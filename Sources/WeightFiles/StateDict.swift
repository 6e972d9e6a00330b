import Support
import Tensors

/// The parameters of a network by name, in order, as PyTorch's `state_dict()` has them: axis order
/// `[out, in, height, width]` for convolutions, `[out, in]` for linear layers.
public struct StateDict: Sendable {
  /// The names in the order in which they were added.
  public private(set) var names: [String] = []
  /// What is known about the weights: `architecture`, `source`.
  public var attributes: [String: String] = [:]
  private var tensors: [String: Tensor] = [:]

  /// An empty dictionary.
  public init() {}

  /// The tensor of a name. Setting a new name appends it; setting `nil` removes it.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if newValue == nil {
        names.removeAll { $0 == name }
      } else if tensors[name] == nil {
        names.append(name)
      }
      tensors[name] = newValue
    }
  }

  /// The tensors alone, given up by this dictionary.
  public consuming func values() -> [String: Tensor] { tensors }

  /// How many tensors there are.
  public var count: Int { names.count }

  /// The shape of every tensor, by name.
  public var shapes: [String: [Int]] { tensors.mapValues(\.shape) }

  /// The sum of all tensors' element counts.
  public var elementCount: Int { tensors.values.reduce(0) { $0 + $1.count } }

  /// Whether a name is one of batch norm's step counters, which inference and training here do not
  /// need, and which torchvision's older files lack.
  public static func isStepCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  // MARK: - HDF5

  /// Reads the datasets in the root of a weight file, without `num_batches_tracked`, and its text
  /// attributes.
  ///
  /// - Throws: `UserError` naming the file when it is missing, not HDF5, truncated, damaged, or its
  ///   root holds no tensors.
  public static func load(_ path: String) throws -> StateDict {
    try load(try HDF5File(path: path))
  }

  /// The same of a file that is open.
  public static func load(_ file: HDF5File) throws -> StateDict {
    var weights = try StateDict(reading: file)
    weights.attributes = try file.texts()
    guard !weights.names.isEmpty else { throw try file.holdsNoTensors(weights.attributes) }
    return weights
  }

  /// Reads the datasets directly in a group (the root when empty), and those that links there lead
  /// to, without `num_batches_tracked`.
  ///
  /// - Throws: `UserError` naming file and dataset when one holds no numbers, is damaged or was never
  ///   written, and naming a link that leads nowhere.
  public init(reading file: HDF5File, group: String = "") throws {
    let prefix = group.isEmpty ? "" : group + "/"
    var size = WeightSize(path: file.path)
    for name in try file.tensorNames(in: group) {
      self[name] = try size.adding(try file.tensor(prefix + name))
    }
  }

  /// Writes a weight file: one float32 dataset a tensor in the root, and the attributes.
  ///
  /// - Throws: `UserError` when the file cannot be written; nothing is then left of it.
  public func write(_ path: String) throws {
    try HDF5Writer.create(path) { writer in
      try write(to: writer)
      for (name, text) in attributes.sorted(by: { $0.key < $1.key }) {
        try writer.setAttribute(name, .text(text))
      }
    }
  }

  /// Writes the tensors, as float32, into a group of a file (the root when empty).
  ///
  /// - Throws: `UserError` when a name is malformed or the disk is full.
  public func write(to writer: HDF5Writer, group: String = "") throws {
    let prefix = group.isEmpty ? "" : group + "/"
    for name in names {
      guard let tensor = tensors[name] else { continue }
      guard !name.contains("/") else {
        throw UserError("tensor \(name.printable): a name with a slash cannot be stored in HDF5")
      }
      try writer.write(tensor, to: prefix + name)
    }
  }
}
