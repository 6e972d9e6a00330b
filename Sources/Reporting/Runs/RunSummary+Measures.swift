import Foundation
import Support
import Tracking

extension RunSummary {
  /// A number that summarises a run that is not an evaluation.
  package struct Measure {
    /// E.g. `loss`.
    package let label: String
    /// The number.
    package let value: Double
    /// The number as people read it.
    package let text: @Sendable (Double) -> String
  }

  /// The last loss and held-out PSNR of a training; the agreement of corrected photos, or of
  /// distorted ones where there is no corrector.
  package var measures: [Measure] {
    switch run.kind {
    case .evaluate: return []
    case .train:
      return [
        last("loss").map { Measure(label: "loss", value: $0, text: Numbers.short) },
        last("psnr").map { Measure(label: "PSNR", value: $0) { String(format: "%.2f dB", $0) } },
      ].compactMap { $0 }
    case .agreement:
      let value = lastMetrics["corrected/agreement"] ?? lastMetrics["distorted/agreement"]
      return value.map {
        [Measure(label: "agreement", value: $0.value) { String(format: "%.1f %%", $0) }]
      } ?? []
    }
  }

  /// The last value of a measure, e.g. `psnr`, whatever its metric's full name is: of corrected
  /// held-out photos where there is one, else of the training; of several phases the latest.
  func last(_ measure: String) -> Double? {
    let all = lastMetrics.values.filter { metric in
      let parts = metric.name.split(separator: "/")
      // Those are the errors before correction.
      return parts.last == Substring(measure) && !parts.contains("distorted")
        && !parts.contains("transformed")
    }
    let heldOut = all.filter { $0.name.hasPrefix("validation") }
    return (heldOut.isEmpty ? all : heldOut).max { ($0.step, $0.name) < ($1.step, $1.name) }?.value
  }

  /// The results by name.
  var result: [String: Double] {
    guard run.kind == .evaluate else {
      return Dictionary(
        measures.map { ($0.label.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    return top1.compactMapValues { $0 }
  }

  /// SHA-256 of the corrector whose agreement was measured.
  var agreementCorrector: String? {
    guard case .agreement(let configuration) = run.stored else { return nil }
    return configuration.corrector?.sha256
  }

  /// Top-1 in percent of the finished cells, by `model/dataset/condition`; where several would have
  /// one name, as with several correctors, each has its evaluation's id behind it.
  var top1: [String: Double?] {
    let finished = cells.filter(\.isFinished)
    func name(_ cell: CellSummary) -> String {
      "\(cell.identity.model)/\(cell.dataset)/\(cell.identity.condition)"
    }
    let counts = Dictionary(grouping: finished, by: name).mapValues(\.count)
    return Dictionary(
      finished.map { cell in
        let name = name(cell)
        return (counts[name] == 1 ? name : "\(name)#\(cell.evaluation)", cell.top1)
      }, uniquingKeysWith: { first, _ in first })
  }
}
