import Foundation
import Support

/// The files of a tar archive, read where they lie: the headers are walked once, members are then read
/// at their offsets, from any thread. A link to a file of the archive is that file under another name.
public final class TarArchive: Sendable {
  /// One file of the archive.
  public struct Member: Equatable, Sendable {
    /// As the archive has it, folders included.
    public let name: String
    /// Where its data starts, in bytes from the start of the archive.
    public let offset: Int
    /// Bytes.
    public let size: Int
  }

  /// Where it lies.
  let source: TarSource
  /// In the archive's order.
  public let members: [Member]
  /// Notes for the user that are not errors, one line each: members that are neither files nor links
  /// to files, a missing end mark, data after it.
  public let notes: [String]

  /// As it was given; of an archive in an archive, `outer.tar:inner.tar`.
  public var path: String { source.path }

  /// Opens an archive and lists it: ustar, GNU (long names, large sizes) and pax. An archive without
  /// an end mark is whole where its last member is, as GNU tar and Python have it.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read, is compressed, is not a tar
  ///   archive, is damaged, or ends inside of a member.
  public convenience init(path: String) throws {
    try self.init(TarSource(kept: try ReadableFile(path: path)))
  }

  /// Lists an archive.
  ///
  /// - Parameter progress: called now and then with the bytes that have been passed since the last time.
  /// - Throws: As `init(path:)`.
  init(_ source: TarSource, progress: @escaping (Int) -> Void = { _ in }) throws {
    self.source = source
    let file = try source.open()
    var listing = TarListing(file, progress: progress)
    guard try listing.readAll() else {
      throw Self.notAnArchive(file, start: try file.read(at: 0, upTo: TarHeader.blockSize))
    }
    let links = TarLinks(listing.entries)
    members = links.members
    notes = links.leftOut.capped("members left out") + listing.notes
  }

  /// Whether a file starts as a tar archive does.
  ///
  /// - Throws: `UserError` when it cannot be read.
  static func isArchive(path: String) throws -> Bool {
    let block = try ReadableFile(path: path).read(at: 0, upTo: TarHeader.blockSize)
    return TarHeader(block[...]) != nil
  }

  /// The data of a member.
  ///
  /// - Throws: `UserError` naming archive and member when they cannot be read in full.
  public func bytes(of member: Member) throws -> [UInt8] { try source.bytes(of: member) }

  private static func notAnArchive(_ file: ReadableFile, start: [UInt8]) -> UserError {
    if file.size == 0 { return UserError("\(file.path): the file is empty") }
    if let foreign = ForeignContent(start) {
      return UserError(
        "\(file.path): not a tar archive but \(foreign.what)", remedy: foreign.remedy)
    }
    return UserError("\(file.path): not a tar archive")
  }
}
