import Foundation
import Tracking

/// The report of a training run: its curves, its numbers, and everything that is needed to repeat
/// it.
public struct TrainingPage {
  /// What the template sets: the section's own values stand beside the others.
  private struct Values: Encodable {
    let title: String
    let training: TrainingSection.Values?
    let repeats: TrainingRepeatsSection.Values?
    let throughput: ThroughputSection.Values?
    let appendix: Appendix

    private enum CodingKeys: String, CodingKey { case title, repeats, throughput, appendix }

    func encode(to encoder: any Encoder) throws {
      try training?.encode(to: encoder)
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(title, forKey: .title)
      try values.encodeIfPresent(repeats, forKey: .repeats)
      try values.encodeIfPresent(throughput, forKey: .throughput)
      try values.encode(appendix, forKey: .appendix)
    }
  }

  private let run: RunRecord
  private let store: Store
  private let workingFolder: String

  /// - Parameter workingFolder: paths below it are written relative to it.
  public init(
    _ run: RunRecord, store: Store,
    workingFolder: String = FileManager.default.currentDirectoryPath
  ) {
    (self.run, self.store, self.workingFolder) = (run, store, workingFolder)
  }

  /// - Parameters:
  ///   - command: what makes the report again.
  ///   - stem: the page's name, without ending.
  /// - Throws: `UserError` for a database or a template that cannot be read.
  public func bundle(
    command: String, stem: String, templates: ReportTemplates
  ) throws -> ReportBundle {
    let stem = FileStem.of(stem)
    let part = try TrainingSection(run, store: store, stem: stem)
    let training = part.section
    let repeats = try TrainingRepeatsSection(run, store: store, stem: stem).section
    var throughput = ThroughputSection()
    throughput.add(run, speeds: part.speeds)
    let speeds = throughput.finished()
    let values = Values(
      title: "Training run \(run.id): \(run.name)", training: training.values,
      repeats: repeats.values, throughput: speeds.values,
      appendix: Appendix(
        files: try files, settings: settings, commands: [run.command, command],
        configuration: Self.pretty(run.configuration)))
    return ReportBundle(
      stem: stem, markdown: try templates.render(.training, values),
      files: training.files + repeats.files,
      tables: training.tables + repeats.tables + speeds.tables)
  }

  private var files: Table {
    get throws {
      Table(
        columns: ["what", "file", "SHA-256"], labels: 3,
        rows: try store.artifacts(run: run.id).map {
          [$0.kind, Provenance.shown($0.path, workingFolder), Markdown.code($0.sha256)]
        })
    }
  }

  private var settings: Table {
    let rows: [(String, String?)] = [
      ("status", run.status.rawValue), ("error", run.error),
      ("continued", run.resumed > 0 ? "\(run.resumed) times" : nil),
      ("versions", Provenance.versions(run.versions)), ("commit", run.sourceCommit),
      ("host", run.host), ("started", run.startedAt), ("finished", run.finishedAt),
      ("notes", run.notes),
    ]
    return Table(
      columns: ["", ""], labels: 2,
      rows: rows.compactMap { name, value in value.flatMap { $0.isEmpty ? nil : [name, $0] } })
  }

  /// JSON over several lines, in a block of its own.
  private static func pretty(_ json: String) -> String {
    guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)),
      let data = try? JSONSerialization.data(
        withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    else { return Markdown.block(json, language: "json").trimmedLines }
    return Markdown.block(String(decoding: data, as: UTF8.self), language: "json").trimmedLines
  }
}
