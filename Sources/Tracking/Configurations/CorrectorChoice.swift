import Support

/// The corrector of an experiment, or several by name to stand side by side.
public enum CorrectorChoice: Sendable, Equatable {
  /// One corrector's file; it needs no name.
  case file(String)
  /// Several, in the order of their rows; names are unique.
  case named([Named])

  /// A corrector's file and what the tables call it.
  public struct Named: Sendable, Equatable, Codable {
    /// Letters, digits, - _ and `.`.
    public var name: String
    /// Its file, as it was given.
    public var path: String

    /// A corrector with its name.
    public init(name: String, path: String) {
      self.name = name
      self.path = path
    }
  }

  /// Name, where there is one, and path of each.
  public var files: [(name: String?, path: String)] {
    switch self {
    case .file(let path): [(nil, path)]
    case .named(let all): all.map { ($0.name, $0.path) }
    }
  }

  /// What options `--corrector FILE` or `--corrector NAME=FILE` choose; `nil` without any. It is a
  /// name that stands before the first equals sign if it consists of letters, digits, - _ and `.`:
  /// `./a=b.h5` is a path.
  ///
  /// - Throws: `UserError` when there are several of which one has no name, or a name is there twice.
  public init?(options: [String]) throws {
    let parts = options.map { option -> (name: String?, path: String) in
      let split = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard split.count == 2, Self.isName(split[0]), !split[1].isEmpty else { return (nil, option) }
      return (String(split[0]), String(split[1]))
    }
    guard let first = parts.first else { return nil }
    if parts.count == 1, first.name == nil {
      self = .file(first.path)
      return
    }
    self = .named(
      try parts.enumerated().map { index, part in
        guard let name = part.name else {
          throw UserError(
            "--corrector \(part.path): several correctors need names",
            remedy: "give --corrector NAME=\(part.path)")
        }
        guard !parts[..<index].contains(where: { $0.name == name }) else {
          throw UserError("--corrector \(name): given twice")
        }
        return Named(name: name, path: part.path)
      })
  }

  /// Whether a text can be a corrector's name.
  package static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
  }
}

/// As in an experiment's file: a path alone, or names and paths.
extension CorrectorChoice: Codable {
  /// Reads a text as one file and a list as several.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let path = try? container.decode(String.self) {
      self = .file(path)
    } else {
      self = .named(try container.decode([Named].self))
    }
  }

  /// Writes one file as a text and several as a list.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .file(let path): try container.encode(path)
    case .named(let all): try container.encode(all)
    }
  }
}
