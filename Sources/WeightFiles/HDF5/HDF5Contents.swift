/// What a file holds, described without reading its elements.
public struct HDF5Contents: Sendable {
  /// Every dataset, in the order of creation where the file remembers it, else by name.
  public var datasets: [HDF5Dataset] = []
  /// The links that do not lead to a dataset of the file, virtual datasets of other files among them.
  public var links: [HDF5Link] = []
}

/// One dataset of a file, described without reading its elements.
public struct HDF5Dataset: Sendable, Equatable {
  /// The path from the root without a leading slash, e.g. `layer1.0.conv1.weight` or `adam/step`.
  public let name: String
  /// The extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The type on disk.
  public let elementType: HDF5ElementType
  /// Why its elements cannot be read, e.g. `was created but never written`; `nil` where nothing
  /// speaks against it.
  public var problem: String?

  /// The product of the extents, as the file claims it (at most `Int.max`).
  public var elementCount: Int {
    shape.reduce(1) { product, extent in
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : next
    }
  }
}

/// A link that does not lead to a dataset of the file.
public struct HDF5Link: Sendable, Equatable, Encodable {
  /// The path from the root without a leading slash.
  public let name: String
  /// Where it leads: `/path`, or `file:/path`.
  public let target: String
  /// Why that cannot be opened; `nil` when it is a group (links to groups are not followed).
  public let problem: String?
}
