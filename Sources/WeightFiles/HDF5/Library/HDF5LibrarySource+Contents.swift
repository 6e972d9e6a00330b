import CHDF5
import Support

extension HDF5LibrarySource {
  func contents() throws -> HDF5Contents {
    try HDF5Library.locked {
      guard let root = HDF5Handle(rg_hdf5_open_object(handle.identifier, "/")) else {
        throw failure("its root cannot be opened")
      }
      var search = Search()
      try collect(root, prefix: "", depth: 0, into: &search)
      return search.found
    }
  }

  private struct Search {
    var found = HDF5Contents()
    var visited = 0
  }

  private func collect(
    _ group: HDF5Handle, prefix: String, depth: Int, into search: inout Search
  ) throws {
    let count = rg_hdf5_link_count(group.identifier)
    guard count >= 0 else { throw failure("group /\(prefix.printable)") }
    for position in 0..<count {
      search.visited += 1
      guard search.visited <= 100_000 else {
        throw UserError("\(path): holds more than 100,000 objects")
      }
      let link = Self.text { rg_hdf5_link_name(group.identifier, position, $0, $1) }
      guard let link else { throw failure("entry \(position) of /\(prefix.printable)") }
      let name = prefix + link
      let isHard = rg_hdf5_is_hard_link(group.identifier, link)
      guard isHard >= 0 else { throw failure(name.printable) }
      guard isHard == 1 else {
        try follow(link, in: group, name: name, into: &search)
        continue
      }
      guard let object = HDF5Handle(rg_hdf5_open_object(group.identifier, link)) else {
        throw failure(name.printable)
      }
      switch H5Iget_type(object.identifier) {
      case H5I_DATASET: try add(object, name: name, to: &search.found)
      case H5I_GROUP:
        guard depth < 32 else { throw UserError("\(path): nests groups deeper than 32") }
        try collect(object, prefix: "\(name)/", depth: depth + 1, into: &search)
      default: continue
      }
    }
  }

  /// A soft or external link; the library finds what it leads to in this file.
  private func follow(
    _ link: String, in group: HDF5Handle, name: String, into search: inout Search
  ) throws {
    let object = HDF5Handle(rg_hdf5_open_object(group.identifier, link))
    let problem = object == nil ? linkProblem : nil
    if let object, H5Iget_type(object.identifier) == H5I_DATASET {
      return try add(object, name: name, to: &search.found)
    }
    let target = Self.text { Int(rg_hdf5_link_target(group.identifier, link, $0, $1)) }
    guard let target else { throw failure("link \(name.printable)") }
    search.found.links.append(
      HDF5Link(name: name, target: target.printable, problem: problem))
  }

  private var linkProblem: String {
    rg_hdf5_was_elsewhere() == 0 ? HDF5Library.lastFailure.reason : Self.notFollowed
  }
  private static let notFollowed = "links to other files are not followed"

  /// A dataset whose numbers another file has counts as a link to that.
  private func add(_ dataset: HDF5Handle, name: String, to found: inout HDF5Contents) throws {
    if let target = try sourceElsewhere(of: dataset, name) {
      found.links.append(
        HDF5Link(name: name, target: target.printable, problem: Self.notFollowed))
    } else {
      found.datasets.append(try inspect(dataset, name: name))
    }
  }

  private func inspect(_ object: HDF5Handle, name: String) throws -> HDF5Dataset {
    var dataset = try describe(object, name: name)
    do {
      try checkStorage(object, dataset)
      dataset.problem = try missingFilter(of: object, name: name)?.problem
    } catch let obstacle as HDF5Obstacle {
      dataset.problem = obstacle.problem
    }
    return dataset
  }
}
