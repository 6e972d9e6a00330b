import Evaluation
import Support

/// Where networks break and where the correction helps: top-1 by the settings under which images were
/// photographed.
struct StrataSection: ExperimentSection {
  static let name = "strata"

  private let source: ReportSource
  private var notes: [String] = []
  private var report = ReportTable(
    name: "strata", caption: "Top-1 by the settings under which the images were photographed.",
    table: Table(
      columns: ["", "factor", "value", "photographs", "raw %", "corrected %", "improvement"],
      labels: 3),
    data: DataTable(columns: [
      "model", "dataset", "corrector", "factor", "value", "images", "photographs", "raw",
      "raw_lower", "raw_upper", "corrected", "corrected_lower", "corrected_upper", "improvement",
      "improvement_lower", "improvement_upper",
    ]))

  private var errors = ReportTable(
    name: "corruption-error", caption: "Mean corruption error (mCE), in percent.",
    table: Table(
      columns: [
        "", "mean error, raw", "mean error, corrected", "mCE, raw", "mCE, corrected",
      ], labels: 1),
    data: DataTable(columns: [
      "model", "dataset", "corrector", "raw_error", "corrected_error", "raw_mce", "corrected_mce",
    ]))

  init(_ source: ReportSource) { self.source = source }

  mutating func add(_ predicted: PredictedRow) {
    let row = predicted.row
    guard let settings = source.results.settings[row.dataset], let raw = predicted[.raw],
      let cell = row.result(.raw)?.evaluation
    else { return }
    do {
      let strata = try StratumTop1.all(
        raw: raw, corrected: predicted[.corrected], settings: settings, layout: cell.datasetKind)
      for stratum in strata { append(stratum, row) }
      appendErrors(strata, row)
    } catch {
      notes.append("No settings of \(source.labels.text(row)): \(EvaluatedCorrector.line(error)).")
    }
  }

  private mutating func append(_ top1: StratumTop1, _ row: ResultRow) {
    let stratum = top1.stratum
    report.table.append([
      source.labels.text(row), stratum.factor, stratum.value, Numbers.count(top1.raw.total),
      Numbers.share(top1.raw), Numbers.share(top1.corrected), Numbers.change(top1.difference),
    ])
    report.data.append(
      [
        .text(row.model), .text(row.dataset), .optional(row.corrector), .text(stratum.factor),
        .text(stratum.value), .integer(top1.raw.clusters), .integer(top1.raw.total),
      ] + JSONValue.percents(top1.raw.proportion, top1.raw.interval)
        + JSONValue.percents(top1.corrected?.proportion, top1.corrected?.interval)
        + JSONValue.percents(top1.difference?.difference, top1.difference?.interval))
  }

  /// ImageNet-C's number, where all of its corruptions are there.
  private mutating func appendErrors(_ strata: [StratumTop1], _ row: ResultRow) {
    guard let raw = CorruptionError(strata, { $0.raw.proportion }) else { return }
    let corrected = CorruptionError(strata) { $0.corrected?.proportion }
    errors.table.append(
      [source.labels.text(row)]
        + [raw.mean, corrected?.mean, raw.normalised, corrected?.normalised].map(Numbers.share))
    errors.data.append([
      .text(row.model), .text(row.dataset), .optional(row.corrector), .percent(raw.mean),
      .percent(corrected?.mean), .percent(raw.normalised), .percent(corrected?.normalised),
    ])
  }

  /// What the template sets.
  struct Values: Encodable {
    let notes: [String]
    let table: String?
    let errors: String?
  }

  /// The section; without values where no image was photographed under settings.
  func finished() -> PageSection<Values> {
    let report = report.unlessEmpty
    let errors = errors.unlessEmpty
    guard report != nil || !notes.isEmpty else { return PageSection() }
    return PageSection(
      values: Values(notes: notes, table: report?.markdown, errors: errors?.markdown),
      tables: [report, errors].compactMap { $0 })
  }
}
