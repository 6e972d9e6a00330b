import Tensors

/// What an `HDF5File` reads from: the HDF5 library in this process or in another one. Its methods are the file's.
protocol HDF5Source: Sendable {
  func contains(_ name: String) throws -> Bool
  func attributes(of object: String) throws -> [String: HDF5Attribute]
  func contents() throws -> HDF5Contents
  func tensor(_ name: String) throws -> Tensor
  func integers(_ name: String) throws -> [Int64]
}
