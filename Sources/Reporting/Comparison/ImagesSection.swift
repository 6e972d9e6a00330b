import Datasets
import Evaluation
import Foundation
import Imaging
import Support
import Tracking

/// The images that changed most from one subject to another, in words and as pictures.
struct ImagesSection {
  /// How many images of each direction the table names where no pictures are asked for.
  static let listed = 5

  private let baseline: ComparedSubject
  private let count: Int
  private(set) var report: ReportTable
  /// The rows of the table, a group for each comparison and direction.
  private(set) var groups: [Group] = []

  /// Images of one comparison that changed in one direction.
  struct Group {
    let line: ComparedCells.Line
    let isGain: Bool
    /// The number of the first one in the table.
    let start: Int
    let examples: [PairedOutcome]
  }

  /// - Parameter count: images of each direction; with 0, `listed` are still named.
  init(_ baseline: ComparedSubject, count: Int) {
    self.baseline = baseline
    self.count = count > 0 ? count : Self.listed
    report = ReportTable(
      name: "images",
      caption:
        "The images that changed most: draws fixed and broken, and the predictions for the first "
        + "such draw.",
      table: Table(
        columns: [
          "", "", "image", "label", "draws", "fixed", "broken", "draw",
          "\(baseline.label) predicted", "the other predicted",
        ], labels: 4),
      data: DataTable(columns: [
        "subject", "dataset", "model", "condition", "image", "class_index", "class", "draws",
        "draws_fixed", "draws_broken", "example_draw", "baseline_predicted",
        "baseline_probability", "predicted", "probability",
      ]))
  }

  /// Adds the images of a comparison.
  ///
  /// - Throws: `UserError` for a class that the list does not have.
  mutating func add(
    _ line: ComparedCells.Line, _ images: [ImageChange], _ list: ClassList
  ) throws {
    for isGain in [true, false] {
      let most = ImageChange.most(images, gained: isGain, count: count)
      guard !most.isEmpty else { continue }
      groups.append(
        Group(
          line: line, isGain: isGain, start: report.table.rows.count + 1,
          examples: most.compactMap(\.example)))
      for change in most {
        guard let example = change.example else { continue }
        report.table.append([
          line.other.label, "\(report.table.rows.count + 1)", change.item,
          try CellWords.name(ofClass: change.label, in: list), Numbers.count(change.pair.total),
          Numbers.count(change.pair.fixed), Numbers.count(change.pair.broken),
          Numbers.count(example.draw + 1), try CellWords.said(example.before, in: list),
          try CellWords.said(example.after, in: list),
        ])
        let cell = line.pair.before.evaluation
        report.data.append([
          .text(line.other.label), .text(cell.dataset), .text(cell.model),
          .text(cell.condition.rawValue),
          .text(change.item), .integer(change.label),
          .text(try CellWords.name(ofClass: change.label, in: list)),
          .integer(change.pair.total), .integer(change.pair.fixed), .integer(change.pair.broken),
          .integer(example.draw), .integer(example.before.predicted),
          Self.value(example.before.probability), .integer(example.after.predicted),
          Self.value(example.after.probability),
        ])
      }
    }
  }

  /// `B against A, SqueezeNet 1.1, sample, corrected`.
  func words(_ group: Group) -> String {
    "\(group.line.other.label) against \(baseline.label), \(CellWords.pair(group.line.pair))"
  }

  /// What the template sets.
  struct Values: Encodable {
    let table, caption: String
    var notes: [String] = []
    var figures: [Picture] = []
  }

  /// A picture of the images of a group.
  struct Picture: Encodable {
    let file, alt: String
    /// What is compared.
    let what: String
    /// The table's lines that are shown.
    let numbers: String
    /// What the images are, from left to right.
    let shown: String
  }

  /// The table with the pictures of all groups, or a line for each that says why there are none.
  ///
  /// - Parameters:
  ///   - hasPictures: whether there are any.
  ///   - load: loads a corrector from its file.
  func section(
    stem: String, hasPictures: Bool, store: Store, load: EvaluatedCorrector.Loader
  ) -> PageSection<Values> {
    var values = Values(table: report.markdown, caption: report.caption)
    var files: [ReportFile] = []
    for (index, group) in groups.enumerated() where hasPictures {
      let what = "\(words(group)), \(group.isGain ? "fixed" : "broken")"
      do {
        let (rows, shown) = try strips(group, store, load)
        let last = group.start + rows.count - 1
        let file = try ReportFile(
          "\(stem)-images-\(index + 1).jpg", ImageSheet(columns: shown, strips: rows))
        files.append(file)
        values.figures.append(
          Picture(
            file: file.name,
            alt: Markdown.alternative("\(what): \(shown.joined(separator: ", "))"), what: what,
            numbers: group.start == last ? "\(last)" : "\(group.start) to \(last)",
            shown: shown.joined(separator: " | ")))
      } catch {
        values.notes.append("No pictures of \(what): \(EvaluatedCorrector.line(error)).")
      }
    }
    return PageSection(values: values, files: files)
  }

  /// A row of images for each example, and what its columns are.
  private func strips(
    _ group: Group, _ store: Store, _ load: EvaluatedCorrector.Loader
  ) throws -> (rows: [ImageSheet.Strip], shown: [String]) {
    let pair = group.line.pair
    let sides = [(baseline, pair.before.evaluation), (group.line.other, pair.after.evaluation)]
    let addresses = group.examples.map { Example.Address(item: $0.item, draw: $0.draw) }
    var shown: [String] = []
    var columns: [[RGBImage]] = []
    for (index, (subject, evaluation)) in sides.enumerated() {
      let corrector = try EvaluatedCorrector.load(
        evaluation, file: evaluation.correctorSHA256 == nil ? nil : subject.file, load)
      guard index == 0 || corrector != nil else { continue }
      let examples = try ExampleMaker(evaluation, store: store, corrector: corrector)(addresses)
      if index == 0 {
        // A photo that nothing distorted is its own canonical image.
        if evaluation.view != .raw {
          shown.append("canonical y")
          columns.append(examples.map(\.canonical))
        }
        if evaluation.view != .canonical {
          shown.append(evaluation.view == .raw ? "raw image x" : "distorted x")
          columns.append(examples.map(\.uncorrected))
        }
      }
      if corrector != nil {
        shown.append("ŷ of \(subject.label)")
        columns.append(examples.compactMap(\.corrected))
      }
    }
    let rows = addresses.enumerated().map { row, address in
      ImageSheet.Strip(
        name: "\(group.start + row) \(address.item)",
        images: columns.compactMap { column in
          column.indices.contains(row) ? column[row].inReport : nil
        })
    }
    return (rows, shown)
  }

  /// Imported predictions may lack a confidence.
  private static func value(_ probability: Double) -> JSONValue {
    probability == Prediction.unknownProbability ? .null : .number(probability)
  }
}
