import CHDF5
import Support
import Tensors

extension HDF5File {
  /// A dataset of numbers as 32-bit floats, whatever its type on disk.
  ///
  /// - Throws: `UserError` naming file and dataset when it is missing, holds no numbers, or is
  ///   damaged.
  public func tensor(_ name: String) throws -> Tensor {
    try HDF5Library.locked {
      let (dataset, description) = try openNumbers(name)
      let type = rg_hdf5_native(RG_HDF5_FLOAT32)
      return try Tensor(description.shape) { memory in
        try read(dataset, type, into: UnsafeMutableRawBufferPointer(memory), name: name)
      }
    }
  }

  /// A dataset of numbers as 64-bit floats, row-major.
  ///
  /// - Throws: as `tensor(_:)`.
  public func doubles(_ name: String) throws -> [Double] {
    try numbers(name, RG_HDF5_FLOAT64, as: Double.self) { $0.isNumber }
  }

  /// A dataset of integers, row-major.
  ///
  /// - Throws: as `tensor(_:)`, and when the elements are not integers.
  public func integers(_ name: String) throws -> [Int64] {
    try numbers(name, RG_HDF5_INT64, as: Int64.self) { type in
      if case .integer = type { true } else { false }
    }
  }

  /// A dataset of unsigned bytes, row-major.
  ///
  /// - Throws: as `tensor(_:)`, and when the elements are not of type uint8.
  public func bytes(_ name: String) throws -> [UInt8] {
    try numbers(name, RG_HDF5_UINT8, as: UInt8.self) { $0 == .integer(bits: 8, signed: false) }
  }

  private func numbers<Number>(
    _ name: String, _ kind: rg_hdf5_number, as: Number.Type,
    where fits: (HDF5ElementType) -> Bool
  ) throws -> [Number] {
    try HDF5Library.locked {
      let (dataset, description) = try openNumbers(name)
      guard fits(description.elementType) else {
        throw UserError(
          "\(path): dataset \(name.printable) holds \(description.elementType), not \(Number.self)")
      }
      let count = description.shape.reduce(1, *)
      return try [Number](unsafeUninitializedCapacity: count) { memory, written in
        let bytes = UnsafeMutableRawBufferPointer(memory)
        try read(dataset, rg_hdf5_native(kind), into: bytes, name: name)
        written = count
      }
    }
  }

  private func openNumbers(_ name: String) throws -> (HDF5Handle, HDF5Dataset) {
    let dataset = try open(name)
    let description = try describe(dataset, name: name)
    guard description.elementType.isNumber else {
      throw UserError(
        "\(path): dataset \(name.printable) holds no numbers (\(description.elementType))")
    }
    try checkSize(dataset, description)
    return (dataset, description)
  }

  /// A damaged or hostile file may claim any extents. Only chunks can be compressed, and deflate
  /// reaches 1:1032; a dataset that was never written (all fill values) may have a mebibyte.
  private func checkSize(_ dataset: HDF5Handle, _ description: HDF5Dataset) throws {
    var needed = 8
    for extent in description.shape {
      let (product, overflow) = needed.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw tooLarge(description) }
      needed = product
    }
    let stored = min(Int(clamping: H5Dget_storage_size(dataset.identifier)), byteCount)
    let expansion = rg_hdf5_is_chunked(dataset.identifier) == 1 ? 1100 : 1
    // `needed` counts 8 bytes an element, which may take 1 on disk.
    let limit = (1 << 20) + stored.multipliedReportingOverflow(by: 8 * expansion).partialValue
    guard needed <= limit else { throw tooLarge(description) }
  }

  private func tooLarge(_ description: HDF5Dataset) -> UserError {
    UserError(
      "\(path): damaged HDF5 file (dataset \(description.name.printable) claims the shape "
        + "\(description.shape), more than the file can hold)", remedy: "copy it again")
  }

  private func read(
    _ dataset: HDF5Handle, _ type: hid_t, into memory: UnsafeMutableRawBufferPointer, name: String
  ) throws {
    guard !memory.isEmpty else { return }
    guard rg_hdf5_read(dataset.identifier, type, memory.baseAddress) >= 0 else {
      throw damaged("dataset \(name.printable)")
    }
  }
}
