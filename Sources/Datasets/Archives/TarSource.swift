import Support

/// Where the members of an archive are read from: a file that stays open, a file that is opened for each
/// read, since a process may keep few of a set's thousands of shards open, or a part of either.
public final class TarSource: Sendable {
  /// As people name it, e.g. `train.tar:n01440764.tar`.
  public let path: String
  /// Bytes of the archive when it was listed.
  let size: Int
  private let place: Place

  private enum Place {
    case kept(ReadableFile)
    case file(path: String)
    indirect case part(TarArchive.Member, of: TarSource)
  }

  /// A file that stays open.
  init(kept file: ReadableFile) {
    (path, size, place) = (file.path, file.size, .kept(file))
  }

  /// A file that is opened when it is read.
  init(_ file: FolderListing.Entry) {
    (path, size, place) = (file.path, file.size, .file(path: file.path))
  }

  /// An archive that is a member of another.
  init(_ member: TarArchive.Member, of outer: TarSource) {
    path = "\(outer.path):\(member.name)"
    (size, place) = (member.size, .part(member, of: outer))
  }

  /// The archive's bytes.
  ///
  /// - Throws: `UserError` naming the file when it cannot be opened or is not as long as it was.
  func open() throws -> ReadableFile {
    switch place {
    case .kept(let file): return file
    case .part(let member, let outer): return try outer.open().part(member)
    case .file(let path):
      let file = try ReadableFile(path: path)
      guard file.size == size else {
        throw UserError("\(path): was changed after it had been listed", remedy: "start again")
      }
      return file
    }
  }

  /// The data of a member.
  ///
  /// - Throws: `UserError` naming archive and member when they cannot be read in full.
  func bytes(of member: TarArchive.Member) throws -> [UInt8] {
    let bytes = try open().read(at: member.offset, upTo: member.size)
    guard bytes.count == member.size else {
      throw UserError("\(path): \(member.name) ends early", remedy: "the archive has changed")
    }
    return bytes
  }
}
