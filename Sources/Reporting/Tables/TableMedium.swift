/// What tables for people are printed on.
public struct TableMedium: Sendable, Equatable {
  /// The available columns; `nil` for no limit.
  public var columns: Int?
  /// Whether escape sequences for bold and colour may be used.
  public var isStyled: Bool
  /// Where the whole table is when some of its columns do not fit, e.g. `--json`; may be empty.
  public var whole: String

  /// A pipe or a file, unless something is said.
  public init(columns: Int? = nil, isStyled: Bool = false, whole: String = "") {
    (self.columns, self.isStyled, self.whole) = (columns, isStyled, whole)
  }

  /// What `Table.text` is set for. A pipe or a file, without limit and style, unless the command that
  /// prints sets another.
  @TaskLocal public static var current = TableMedium()
}
