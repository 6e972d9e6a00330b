import CHDF5
import Support
import Tensors

extension HDF5LibrarySource {
  func tensor(_ name: String) throws -> Tensor {
    try HDF5Library.locked {
      let (dataset, description) = try openNumbers(name)
      let type = rg_hdf5_native(RG_HDF5_FLOAT32)
      return try Tensor(description.shape) { memory in
        try read(dataset, type, into: UnsafeMutableRawBufferPointer(memory), name: name)
      }
    }
  }

  func integers(_ name: String) throws -> [Int64] {
    try HDF5Library.locked {
      let (dataset, description) = try openNumbers(name)
      guard case .integer = description.elementType else {
        throw UserError(
          "\(path): dataset \(name.printable) holds \(description.elementType), not Int64")
      }
      var numbers = [Int64](repeating: 0, count: description.shape.reduce(1, *))
      try numbers.withUnsafeMutableBytes {
        try read(dataset, rg_hdf5_native(RG_HDF5_INT64), into: $0, name: name)
      }
      return numbers
    }
  }

  private func openNumbers(_ name: String) throws -> (HDF5Handle, HDF5Dataset) {
    let dataset = try open(name)
    let description = try describe(dataset, name: name)
    guard description.elementType.isNumber else { throw notNumbers(description) }
    try explained(name) { try checkStorage(dataset, description) }
    try checkSize(dataset, description)
    return (dataset, description)
  }

  func notNumbers(_ description: HDF5Dataset) -> UserError {
    UserError(
      "\(path): dataset \(description.name.printable) holds no numbers "
        + "(\(description.elementType))")
  }

  /// Runs `body`; an obstacle becomes an error that names file and dataset.
  private func explained<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let obstacle as HDF5Obstacle {
      throw obstacle.error(path, name)
    }
  }

  /// A damaged or hostile file may claim any extents. Only chunks can be compressed, and only some
  /// filters have a bound: deflate reaches 1:1032, LZF less.
  func checkSize(_ dataset: HDF5Handle, _ description: HDF5Dataset) throws {
    var needed = 8
    for extent in description.shape {
      let (product, overflow) = needed.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw tooLarge(description) }
      needed = product
    }
    try Limits.weightBytes.check(
      needed / 2, "\(path): dataset \(description.name.printable)")
    let creation = try creationList(of: dataset, description.name)
    let layout = H5Pget_layout(creation.identifier)
    // What the sources of a virtual dataset can hold was checked.
    guard layout != H5D_VIRTUAL else { return }
    let size = Int(clamping: H5Dget_storage_size(dataset.identifier))
    let stored = min(size, try fileSize())
    let expansion = layout == H5D_CHUNKED ? try expansion(of: dataset, description.name) : 1
    // `needed` counts 8 bytes an element, which may take 1 on disk.
    let limit = (1 << 20) + stored.multipliedReportingOverflow(by: 8 * expansion).partialValue
    guard needed <= limit else { throw tooLarge(description) }
  }

  /// How many bytes one byte of a chunk can become: deflate's bound where no filter exceeds it, else
  /// one that the best packers reach on a chunk of equal numbers.
  private func expansion(of dataset: HDF5Handle, _ name: String) throws -> Int {
    let bounded = [
      H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32, H5Z_FILTER_NBIT, 32000,
    ]
    return try filters(of: dataset, name).allSatisfy { bounded.contains($0.number) }
      ? 1100 : 1 << 20
  }

  private func fileSize() throws -> Int {
    var size: hsize_t = 0
    guard H5Fget_filesize(handle.identifier, &size) >= 0 else { throw failure("its size") }
    return Int(clamping: size)
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
    let creation = try creationList(of: dataset, name)
    guard H5Pget_layout(creation.identifier) != H5D_VIRTUAL else {
      let description = try describe(dataset, name: name)
      let parts = try explained(name) { try virtualParts(of: dataset, creation, description) }
      for part in parts { try read(part, type, into: memory, name: name) }
      return
    }
    guard rg_hdf5_read(dataset.identifier, type, memory.baseAddress) >= 0 else {
      let damage = failure("dataset \(name.printable)")
      throw try missingFilter(of: dataset, name: name)?.error(path, name) ?? damage
    }
  }

  private func read(
    _ part: HDF5VirtualPart, _ type: hid_t, into memory: UnsafeMutableRawBufferPointer,
    name: String
  ) throws {
    let status = rg_hdf5_read_part(
      part.source.identifier, type, part.inDataset.identifier, part.inSource.identifier,
      memory.baseAddress)
    guard status < 0 else { return }
    let damage = failure("a source of dataset \(name.printable)")
    throw try missingFilter(of: part.source, name: name)?.error(path, name) ?? damage
  }
}
