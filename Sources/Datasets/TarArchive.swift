import Foundation
import Support

/// The regular files of a tar archive, read where they lie: the headers are walked once, members
/// are then read at their offsets, from any thread.
public final class TarArchive: Sendable {
  /// One regular file of the archive.
  public struct Member: Equatable, Sendable {
    public let name: String
    /// Where its data starts, in bytes from the start of the archive.
    public let offset: Int
    public let size: Int
  }

  public let path: String
  /// In the archive's order.
  public let members: [Member]
  private let file: ReadableFile

  /// Opens an archive and lists it: ustar, GNU (long names, large sizes) and pax.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read, is compressed, is not a tar
  ///   archive, is damaged, or ends early.
  public init(path: String) throws {
    self.path = path
    file = try ReadableFile(path: path)
    members = try Self.list(file)
  }

  /// Whether a file starts as a tar archive does.
  static func isArchive(path: String) -> Bool {
    guard let file = try? ReadableFile(path: path),
      let block = try? file.read(at: 0, upTo: TarHeader.blockSize)
    else { return false }
    return TarHeader(block[...]) != nil
  }

  /// The data of a member.
  ///
  /// - Throws: `UserError` naming archive and member when they cannot be read in full.
  public func bytes(of member: Member) throws -> [UInt8] {
    let bytes = try file.read(at: member.offset, upTo: member.size)
    guard bytes.count == member.size else {
      throw UserError("\(path): \(member.name) ends early", remedy: "the archive has changed")
    }
    return bytes
  }

  private static func list(_ file: ReadableFile) throws -> [Member] {
    var members: [Member] = []
    var position = 0
    var pendingName: String?
    var pendingSize: Int?
    let truncated = { (place: String) in
      UserError(
        "\(file.path): the archive is truncated (\(place))", remedy: "copy or download it again")
    }
    while true {
      let block = try file.read(at: position, upTo: TarHeader.blockSize)
      guard block.count == TarHeader.blockSize else {
        if position == 0 { throw notAnArchive(file, start: block) }
        throw truncated("it ends after \(members.count) files without an end mark")
      }
      if block.allSatisfy({ $0 == 0 }) { return members }
      guard let header = TarHeader(block[...]) else {
        if position == 0 { throw notAnArchive(file, start: block) }
        throw UserError(
          "\(file.path): the archive is damaged at byte \(position), after \(members.count) files",
          remedy: "copy or download it again")
      }
      let start = position + TarHeader.blockSize
      let name = pendingName ?? header.name
      let size = header.kind == .file ? pendingSize ?? header.size : header.size
      guard size <= file.size - start else { throw truncated("\(name) ends early") }
      switch header.kind {
      case .longName:
        pendingName = TarHeader.text(try file.read(at: start, upTo: min(size, 1 << 20))[...])
      case .extended:
        let data = try file.read(at: start, upTo: min(size, 1 << 20))
        guard let records = TarHeader.extendedRecords(data) else {
          throw UserError("\(file.path): the archive is damaged at byte \(start) (pax records)")
        }
        pendingName = records["path"] ?? pendingName
        pendingSize = records["size"].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
      case .file, .other:
        if header.kind == .file, !name.hasSuffix("/") {
          members.append(Member(name: name, offset: start, size: size))
        }
        pendingName = nil
        pendingSize = nil
      }
      let padded = (size + TarHeader.blockSize - 1) / TarHeader.blockSize * TarHeader.blockSize
      position = start + padded
    }
  }

  private static func notAnArchive(_ file: ReadableFile, start: [UInt8]) -> UserError {
    if file.size == 0 { return UserError("\(file.path): the file is empty") }
    if start.starts(with: [0x1F, 0x8B]) {
      return UserError("\(file.path): compressed with gzip", remedy: "unpack it with gunzip first")
    }
    return UserError("\(file.path): not a tar archive")
  }
}
