import Evaluation
import Foundation
import Support
import Tracking

/// Writes an experiment's report where the experiment's `report` key says how.
public enum ReportWriter {
  /// Writes `FOLDER/<name>.md` of published tables.
  ///
  /// - Returns: the file's path and the report for a terminal.
  /// - Throws: `UserError` when the file cannot be written.
  public static func write(
    _ tables: PublishedTables, to folder: String
  ) throws -> (path: String, text: String) {
    let report = PaperReport(tables)
    let path = "\(folder)/\(tables.name).md"
    try AtomicFile.makeFolder(of: path)
    try AtomicFile.write(report.markdown, to: path)
    return (path, report.text)
  }

  /// Makes the folder and finds out whether the report can be written there.
  ///
  /// - Throws: `UserError` naming the report's file when it cannot.
  public static func check(folder: String, experiment: Experiment) throws {
    let path = Self.path(folder, experiment)
    try AtomicFile.makeFolder(of: path)
    try AtomicFile.check(path)
  }

  private static func path(_ folder: String, _ experiment: Experiment) -> String {
    "\(folder)/\(experiment.name).md"
  }

  /// Writes `FOLDER/<experiment>.md` and, where a run is given, remembers it as its artifact.
  ///
  /// - Returns: the file's path and the report for a terminal.
  /// - Throws: `UserError` when the file cannot be written or the layout is unknown.
  public static func write(
    _ results: ExperimentResults, to folder: String, store: Store? = nil, run: Int64? = nil
  ) throws -> (path: String, text: String) {
    let experiment = results.experiment
    guard TableLayout(rawValue: experiment.report) != nil else {
      throw UserError(
        "\(experiment.file): unknown report \(experiment.report)",
        remedy: "choose from \(TableLayout.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let report = ExperimentReport(results)
    let markdown = try report.markdown
    let path = Self.path(folder, experiment)
    try AtomicFile.makeFolder(of: path)
    try AtomicFile.write(markdown, to: path)
    if let store, let run {
      try store.record(
        artifact: Artifact(
          path: path, kind: "report", sha256: FileDigest.sha256(Data(markdown.utf8))), run: run)
    }
    return (path, report.text)
  }
}
