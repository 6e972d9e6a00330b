import CHDF5
import Foundation
import Support
import Tensors

/// Writes a new HDF5 file, all of it or nothing.
public final class HDF5Writer {
  /// How `write(_:to:as:)` stores a tensor.
  public enum Precision: Sendable { case float16, float32, float64 }

  private let file: AtomicFile
  private let handle: hid_t

  /// Creates `path`, or replaces it, with what `body` writes. The file appears under its name only
  /// when `body` has returned and everything has reached the disk; when anything fails, a file that
  /// was there before stays as it was.
  ///
  /// - Throws: what `body` throws; `UserError` when the folder cannot be written or the disk is full.
  public static func create(_ path: String, _ body: (HDF5Writer) throws -> Void) throws {
    let file = try AtomicFile(path: path)
    let writer = try HDF5Library.locked { try HDF5Writer(file) }
    do {
      try body(writer)
      try HDF5Library.locked {
        // Whatever can fail for want of space fails here, while the file is still open.
        guard H5Fflush(writer.handle, H5F_SCOPE_LOCAL) >= 0 else { throw writer.failure() }
      }
    } catch {
      file.discard()
      HDF5Library.locked { _ = H5Fclose(writer.handle) }
      throw error
    }
    try HDF5Library.locked {
      guard H5Fclose(writer.handle) >= 0 else {
        let failure = writer.failure()
        file.discard()
        throw failure
      }
    }
    try file.commit()
  }

  private init(_ file: AtomicFile) throws {
    self.file = file
    handle = rg_hdf5_create(file.temporaryPath)
    guard handle >= 0 else { throw failure() }
  }

  /// Writes a tensor as a dataset; `name` may lead through groups (`"adam/first/conv.weight"`),
  /// which are made. Rounding to float16 is to nearest, ties to even.
  ///
  /// - Throws: `UserError` when the name is taken or malformed, or the disk is full.
  public func write(_ tensor: Tensor, to name: String, as precision: Precision = .float32) throws {
    try tensor.withUnsafeBufferPointer { elements in
      switch precision {
      case .float32:
        try write(elements, number: RG_HDF5_FLOAT32, shape: tensor.shape, to: name)
      case .float64:
        try write(elements.map(Double.init), shape: tensor.shape, to: name)
      case .float16:
        let halves = elements.map { Float16($0).bitPattern }
        try HDF5Library.locked {
          guard let type = HDF5Handle(rg_hdf5_make_half()) else { throw failure() }
          try halves.withUnsafeBytes {
            try write($0, type.identifier, type.identifier, tensor.shape, to: name)
          }
        }
      }
    }
  }

  /// Writes 64-bit floats, row-major; see `write(_:to:as:)`.
  public func write(_ numbers: [Double], shape: [Int], to name: String) throws {
    try numbers.withUnsafeBufferPointer {
      try write($0, number: RG_HDF5_FLOAT64, shape: shape, to: name)
    }
  }

  /// Writes 64-bit integers, row-major; see `write(_:to:as:)`.
  public func write(_ numbers: [Int64], shape: [Int], to name: String) throws {
    try numbers.withUnsafeBufferPointer {
      try write($0, number: RG_HDF5_INT64, shape: shape, to: name)
    }
  }

  /// Writes bytes, row-major, e.g. pixels; see `write(_:to:as:)`.
  public func write(_ bytes: [UInt8], shape: [Int], to name: String) throws {
    try bytes.withUnsafeBufferPointer {
      try write($0, number: RG_HDF5_UINT8, shape: shape, to: name)
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
        throw UserError("\(file.path): \"\(name.printable)\" cannot name an attribute")
      }
      guard let owner = HDF5Handle(rg_hdf5_open_object(handle, object)) else {
        throw UserError("\(file.path): holds nothing named \(object.printable)")
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
    try HDF5Library.locked {
      try write(
        UnsafeRawBufferPointer(elements), rg_hdf5_native(number), rg_hdf5_little_endian(number),
        shape, to: name)
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, _ memory: hid_t, _ disk: hid_t, _ shape: [Int],
    to name: String
  ) throws {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }) else {
      throw UserError("\(file.path): \"\(name.printable)\" cannot name a dataset")
    }
    guard shape.allSatisfy({ $0 >= 0 }), shape.count <= 32,
      shape.reduce(H5Tget_size(memory), *) == bytes.count
    else {
      throw UserError("\(file.path): dataset \(name.printable) does not have the shape \(shape)")
    }
    // HDF5 reports a full disk as late as when it closes; better to know before.
    if let free = file.freeBytes, free < bytes.count + 65536 {
      throw UserError(
        "\(file.path): cannot be written (No space left on device)", remedy: "free some space")
    }
    guard
      let space = HDF5Handle(
        rg_hdf5_make_space(Int32(shape.count), shape.map { hsize_t($0) })),
      let dataset = HDF5Handle(rg_hdf5_create_dataset(handle, name, disk, space.identifier))
    else { throw failure(" (dataset \(name.printable))") }
    guard !bytes.isEmpty else { return }
    guard rg_hdf5_write(dataset.identifier, memory, bytes.baseAddress) >= 0 else {
      throw failure()
    }
  }

  private func write(
    attribute name: String, of owner: HDF5Handle, _ memory: hid_t, _ disk: hid_t, count: Int,
    _ bytes: UnsafeRawBufferPointer
  ) throws {
    guard count > 0 else {
      throw UserError("\(file.path): attribute \(name.printable) has no value")
    }
    guard let space = HDF5Handle(rg_hdf5_make_space(count == 1 ? 0 : 1, [hsize_t(count)])),
      let attribute = HDF5Handle(
        rg_hdf5_create_attribute(owner.identifier, name, disk, space.identifier)),
      H5Awrite(attribute.identifier, memory, bytes.baseAddress) >= 0
    else { throw failure(" (attribute \(name.printable))") }
  }

  private func failure(_ what: String = "") -> UserError {
    UserError("\(file.path): cannot be written\(what) (\(HDF5Library.lastError))")
  }
}
