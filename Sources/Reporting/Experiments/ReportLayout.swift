import Evaluation

/// A way to set an experiment's top-1 as a table.
protocol ReportLayout: Sendable {
  init(_ results: ExperimentResults)
  /// Top-1 with intervals.
  var measured: Table { get }
  /// Sentences about columns that explain themselves badly.
  var reading: [String] { get }
}

/// The available layouts, by the name that an experiment's key `report` has for them;
/// `Vocabulary.reports` lists the same names.
enum ReportLayouts {
  static let all: [(name: String, layout: any ReportLayout.Type)] = [
    ("table1", Table1.self), ("table2", Table2.self),
  ]

  /// The layout of a name, or that of Table 1, which can show any experiment.
  static func named(_ name: String) -> any ReportLayout.Type {
    all.first { $0.name == name }?.layout ?? Table1.self
  }
}
