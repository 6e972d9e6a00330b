import Imaging

/// A file that lies beside a report.
public struct ReportFile: Sendable, Equatable {
  /// Without folder, or below one: `tables/sample-top1.csv`.
  public let name: String
  /// What it holds.
  public let bytes: [UInt8]
}

extension ReportFile {
  /// A plot as SVG.
  init(_ name: String, _ plot: Plot) {
    self.init(name: name, bytes: Array(PlotDrawing(plot).svg.utf8))
  }

  /// Photos as JPEG.
  init(_ name: String, _ sheet: ImageSheet) throws {
    self.init(name: name, bytes: try JPEG.encode(sheet.image, quality: 87))
  }
}

extension RGBImage {
  /// In the size of the pictures of a report.
  var inReport: RGBImage { resized(width: 160, height: 160) }
}

/// A part of a report: the values that its template sets, and files that they refer to.
struct PageSection<Values: Encodable> {
  /// `nil` where there is nothing to say: then the template leaves the part out. Properties have the
  /// template's names, which are in snake case there; a list that is empty is left out, too.
  var values: Values?
  var files: [ReportFile] = []
  var tables: [ReportTable] = []
}

/// A picture as a template shows it.
struct Figure: Encodable, Equatable {
  let file: String
  /// What it shows, in words, as Markdown's alternative text.
  let alt: String

  init(file: String, alt: String) {
    self.file = file
    self.alt = Markdown.alternative(alt)
  }
}

/// Pictures with the files that they show.
struct Figures {
  private(set) var shown: [Figure] = []
  private(set) var files: [ReportFile] = []

  mutating func add(_ plot: Plot, file: String) {
    files.append(ReportFile(file, plot))
    shown.append(Figure(file: file, alt: "\(plot.title). \(plot.description)"))
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
