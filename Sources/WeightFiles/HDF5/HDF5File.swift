import CHDF5
import Foundation
import Support

/// One dataset of a file, described without reading its elements.
public struct HDF5Dataset: Sendable, Equatable {
  /// The path from the root without a leading slash, e.g. `layer1.0.conv1.weight` or `adam/step`.
  public let name: String
  /// The extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The type on disk.
  public let elementType: HDF5ElementType

  /// The product of the extents, as the file claims it (at most `Int.max`).
  public var elementCount: Int {
    shape.reduce(1) { product, extent in
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : next
    }
  }
}

/// An HDF5 file that is open for reading. It may be used from several threads at once.
public final class HDF5File: Sendable {
  /// The path as it was given.
  public let path: String
  let handle: HDF5Handle
  let byteCount: Int

  /// Opens a file.
  ///
  /// - Throws: `UserError` when the file is missing, unreadable, not HDF5, truncated or damaged.
  public init(path: String) throws {
    self.path = path
    byteCount = try Self.checkedSize(path)
    handle = try HDF5Library.locked {
      guard let handle = HDF5Handle(rg_hdf5_open(path)) else {
        let reason = HDF5Library.lastError
        throw reason.contains("truncated")
          ? UserError("\(path): truncated HDF5 file", remedy: "copy or download it again")
          : UserError("\(path): damaged HDF5 file (\(reason))", remedy: "copy it again")
      }
      return handle
    }
  }

  /// Every dataset under the root, those in nested groups included, in the order of creation where
  /// the file remembers it, else by name. Soft and external links are not followed.
  ///
  /// - Throws: `UserError` when the file is damaged or nests deeper than 32 groups.
  public func datasets() throws -> [HDF5Dataset] {
    try HDF5Library.locked {
      var found: [HDF5Dataset] = []
      var visited = 0
      guard let root = HDF5Handle(rg_hdf5_open_object(handle.identifier, "/")) else {
        throw damaged("its root cannot be opened")
      }
      try collect(root, prefix: "", depth: 0, into: &found, visited: &visited)
      return found
    }
  }

  /// Whether there is a dataset of that name.
  public func contains(_ name: String) -> Bool {
    HDF5Library.locked { (try? open(name)) != nil }
  }

  /// The description of one dataset.
  ///
  /// - Throws: `UserError` naming file and dataset when there is none.
  public func dataset(_ name: String) throws -> HDF5Dataset {
    try HDF5Library.locked { try describe(open(name), name: name) }
  }

  /// All attributes of the root, or of a dataset or group. Kinds other than texts and numbers are
  /// left out.
  ///
  /// - Throws: `UserError` when there is no such object or the file is damaged.
  public func attributes(of object: String = "/") throws -> [String: HDF5Attribute] {
    try HDF5Library.locked {
      guard let owner = HDF5Handle(rg_hdf5_open_object(handle.identifier, object)) else {
        throw UserError("\(path): holds nothing named \(object.printable)")
      }
      var attributes: [String: HDF5Attribute] = [:]
      let count = rg_hdf5_attribute_count(owner.identifier)
      guard count >= 0, count <= 100_000 else { throw damaged("attributes of \(object.printable)") }
      for position in 0..<count {
        guard let attribute = HDF5Handle(rg_hdf5_open_attribute(owner.identifier, position)) else {
          throw damaged("attribute \(position) of \(object.printable)")
        }
        let name = text { H5Aget_name(attribute.identifier, $1, $0) }
        guard let name else { throw damaged("attribute \(position) of \(object.printable)") }
        attributes[name] = HDF5Attribute(reading: attribute)
      }
      return attributes
    }
  }

  /// One attribute, or `nil` when the object has none of that name.
  public func attribute(_ name: String, of object: String = "/") throws -> HDF5Attribute? {
    try attributes(of: object)[name]
  }

  // MARK: - Under the lock

  func open(_ name: String) throws -> HDF5Handle {
    guard let object = HDF5Handle(rg_hdf5_open_object(handle.identifier, name)),
      H5Iget_type(object.identifier) == H5I_DATASET
    else { throw UserError("\(path): holds no dataset named \(name.printable)") }
    return object
  }

  func describe(_ dataset: HDF5Handle, name: String) throws -> HDF5Dataset {
    guard let space = HDF5Handle(H5Dget_space(dataset.identifier)),
      let type = HDF5Handle(H5Dget_type(dataset.identifier))
    else { throw damaged("dataset \(name.printable)") }
    let rank = Int(H5Sget_simple_extent_ndims(space.identifier))
    guard rank >= 0 else { throw damaged("dataset \(name.printable)") }
    var extents = [hsize_t](repeating: 0, count: max(rank, 1))
    _ = H5Sget_simple_extent_dims(space.identifier, &extents, nil)
    var shape = extents.prefix(rank).map { Int(clamping: $0) }
    if H5Sget_simple_extent_type(space.identifier) == H5S_NULL { shape = [0] }
    return HDF5Dataset(
      name: name, shape: shape, elementType: HDF5ElementType(type: type.identifier))
  }

  func damaged(_ what: String) -> UserError {
    UserError(
      "\(path): damaged HDF5 file (\(what): \(HDF5Library.lastError))",
      remedy: "copy or download it again")
  }

  private func collect(
    _ group: HDF5Handle, prefix: String, depth: Int, into found: inout [HDF5Dataset],
    visited: inout Int
  ) throws {
    let count = rg_hdf5_link_count(group.identifier)
    guard count >= 0 else { throw damaged("group /\(prefix.printable)") }
    for position in 0..<count {
      visited += 1
      guard visited <= 100_000 else { throw UserError("\(path): holds more than 100,000 objects") }
      let link = text { rg_hdf5_link_name(group.identifier, position, $0, $1) }
      guard let link else { throw damaged("entry \(position) of /\(prefix.printable)") }
      guard rg_hdf5_is_hard_link(group.identifier, link) != 0 else { continue }
      guard let object = HDF5Handle(rg_hdf5_open_object(group.identifier, link)) else {
        throw damaged("\(prefix.printable)\(link.printable)")
      }
      switch H5Iget_type(object.identifier) {
      case H5I_DATASET: found.append(try describe(object, name: prefix + link))
      case H5I_GROUP:
        guard depth < 32 else { throw UserError("\(path): nests groups deeper than 32") }
        try collect(
          object, prefix: "\(prefix)\(link)/", depth: depth + 1, into: &found, visited: &visited)
      default: continue
      }
    }
  }

  /// A name that the library writes into memory of ours.
  private func text(_ read: (UnsafeMutablePointer<CChar>, Int) -> Int) -> String? {
    var memory = [CChar](repeating: 0, count: 4096)
    let length = memory.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { read($0, buffer.count) } ?? -1
    }
    guard length >= 0, length < memory.count else { return nil }
    return String(decoding: memory.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func checkedSize(_ path: String) throws -> Int {
    let file = try MappedFile(path: path)
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    // The signature stands at the start, or after a user block of 512 · 2ⁿ bytes.
    var offset = 0
    while offset + signature.count <= file.bytes.count {
      if file.bytes[offset..<offset + signature.count].elementsEqual(signature) {
        return file.bytes.count
      }
      offset = offset == 0 ? 512 : offset * 2
    }
    if !file.bytes.isEmpty, signature.starts(with: file.bytes) {
      throw UserError("\(path): truncated HDF5 file", remedy: "copy or download it again")
    }
    throw UserError(
      "\(path): not an HDF5 file\(file.bytes.isEmpty ? " (it is empty)" : "")",
      remedy: "turn PyTorch's files into HDF5 with `realitygap import`")
  }
}
