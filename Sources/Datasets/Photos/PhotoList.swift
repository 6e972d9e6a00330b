import Support

/// Photos by name, kept small: ImageNet's training set takes some 90 MB. A `Photo` is made when it is
/// asked for.
public struct PhotoList: RandomAccessCollection, Sendable {
  /// Where photos lie and how their names lead to them.
  enum Place: Sendable {
    /// The folder below which files have the photos' names.
    case folder(path: String)
    /// The archive whose members have the photos' names without so many bytes at their beginning.
    case archive(TarSource, prefix: Int)
  }

  fileprivate struct Row: Sendable {
    /// Where the name begins in `names`, and its bytes.
    let start: Int
    let length: Int32
    let place: Int32
    /// In the archive, bytes.
    let offset: Int
    let size: Int
    let orientation: PhotoOrientation
  }

  /// All names, one after the other.
  private let names: [UInt8]
  private let places: [Place]
  /// Sorted by name, as bytes.
  private let rows: [Row]

  /// 0.
  public var startIndex: Int { 0 }
  /// How many there are.
  public var endIndex: Int { rows.count }

  /// The photo at a position in the order of names.
  public subscript(position: Int) -> Photo {
    let row = rows[position]
    let name = names[row.start..<row.start + Int(row.length)]
    return Photo(
      name: String(decoding: name, as: UTF8.self), size: row.size, location: location(row, name),
      orientation: row.orientation)
  }

  private func location(_ row: Row, _ name: ArraySlice<UInt8>) -> Photo.Location {
    switch places[Int(row.place)] {
    case .folder(let path): .file(path: "\(path)/\(String(decoding: name, as: UTF8.self))")
    case .archive(let source, let prefix):
      .member(
        TarArchive.Member(
          name: String(decoding: name.dropFirst(prefix), as: UTF8.self), offset: row.offset,
          size: row.size), of: source)
    }
  }

  /// SHA-256 over a line `name`, tab, `size in bytes` for each photo, each ended by a line feed.
  var fingerprint: String {
    FileDigest.sha256(
      parts: rows.lazy.map { row in
        names[row.start..<row.start + Int(row.length)] + Array("\t\(row.size)\n".utf8)
      })
  }

  /// Collects the photos of a list in any order.
  struct Builder {
    private var names: [UInt8] = []
    private var places: [Place] = []
    private var rows: [Row] = []
    private var orientation = PhotoOrientation.OfFolder()

    /// The files of a folder, whose names are their paths below it.
    mutating func add(_ files: [FolderListing.Entry], below path: String) {
      places.append(.folder(path: path))
      for file in files { append(file.name, offset: 0, size: file.size, below: path) }
    }

    /// The members of an archive, which counts as a folder.
    mutating func add(_ archive: ListedArchive) {
      places.append(.archive(archive.source, prefix: archive.prefix.utf8.count))
      for member in archive.photos {
        append(
          archive.prefix + member.name, offset: member.offset, size: member.size,
          below: archive.root)
      }
    }

    private mutating func append(_ name: String, offset: Int, size: Int, below root: String) {
      let start = names.count
      names += name.utf8
      rows.append(
        Row(
          start: start, length: Int32(names.count - start), place: Int32(places.count - 1),
          offset: offset, size: size, orientation: orientation.of("\(root)/\(name)")))
    }

    /// The list.
    ///
    /// - Throws: `UserError` naming two photos of one name.
    consuming func sorted() throws -> PhotoList {
      let names = names
      names.withUnsafeBufferPointer { names in
        func name(_ row: Row) -> Slice<UnsafeBufferPointer<UInt8>> {
          names[row.start..<row.start + Int(row.length)]
        }
        rows.sort { name($0).lexicographicallyPrecedes(name($1)) }
      }
      let list = PhotoList(names: names, places: places, rows: rows)
      try list.refuseTwins()
      return list
    }
  }

  private init(names: [UInt8], places: [Place], rows: [Row]) {
    (self.names, self.places, self.rows) = (names, places, rows)
  }

  private func refuseTwins() throws {
    for (index, row) in rows.enumerated().dropFirst() {
      let before = rows[index - 1]
      guard row.length == before.length,
        names[row.start..<row.start + Int(row.length)]
          == names[before.start..<before.start + Int(row.length)]
      else { continue }
      let (a, b) = (self[index - 1], self[index])
      throw UserError(
        a.place == b.place
          ? "\(a.place): is there twice" : "\(a.place), \(b.place): two photos of one name",
        remedy: a.place == b.place ? "make the archive again" : "keep only one of them")
    }
  }
}
