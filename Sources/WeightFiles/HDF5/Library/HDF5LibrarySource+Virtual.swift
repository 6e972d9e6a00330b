import CHDF5
import Support

/// A part of a virtual dataset and where its elements are, in the same file. The library itself fills parts whose
/// source it does not find with zeros, so we read part by part.
struct HDF5VirtualPart {
  let source: HDF5Handle
  /// The places in the source.
  let inSource: HDF5Handle
  /// The places in the virtual dataset.
  let inDataset: HDF5Handle
}

extension HDF5LibrarySource {
  /// Where a virtual dataset leads that has a source in another file, `file:/path`; `nil` for any other dataset. To be
  /// asked before anything else, since the library may open such a file to tell the extents.
  func sourceElsewhere(of dataset: HDF5Handle, _ name: String) throws -> String? {
    let creation = try creationList(of: dataset, name)
    guard H5Pget_layout(creation.identifier) == H5D_VIRTUAL else { return nil }
    var count = 0
    guard H5Pget_virtual_count(creation.identifier, &count) >= 0 else {
      throw failure("dataset \(name.printable)")
    }
    for index in 0..<count {
      guard let file = Self.text({ H5Pget_virtual_filename(creation.identifier, index, $0, $1) }),
        let inner = Self.text({ H5Pget_virtual_dsetname(creation.identifier, index, $0, $1) })
      else { throw failure("dataset \(name.printable)") }
      if file != "." { return "\(file):\(inner)" }
    }
    return nil
  }

  /// The parts that a virtual dataset is made of: every element is in one, and every source exists.
  ///
  /// - Throws: `HDF5Obstacle` when a source is missing or was never written, when elements have no
  ///   source, or for mappings that we do not read; `UserError` when a source is damaged.
  func virtualParts(
    of dataset: HDF5Handle, _ creation: HDF5Handle, _ description: HDF5Dataset
  ) throws -> [HDF5VirtualPart] {
    var count = 0
    guard let space = HDF5Handle(H5Dget_space(dataset.identifier)),
      H5Pget_virtual_count(creation.identifier, &count) >= 0
    else { throw failure("dataset \(description.name.printable)") }
    guard count <= Self.mappingLimit else { throw Self.unreadMapping }
    let parts = try (0..<count).map { index in
      try virtualPart(index, creation, description)
    }
    try checkCoverage(of: space, by: parts, description)
    return parts
  }

  private static let mappingLimit = 10_000

  private func virtualPart(
    _ index: Int, _ creation: HDF5Handle, _ description: HDF5Dataset
  ) throws -> HDF5VirtualPart {
    guard
      let inner = Self.text({ H5Pget_virtual_dsetname(creation.identifier, index, $0, $1) }),
      let inDataset = HDF5Handle(H5Pget_virtual_vspace(creation.identifier, index)),
      let selected = HDF5Handle(H5Pget_virtual_srcspace(creation.identifier, index))
    else { throw failure("dataset \(description.name.printable)") }
    // "%b" counts sources without end, "%%" is a percent sign; selections may be without end too.
    guard !inner.contains("%"), H5Sget_select_npoints(inDataset.identifier) >= 0
    else { throw Self.unreadMapping }
    guard try contains(inner) else {
      throw HDF5Obstacle(
        problem: "is virtual, and its source \(inner.printable) is missing",
        remedy: "recreate it from its sources")
    }
    let source = try open(inner)
    try checkSource(source, named: inner)
    guard let inSource = try Self.selection(selected, in: source),
      H5Sget_select_npoints(inSource.identifier) == H5Sget_select_npoints(inDataset.identifier)
    else {
      throw HDF5Obstacle(
        problem: "is virtual and selects elements that \(inner.printable) does not have",
        remedy: "recreate it from its sources")
    }
    return HDF5VirtualPart(source: source, inSource: inSource, inDataset: inDataset)
  }

  /// Checks that a source has elements of its own, of numbers.
  private func checkSource(_ source: HDF5Handle, named name: String) throws {
    let description = try describe(source, name: name)
    let creation = try creationList(of: source, name)
    guard H5Pget_layout(creation.identifier) != H5D_VIRTUAL else {
      throw HDF5Obstacle(
        problem: "is virtual, and so is its source \(name.printable)",
        remedy: Self.rewriting)
    }
    guard description.elementType.isNumber else { throw notNumbers(description) }
    do {
      try checkStorage(source, description)
    } catch let obstacle as HDF5Obstacle {
      throw HDF5Obstacle(
        problem: "is virtual, and its source \(name.printable) \(obstacle.problem)",
        remedy: obstacle.remedy)
    }
    try checkSize(source, description)
  }

  /// A source's space with the selection of a mapping, which was made without knowing the source's
  /// extents; `nil` when they do not fit each other.
  private static func selection(
    _ selected: HDF5Handle, in source: HDF5Handle
  ) throws -> HDF5Handle? {
    guard let space = HDF5Handle(H5Dget_space(source.identifier)),
      let extents = extents(of: space)?.map({ hsize_t($0) })
    else { return nil }
    switch H5Sget_select_type(selected.identifier) {
    case H5S_SEL_ALL: return space
    case H5S_SEL_HYPERSLABS:
      guard H5Sget_simple_extent_ndims(selected.identifier) == Int32(extents.count),
        H5Sset_extent_simple(selected.identifier, Int32(extents.count), extents, nil) >= 0,
        H5Sselect_valid(selected.identifier) > 0
      else { return nil }
      return selected
    default: throw unreadMapping
    }
  }

  /// Checks that every element of the dataset is in a part.
  private func checkCoverage(
    of space: HDF5Handle, by parts: [HDF5VirtualPart], _ description: HDF5Dataset
  ) throws {
    guard let covered = HDF5Handle(H5Scopy(space.identifier)),
      H5Sselect_none(covered.identifier) >= 0
    else { throw failure("dataset \(description.name.printable)") }
    for part in parts {
      switch H5Sget_select_type(part.inDataset.identifier) {
      case H5S_SEL_ALL: return
      case H5S_SEL_HYPERSLABS: try add(part.inDataset, to: covered, description)
      default: throw Self.unreadMapping
      }
    }
    let missing = description.elementCount - Int(H5Sget_select_npoints(covered.identifier))
    guard missing == 0 else {
      throw HDF5Obstacle(
        problem: "is virtual, and \(missing) of its \(description.elementCount) elements have no "
          + "source", remedy: "recreate it from its sources")
    }
  }

  /// Adds the blocks of a selection to another.
  private func add(
    _ selection: HDF5Handle, to covered: HDF5Handle, _ description: HDF5Dataset
  ) throws {
    let count = H5Sget_select_hyper_nblocks(selection.identifier)
    let rank = description.shape.count
    guard (0...Self.mappingLimit).contains(Int(count)) else { throw Self.unreadMapping }
    var corners = [hsize_t](repeating: 0, count: max(1, 2 * rank * Int(count)))
    guard
      H5Sget_select_hyper_blocklist(selection.identifier, 0, hsize_t(count), &corners) >= 0
    else { throw failure("dataset \(description.name.printable)") }
    let once = [hsize_t](repeating: 1, count: rank)
    for block in 0..<Int(count) {
      let start = Array(corners[2 * rank * block..<2 * rank * block + rank])
      let end = corners[2 * rank * block + rank..<2 * rank * (block + 1)]
      let extents = zip(start, end).map { $1 - $0 + 1 }
      guard
        H5Sselect_hyperslab(covered.identifier, H5S_SELECT_OR, start, nil, once, extents) >= 0
      else { throw failure("dataset \(description.name.printable)") }
    }
  }

  private static let unreadMapping = HDF5Obstacle(
    problem: "is virtual, in an unsupported way (unlimited, or in too many pieces)",
    remedy: rewriting)
}
