import Evaluation
import Foundation
import Tracking

/// An experiment's report, for GitHub and for a terminal.
public struct ExperimentReport: Sendable {
  private let results: ExperimentResults
  private let workingFolder: String

  /// - Parameter workingFolder: paths below it are written relative to it.
  public init(
    _ results: ExperimentResults,
    workingFolder: String = FileManager.default.currentDirectoryPath
  ) {
    self.results = results
    self.workingFolder = workingFolder
  }

  var layout: any ReportLayout {
    (TableLayout(rawValue: results.experiment.report) ?? .table1).report.init(results: results)
  }

  /// See `ExperimentData.title`.
  var title: String { ExperimentData(results: results).title }

  /// What the experiment's file says of it, and what it was measured on; `nil` where neither says
  /// anything.
  var description: String? {
    let paragraphs = [results.experiment.description, ExperimentData(results: results).summary]
      .filter { !$0.isEmpty }
    return paragraphs.isEmpty ? nil : paragraphs.joined(separator: "\n\n")
  }

  /// What the template sets.
  private struct Values: Encodable {
    let title: String
    let description: String?
    let results: ResultsSection.Values?
    let appendix: Appendix
  }

  /// The whole report. It depends on what is stored only: made twice, it is the same.
  ///
  /// - Throws: `UserError` for a template that cannot be read.
  public var markdown: String {
    get throws {
      let provenance = Provenance(results: results, workingFolder: workingFolder)
      return try ReportTemplates().render(
        .short,
        Values(
          title: title, description: description,
          results: ResultsSection(results).finished().values,
          appendix: Appendix(
            files: provenance.files, settings: provenance.settings,
            commands: [provenance.commands])))
    }
  }

  /// The tables alone, for a terminal.
  public var text: String {
    var text = "\(title)\n\n\(layout.measured.text)"
    if let table = PublishedComparison(results: results).table,
      let published = results.experiment.published
    {
      text += "\nCompared with \(published.source)\n\n\(table.text)"
    }
    let differences = Differences(results: results)
    if let table = differences.table { text += "\n\(table.text)" }
    text += "\n\(reading)\n"
    if differences.table != nil { text += "\n\(differences.reading)\n" }
    if !failures.isEmpty { text += "\nImages left out\n\(failures.joined(separator: "\n"))\n" }
    return text
  }

  /// The meaning of the numbers, in a paragraph.
  var reading: String {
    var sentences = ["Top-1 accuracy in percent, with its 95 % interval (Wilson) in brackets."]
    let draws = Set(results.evaluations.filter { $0.seed != nil }.map(\.draws))
    if let most = draws.max(), most > 1 {
      let list = draws.sorted().map(Numbers.count).joined(separator: " or ")
      sentences.append(
        "Each image is distorted \(list) times at random; draws of one image are not independent, so "
          + "the interval is clustered by image.")
    }
    for (dataset, settings) in results.settings.sorted(by: { $0.key < $1.key }) {
      let kind = results.evaluations.first { $0.dataset == dataset }?.datasetKind
      let made = kind == "imagenet-c" ? "corrupted" : "photographed"
      sentences.append(
        "Each image of \(dataset) was \(made) under \(Numbers.count(settings.count)) settings, and "
          + "each of these images counts as a draw of it; draws of one image are not independent, so the "
          + "intervals are clustered by image.")
    }
    sentences += layout.reading
    if results.hasOpenCells {
      sentences.append(
        "Cells that are not finished say how many of their results exist: another part of the work "
          + "(`--shard`) is still pending or the run was stopped. The same command completes them."
      )
    }
    if !results.simulated.isEmpty {
      let list = results.simulated.joined(separator: " and ")
      sentences.append(
        "**Simulated:** nothing of \(list) was printed or photographed; a program computed images "
          + "that imitate it (manifest.json beside them says how). The numbers hold for that "
          + "simulation; how far they hold for real prints, only real prints can show.")
    }
    return sentences.joined(separator: " ")
  }

  /// A line for each thing that the runs found in the data, e.g. files that were left out.
  var dataNotes: [String] {
    results.notes.map(Markdown.item)
  }

  /// A line for each dataset's images that failed anywhere, with their names.
  var failures: [String] {
    results.experiment.datasets.compactMap { dataset in
      let cells = results.rows.filter { $0.dataset == dataset.name }.flatMap { row in
        results.experiment.conditions.compactMap(row.result)
      }
      var known: Set<String> = []
      let failed = cells.flatMap(\.failed).filter { known.insert($0.item).inserted }
      let images = cells.map(\.evaluation.itemCount).max() ?? 0
      guard !failed.isEmpty else { return nil }
      let list = Markdown.sublist(
        failed.sorted { $0.item < $1.item }.map { "\(Markdown.code($0.item)): \($0.reason)" })
      let count = "\(Numbers.count(failed.count)) of \(Numbers.count(images)) images"
      return "- \(dataset.name): \(count) could not be used and are not counted\n"
        + list.joined(separator: "\n")
    }
  }
}
