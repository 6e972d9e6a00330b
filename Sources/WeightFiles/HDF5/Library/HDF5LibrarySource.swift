import CHDF5
import Support

/// A file that the HDF5 library has open in this process.
final class HDF5LibrarySource: HDF5Source {
  let path: String
  let handle: HDF5Handle
  /// The version of the superblock: 2 or 3 where the structures have checksums of their own.
  let superblockVersion: UInt8

  convenience init(path: String) throws {
    try self.init(path: path, version: try Self.checkedVersion(path))
  }

  /// - Parameter version: what `checkedVersion(_:)` gave.
  init(path: String, version: UInt8) throws {
    self.path = path
    superblockVersion = version
    handle = try HDF5Library.locked {
      guard let handle = HDF5Handle(rg_hdf5_open(path)) else {
        throw Self.unopened(path, superblockVersion: version)
      }
      return handle
    }
  }

  func contains(_ name: String) throws -> Bool {
    try HDF5Library.locked {
      if let object = HDF5Handle(rg_hdf5_open_object(handle.identifier, name)) {
        return H5Iget_type(object.identifier) == H5I_DATASET
      }
      guard HDF5Library.lastFailure.isAbsent else { throw unopened(name.printable, name) }
      return false
    }
  }

  func attributes(of object: String) throws -> [String: HDF5Attribute] {
    try HDF5Library.locked {
      guard let owner = HDF5Handle(rg_hdf5_open_object(handle.identifier, object)) else {
        guard HDF5Library.lastFailure.isAbsent else { throw unopened(object.printable, object) }
        throw UserError("\(path): holds nothing named \(object.printable)")
      }
      var attributes: [String: HDF5Attribute] = [:]
      let count = rg_hdf5_attribute_count(owner.identifier)
      guard count >= 0, count <= 100_000 else { throw failure("attributes of \(object.printable)") }
      for position in 0..<count {
        guard let attribute = HDF5Handle(rg_hdf5_open_attribute(owner.identifier, position)),
          let name = Self.text({ H5Aget_name(attribute.identifier, $1, $0) })
        else { throw failure("attribute \(position) of \(object.printable)") }
        do {
          attributes[name] = try HDF5Attribute(reading: attribute)
        } catch is HDF5Attribute.Unreadable {
          throw failure("attribute \(name.printable) of \(object.printable)")
        }
      }
      return attributes
    }
  }

  // MARK: - Under the lock

  func open(_ name: String) throws -> HDF5Handle {
    guard let object = HDF5Handle(rg_hdf5_open_object(handle.identifier, name)) else {
      guard HDF5Library.lastFailure.isAbsent else {
        throw unopened("dataset \(name.printable)", name)
      }
      throw UserError("\(path): holds no dataset named \(name.printable)")
    }
    guard H5Iget_type(object.identifier) == H5I_DATASET else {
      throw UserError("\(path): holds no dataset named \(name.printable)")
    }
    guard try sourceElsewhere(of: object, name) == nil else {
      throw HDF5Obstacle.elsewhere.error(path, name)
    }
    return object
  }

  /// Why an object that is there cannot be opened: it may be in another file.
  private func unopened(_ what: String, _ name: String) -> UserError {
    rg_hdf5_was_elsewhere() == 0 ? failure(what) : HDF5Obstacle.elsewhere.error(path, name)
  }

  func describe(_ dataset: HDF5Handle, name: String) throws -> HDF5Dataset {
    guard let space = HDF5Handle(H5Dget_space(dataset.identifier)),
      let type = HDF5Handle(H5Dget_type(dataset.identifier)), var shape = Self.extents(of: space)
    else { throw failure("dataset \(name.printable)") }
    if H5Sget_simple_extent_type(space.identifier) == H5S_NULL { shape = [0] }
    return HDF5Dataset(
      name: name, shape: shape, elementType: HDF5ElementType(type: type.identifier))
  }

  /// The extents of a space, outermost first; `nil` when it cannot be read.
  static func extents(of space: HDF5Handle) -> [Int]? {
    let rank = Int(H5Sget_simple_extent_ndims(space.identifier))
    guard rank >= 0 else { return nil }
    var extents = [hsize_t](repeating: 0, count: max(rank, 1))
    guard H5Sget_simple_extent_dims(space.identifier, &extents, nil) >= 0 else { return nil }
    return extents.prefix(rank).map { Int(clamping: $0) }
  }

  /// A text that the library writes into memory of ours; `nil` when it fails or is too long.
  static func text(_ read: (UnsafeMutablePointer<CChar>, Int) -> Int) -> String? {
    let (length, text) = withShimMessage(length: 4096) { read($0, 4096) }
    return (0..<4096).contains(length) ? text : nil
  }

  /// The superblock's version of a file that has HDF5's signature: at its start, or after a user
  /// block of 512 · 2ⁿ bytes.
  static func checkedVersion(_ path: String) throws -> UInt8 {
    let bytes = try MappedFile(path: path)
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    var offset = 0
    while offset + signature.count < bytes.bytes.count {
      if bytes.bytes[offset..<offset + signature.count].elementsEqual(signature) {
        return bytes.bytes[offset + signature.count]
      }
      offset = offset == 0 ? 512 : offset * 2
    }
    if bytes.bytes.count <= signature.count, !bytes.bytes.isEmpty,
      signature.starts(with: bytes.bytes)
    {
      throw UserError("\(path): truncated HDF5 file", remedy: "copy or download it again")
    }
    throw FileContent(bytes.bytes).notHDF5(path)
  }
}
