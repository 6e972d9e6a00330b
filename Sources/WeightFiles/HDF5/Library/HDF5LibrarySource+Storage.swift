import CHDF5
import Support

/// Why the elements of a sound dataset cannot be read.
struct HDF5Obstacle: Error {
  /// The rest of the sentence after the dataset's name, e.g. `was created but never written`.
  let problem: String
  let remedy: String

  func error(_ path: String, _ name: String) -> UserError {
    UserError("\(path): dataset \(name.printable) \(problem)", remedy: remedy)
  }
}

extension HDF5Obstacle {
  /// A weight file is one file, whose SHA-256 says which numbers it has. And a file that is known, and so read in
  /// this process, leads to none that is not.
  static let elsewhere = Self(
    problem: "is in another file, and links to those are not followed",
    remedy: HDF5LibrarySource.rewriting)
}

extension HDF5LibrarySource {
  /// Checks that a dataset's elements were written and lie where we look for them: the library reads
  /// what is missing as zeros.
  ///
  /// - Throws: `HDF5Obstacle`; `UserError` when the dataset is damaged.
  func checkStorage(_ dataset: HDF5Handle, _ description: HDF5Dataset) throws {
    guard description.elementCount > 0 else { return }
    let creation = try creationList(of: dataset, description.name)
    switch H5Pget_layout(creation.identifier) {
    case H5D_COMPACT: return
    case H5D_CONTIGUOUS: try checkContiguous(dataset, creation, description.name)
    case H5D_CHUNKED: try checkChunks(dataset, description.name)
    case H5D_VIRTUAL: _ = try virtualParts(of: dataset, creation, description)
    default: throw failure("dataset \(description.name.printable)")
    }
  }

  func creationList(of dataset: HDF5Handle, _ name: String) throws -> HDF5Handle {
    guard let creation = HDF5Handle(H5Dget_create_plist(dataset.identifier)) else {
      throw failure("dataset \(name.printable)")
    }
    return creation
  }

  private func checkContiguous(
    _ dataset: HDF5Handle, _ creation: HDF5Handle, _ name: String
  ) throws {
    let files = H5Pget_external_count(creation.identifier)
    var status = H5D_SPACE_STATUS_ERROR
    guard files >= 0, H5Dget_space_status(dataset.identifier, &status) >= 0 else {
      throw failure("dataset \(name.printable)")
    }
    guard files == 0 else {
      throw HDF5Obstacle(
        problem: "stores its numbers in external files, which are not supported",
        remedy: Self.rewriting)
    }
    guard status != H5D_SPACE_STATUS_NOT_ALLOCATED else { throw Self.unwritten }
  }

  private func checkChunks(_ dataset: HDF5Handle, _ name: String) throws {
    var total: Int64 = 0
    let missing = rg_hdf5_missing_chunks(dataset.identifier, &total)
    guard missing >= 0 else { throw failure("dataset \(name.printable)") }
    guard missing != total else { throw Self.unwritten }
    guard missing == 0 else {
      throw HDF5Obstacle(
        problem: "was written only in part (\(missing) of its \(total) chunks are missing)",
        remedy: "save it again")
    }
  }

  private static let unwritten = HDF5Obstacle(
    problem: "was created but never written", remedy: "save it again")

  /// A filter that a dataset's chunks may have gone through and that the library lacks, or `nil`.
  func missingFilter(of dataset: HDF5Handle, name: String) throws -> HDF5Obstacle? {
    for (number, label) in try filters(of: dataset, name) where H5Zfilter_avail(number) <= 0 {
      let known = label.isEmpty ? Self.registeredFilters[number] : label.printable
      return HDF5Obstacle(
        problem: "is packed with the filter \(known.map { "\($0) " } ?? "")(number \(number)), "
          + "which this HDF5 library lacks",
        remedy: Self.rewritingWithPlugins)
    }
    return nil
  }

  /// The filters of a dataset, by number, with the names that the file gives them.
  func filters(of dataset: HDF5Handle, _ name: String) throws -> [(number: Int32, label: String)] {
    let creation = try creationList(of: dataset, name)
    let count = H5Pget_nfilters(creation.identifier)
    guard count >= 0 else { throw failure("dataset \(name.printable)") }
    return try (0..<UInt32(count)).map { position in
      var label = [CChar](repeating: 0, count: 256)
      let number = rg_hdf5_get_filter(creation.identifier, position, &label, label.count)
      guard number >= 0 else { throw failure("dataset \(name.printable)") }
      let bytes = label.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return (number, String(decoding: bytes, as: UTF8.self))
    }
  }

  /// The names of filters that files may leave out (The HDF Group's registry of plugins).
  private static let registeredFilters: [Int32: String] = [
    4: "szip", 305: "LZO", 307: "bzip2", 32001: "Blosc", 32004: "LZ4", 32008: "Bitshuffle",
    32013: "ZFP", 32015: "Zstandard", 32017: "SZ", 32026: "Blosc2",
  ]
}
