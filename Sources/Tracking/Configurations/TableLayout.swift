/// How an experiment's top-1 are set as a table, by the name that its key `report` has for it.
public enum TableLayout: String, Sendable, CaseIterable {
  /// Table 1 of the paper: a column a condition. It can show any experiment.
  case table1
  /// Table 2 of the paper: the conditions of each set of prints side by side.
  case table2
}
