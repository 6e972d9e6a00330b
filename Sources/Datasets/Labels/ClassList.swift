import Support

/// The classes that networks tell apart: ImageNet's 1,000, or those of networks that were trained on others.
public struct ClassList: Sendable, Equatable {
  /// One class.
  public struct Class: Equatable, Sendable {
    /// From 0: the place of its logit.
    public let index: Int
    /// What data sets call it, e.g. as the name of its folder: of ImageNet's classes the WordNet id,
    /// e.g. `n02108422`. Unique.
    public let id: String
    /// What people call it, e.g. `Bullmastiff`. Of ImageNet's not unique: two are called `missile`, two
    /// `sunglasses`.
    public let name: String
    /// All names that WordNet's set of synonyms holds, the first being the most usual; empty for others.
    public let synonyms: [String]
  }

  /// All classes; a class's position is its index.
  public let all: [Class]
  /// What to call the list in messages: `ImageNet-1k`, or the file it was read from.
  public let title: String
  /// Whether these are ImageNet's, of which file names and folders tell something.
  public let isImageNet: Bool
  private let indices: [String: Int]
  /// By name as `Self.plain` writes it: several classes may share some names.
  private let named: [String: Set<Int>]

  /// - Throws: `UserError` naming the list when it is empty, or two classes have one id.
  init(_ all: [Class], title: String, isImageNet: Bool) throws {
    guard !all.isEmpty else { throw UserError("\(title): names no class") }
    (self.all, self.title, self.isImageNet) = (all, title, isImageNet)
    var indices: [String: Int] = [:]
    var named: [String: Set<Int>] = [:]
    for known in all {
      if let other = indices.updateValue(known.index, forKey: known.id) {
        throw UserError("\(title): classes \(other) and \(known.index) are both called \(known.id)")
      }
      for name in [known.name, known.synonyms.joined(separator: ", ")] + known.synonyms {
        named[Self.plain(name), default: []].insert(known.index)
      }
    }
    (self.indices, self.named) = (indices, named)
  }

  /// How many classes there are.
  public var count: Int { all.count }

  /// The index of an id, or `nil` when no class has it.
  public func index(id: String) -> Int? { indices[id] }

  /// The classes that a name may mean: a class's short name, one of its synonyms, or all of them with
  /// commas between; underscores count as spaces, and capitals do not matter. Empty for other texts.
  func indices(name: String) -> Set<Int> { named[Self.plain(name)] ?? [] }

  private static func plain(_ name: String) -> String {
    let words = name.lowercased().map { "_-".contains($0) ? " " : $0 }
    return String(words).split(separator: " ").joined(separator: " ")
  }

  /// A class in words, e.g. `65 (n01751748, sea snake)`.
  func text(_ index: Int) -> String {
    guard let known = self[index] else { return "\(index)" }
    return known.id == known.name
      ? "\(index) (\(known.name))" : "\(index) (\(known.id), \(known.name))"
  }

  /// The class of an index, or `nil` where the list has none.
  public subscript(index: Int) -> Class? { all.indices.contains(index) ? all[index] : nil }

  /// What data sets call the classes, in the order of their indices.
  public var ids: [String] { all.map(\.id) }

  /// SHA-256 over a line for each id, ended by a line feed.
  public var digest: String { FileDigest.sha256(Array(ids.map { $0 + "\n" }.joined().utf8)) }

  /// Lists of the same classes are equal, whatever they are called.
  public static func == (a: ClassList, b: ClassList) -> Bool { a.ids == b.ids }
}
