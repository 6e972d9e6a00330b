/// A file that lies beside a report.
public struct ReportFile: Sendable, Equatable {
  /// Without folder, or below one: `tables/sample-top1.csv`.
  public let name: String
  public let bytes: [UInt8]

  public init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  public init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
}

/// A part of a report: the values that a template sets, and files that they refer to.
struct PageSection {
  /// By the names that the template uses; texts, flags, and lists and mappings of these.
  var values: [String: Any] = [:]
  var files: [ReportFile] = []
  var tables: [ReportTable] = []

  /// Adds a picture to the list of a name.
  ///
  /// - Parameters:
  ///   - file: the picture's file.
  ///   - alt: what it shows, in words.
  ///   - extra: further values of the list's entry.
  mutating func add(
    figure file: ReportFile, alt: String, to list: String = "figures", _ extra: [String: Any] = [:]
  ) {
    files.append(file)
    let figure: [String: Any] = [
      "file": file.name, "alt": Markdown.alternative(alt),
    ]
    let known = values[list] as? [[String: Any]] ?? []
    values[list] = known + [figure.merging(extra) { $1 }]
  }

  /// Adds a plot as a picture.
  mutating func add(plot: Plot, file: String, to list: String = "figures") {
    add(
      figure: ReportFile(file, PlotDrawing(plot).svg), alt: "\(plot.title). \(plot.description)",
      to: list)
  }

  /// Adds a table under its name, as Markdown.
  mutating func add(_ table: ReportTable, as name: String = "table") {
    tables.append(table)
    values[name] = table.table.markdown.trimmedLines
  }
}

extension String {
  /// Without line breaks at its end: the template sets those.
  var trimmedLines: String {
    var text = self
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}

/// Names of files made of names from outside.
package enum FileStem {
  /// Letters, digits, - _ and . of a text; hyphens for the rest, and none at its ends.
  package static func of(_ text: String) -> String {
    let parts = text.map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
        ? character : "-"
    }
    let stem = String(parts).split(separator: "-").joined(separator: "-")
    let start = stem.drop { $0 == "." }
    return start.isEmpty ? "report" : String(start)
  }
}
