import Evaluation
import Tracking

/// A way to set an experiment's top-1 as a table.
protocol ReportLayout: Sendable {
  init(results: ExperimentResults)
  /// Top-1 with intervals.
  var measured: Table { get }
  /// Sentences about columns that explain themselves badly.
  var reading: [String] { get }
}

extension TableLayout {
  /// What sets it.
  var report: any ReportLayout.Type {
    switch self {
    case .table1: Table1.self
    case .table2: Table2.self
    }
  }
}
