import CHDF5
import Foundation
import Support
import Tensors

/// Writes a new HDF5 file, all of it or nothing.
public final class HDF5Writer {
  /// The path as it was given, for messages.
  private let path: String
  private let handle: hid_t

  /// Creates `path`, or replaces it, with what `body` writes. The file appears under its name only
  /// when `body` has returned and everything has reached the disk; when anything fails, a file that
  /// was there before stays as it was.
  ///
  /// The library builds the file in memory and we write it out: HDF5 1.10 crashes when the process
  /// ends if a write of its own has ever failed, as it does on a full disk.
  ///
  /// - Throws: what `body` throws; `UserError` when the folder cannot be written or the disk is full.
  public static func create(_ path: String, _ body: (HDF5Writer) throws -> Void) throws {
    let file = try AtomicFile(path: path)
    let image = UnsafeMutablePointer<rg_hdf5_image>.allocate(capacity: 1)
    image.initialize(to: rg_hdf5_image())
    defer {
      free(image.pointee.memory)
      image.deallocate()
    }
    let writer = try HDF5Library.locked { try HDF5Writer(path, image) }
    let outcome = Result { try body(writer) }
    try HDF5Library.locked {
      let finished = rg_hdf5_finish(writer.handle, image)
      try outcome.get()
      guard finished >= 0 else { throw writer.failure() }
    }
    try file.write(
      UnsafeRawBufferPointer(start: image.pointee.memory, count: image.pointee.size))
  }

  private init(_ path: String, _ image: UnsafeMutablePointer<rg_hdf5_image>) throws {
    self.path = path
    handle = rg_hdf5_create("realitygap-\(UUID().uuidString)", image)
    guard handle >= 0 else { throw failure() }
  }

  /// Writes a tensor as a dataset of 32-bit floats; `name` may lead through groups
  /// (`"adam/first/conv.weight"`), which are made.
  ///
  /// - Throws: `UserError` when the name is taken or malformed, or the disk is full.
  public func write(_ tensor: Tensor, to name: String) throws {
    try tensor.withUnsafeBufferPointer {
      try write($0, number: RG_HDF5_FLOAT32, shape: tensor.shape, to: name)
    }
  }

  /// Writes 64-bit integers, row-major; see `write(_:to:)`.
  public func write(integers numbers: [Int64], shape: [Int], to name: String) throws {
    try numbers.withUnsafeBufferPointer {
      try write($0, number: RG_HDF5_INT64, shape: shape, to: name)
    }
  }

  /// Sets an attribute of the root, or of a dataset or group that was written before; one of that
  /// name is replaced.
  ///
  /// - Throws: `UserError` when there is no such object or the value exceeds 64 KiB.
  public func setAttribute(
    _ name: String, _ value: HDF5Attribute, of object: String = "/"
  ) throws {
    try HDF5Library.locked {
      guard !name.isEmpty, !name.utf8.contains(0) else {
        throw UserError("\(path): \"\(name.printable)\" cannot name an attribute")
      }
      guard let owner = HDF5Handle(rg_hdf5_open_object(handle, object)) else {
        throw UserError("\(path): holds nothing named \(object.printable)")
      }
      switch value {
      case .integers(let numbers):
        try numbers.withUnsafeBytes { bytes in
          try write(
            attribute: name, of: owner, rg_hdf5_native(RG_HDF5_INT64),
            rg_hdf5_little_endian(RG_HDF5_INT64), count: numbers.count, bytes)
        }
      case .reals(let numbers):
        try numbers.withUnsafeBytes { bytes in
          try write(
            attribute: name, of: owner, rg_hdf5_native(RG_HDF5_FLOAT64),
            rg_hdf5_little_endian(RG_HDF5_FLOAT64), count: numbers.count, bytes)
        }
      case .texts(let texts):
        guard let type = HDF5Handle(rg_hdf5_make_string()) else { throw failure() }
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        try pointers.withUnsafeBytes { bytes in
          try write(
            attribute: name, of: owner, type.identifier, type.identifier, count: texts.count,
            bytes)
        }
      }
    }
  }

  // MARK: - Private

  private func write<Number>(
    _ elements: UnsafeBufferPointer<Number>, number: rg_hdf5_number, shape: [Int], to name: String
  ) throws {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }) else {
      throw UserError("\(path): \"\(name.printable)\" cannot name a dataset")
    }
    guard shape.allSatisfy({ $0 >= 0 }), shape.count <= 32, shape.reduce(1, *) == elements.count
    else {
      throw UserError("\(path): dataset \(name.printable) does not have the shape \(shape)")
    }
    try HDF5Library.locked {
      guard
        let space = HDF5Handle(
          rg_hdf5_make_space(Int32(shape.count), shape.map { hsize_t($0) })),
        let dataset = HDF5Handle(
          rg_hdf5_create_dataset(
            handle, name, rg_hdf5_little_endian(number), space.identifier))
      else { throw failure(" (dataset \(name.printable))") }
      guard !elements.isEmpty else { return }
      guard rg_hdf5_write(dataset.identifier, rg_hdf5_native(number), elements.baseAddress) >= 0
      else { throw failure() }
    }
  }

  private func write(
    attribute name: String, of owner: HDF5Handle, _ memory: hid_t, _ disk: hid_t, count: Int,
    _ bytes: UnsafeRawBufferPointer
  ) throws {
    guard count > 0 else {
      throw UserError("\(path): attribute \(name.printable) has no value")
    }
    guard let space = HDF5Handle(rg_hdf5_make_space(count == 1 ? 0 : 1, [hsize_t(count)])),
      let attribute = HDF5Handle(
        rg_hdf5_create_attribute(owner.identifier, name, disk, space.identifier)),
      H5Awrite(attribute.identifier, memory, bytes.baseAddress) >= 0
    else { throw failure(" (attribute \(name.printable))") }
  }

  private func failure(_ what: String = "") -> UserError {
    UserError("\(path): cannot be written\(what) (\(HDF5Library.lastFailure.reason))")
  }
}
