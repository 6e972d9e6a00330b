import Support

extension ClassList {
  /// How many classes ImageNet has: 1,000.
  public static let imageNetCount = 1000

  /// The classes of ILSVRC2012, which ship with the program and are read once: the index is the rank of
  /// the WordNet id in sorted order, as in torchvision.
  ///
  /// - Throws: `UserError` when the program's data files are missing or damaged.
  public static func imageNet() throws -> ClassList { try loaded.get() }

  private static let loaded = Result {
    try ClassList(
      imageNet: CSV.rows(
        of: ResourceFolder.datasets.read("classes.csv"), name: "classes.csv", isOurs: true))
  }

  private init(imageNet rows: [CSV.Row]) throws {
    let damaged = UserError(
      "classes.csv: the program's own list of classes is damaged", remedy: "rebuild the program")
    guard rows.first?.fields == ["index", "wnid", "name", "synonyms"],
      rows.count == Self.imageNetCount + 1
    else { throw damaged }
    let all = try rows.dropFirst().enumerated().map { index, row in
      guard row.fields.count == 4, Int(row.fields[0]) == index else { throw damaged }
      return Class(
        index: index, id: row.fields[1], name: row.fields[2],
        synonyms: row.fields[3].split(separator: ",").map { String($0.drop { $0 == " " }) })
    }
    // The index is the rank of the id.
    guard zip(all, all.dropFirst()).allSatisfy({ $0.id < $1.id }) else { throw damaged }
    try self.init(all, title: "ImageNet-1k", isImageNet: true)
  }

  /// Whether a text has the form of a WordNet id of a noun: `n` and eight digits.
  static func isWordNetID(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 9 && bytes[0] == UInt8(ascii: "n")
      && bytes.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
