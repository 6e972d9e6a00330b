import Support

/// The 1,000 classes of ILSVRC2012: index (the rank of the WordNet id in sorted order, as in
/// torchvision), WordNet id and names.
public struct ImageNetClasses: Sendable {
  /// One class.
  public struct Class: Equatable, Sendable {
    /// 0…999.
    public let index: Int
    /// The WordNet id, e.g. `n02108422`.
    public let wnid: String
    /// The short name, e.g. `Bullmastiff`. Not unique: two are called `missile`, two `sunglasses`.
    public let name: String
    /// All names that WordNet's set of synonyms holds, the first being the most usual.
    public let synonyms: [String]
  }

  /// All classes; a class's position is its index.
  public let all: [Class]
  private let indices: [String: Int]
  /// By name as `Self.plain` writes it: several classes share some names.
  private let named: [String: Set<Int>]

  /// How many classes there are: 1,000.
  public static let count = 1000

  /// The list that ships with the program, read once.
  ///
  /// - Throws: `UserError` when the program's data files are missing or damaged.
  public static func builtIn() throws -> ImageNetClasses { try loaded.get() }

  private static let loaded = Result {
    try ImageNetClasses(
      rows: CSV.rows(of: ResourceFolder.datasets.read("classes.csv"), name: "classes.csv"))
  }

  init(rows: [CSV.Row]) throws {
    let damaged = UserError(
      "classes.csv: the program's own list of classes is damaged", remedy: "rebuild the program")
    guard rows.first?.fields == ["index", "wnid", "name", "synonyms"],
      rows.count == Self.count + 1
    else { throw damaged }
    all = try rows.dropFirst().enumerated().map { index, row in
      guard row.fields.count == 4, Int(row.fields[0]) == index else { throw damaged }
      return Class(
        index: index, wnid: row.fields[1], name: row.fields[2],
        synonyms: row.fields[3].split(separator: ",").map { String($0.drop(while: \.isSpace)) })
    }
    indices = Dictionary(all.map { ($0.wnid, $0.index) }, uniquingKeysWith: { first, _ in first })
    // The index is the rank of the id.
    guard indices.count == Self.count,
      zip(all, all.dropFirst()).allSatisfy({ $0.wnid < $1.wnid })
    else { throw damaged }
    var named: [String: Set<Int>] = [:]
    for known in all {
      for name in [known.name, known.synonyms.joined(separator: ", ")] + known.synonyms {
        named[Self.plain(name), default: []].insert(known.index)
      }
    }
    self.named = named
  }

  /// The index of a WordNet id, or `nil` when it is not one of the 1,000.
  public func index(wnid: String) -> Int? { indices[wnid] }

  /// The classes that a name may mean: a class's short name, one of its synonyms, or all of them with
  /// commas between; underscores count as spaces, and capitals do not matter. Empty for other texts.
  func indices(name: String) -> Set<Int> { named[Self.plain(name)] ?? [] }

  private static func plain(_ name: String) -> String {
    let words = name.lowercased().map { "_-".contains($0) ? " " : $0 }
    return String(words).split(separator: " ").joined(separator: " ")
  }

  /// A class in words, e.g. `65 (n01751748, sea snake)`.
  func text(_ index: Int) -> String {
    self[index].map { "\($0.index) (\($0.wnid), \($0.name))" } ?? "\(index)"
  }

  /// The class of an index, or `nil` outside 0…999.
  public subscript(index: Int) -> Class? { all.indices.contains(index) ? all[index] : nil }

  /// Whether a text has the form of a WordNet id of a noun: `n` and eight digits.
  static func isWordNetID(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 9 && bytes[0] == UInt8(ascii: "n")
      && bytes.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

extension Character {
  fileprivate var isSpace: Bool { self == " " }
}
