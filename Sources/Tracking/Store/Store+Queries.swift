import GRDB

extension Store {
  /// The rows of a query, each as a record.
  func fetchAll<Record: FetchableRecord>(
    _ sql: String, _ arguments: StatementArguments = []
  ) throws -> [Record] {
    try read { try Record.fetchAll($0, sql: sql, arguments: arguments) }
  }

  /// The first value of a query; `nil` where it has no row.
  func fetchOne<Value: DatabaseValueConvertible>(
    _ sql: String, _ arguments: StatementArguments
  ) throws -> Value? {
    try read { try Value.fetchOne($0, sql: sql, arguments: arguments) }
  }

  /// The rows of a query of two columns, the first of which has no value twice.
  func fetchPairs<Key: DatabaseValueConvertible & Hashable, Value: DatabaseValueConvertible>(
    _ sql: String, _ arguments: StatementArguments
  ) throws -> [Key: Value] {
    try read {
      let rows = try Row.fetchCursor($0, sql: sql, arguments: arguments)
      var pairs: [Key: Value] = [:]
      while let row = try rows.next() { pairs[try row.value(0)] = try row.value(1) as Value }
      return pairs
    }
  }

  /// One statement as a transaction of its own.
  func execute(_ sql: String, _ arguments: StatementArguments) throws {
    try write { try $0.execute(sql: sql, arguments: arguments) }
  }
}

/// Where `row[...]` would end the program: a damaged database can have any value in any column.
extension Row {
  /// - Throws: `RowDecodingError` where there is no such column, or its value is none of the type's.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
    try decode(forColumn: column)
  }

  /// - Throws: `RowDecodingError` where there is no such column, or its value is none of the type's.
  func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ column: String
  ) throws -> Value { try decode(forColumn: column) }

  /// - Parameter index: of the column, which the query has.
  /// - Throws: `RowDecodingError` where its value is none of the type's.
  func value<Value: DatabaseValueConvertible>(_ index: Int) throws -> Value {
    try decode(atIndex: index)
  }

  /// - Parameter index: of the column, which the query has.
  /// - Throws: `RowDecodingError` where its value is none of the type's.
  func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ index: Int
  ) throws -> Value { try decode(atIndex: index) }
}

extension Database {
  /// A row by column.
  typealias Values = [(column: String, value: (any DatabaseValueConvertible)?)]

  /// Inserts a row; the statement is compiled once for all rows of its columns.
  ///
  /// - Parameters:
  ///   - conflict: what happens when the row is there already.
  ///   - rest: of the statement, behind the values, e.g. another way to resolve a conflict.
  func insert(
    into table: String, _ values: Values, or conflict: ConflictResolution = .abort,
    _ rest: String = ""
  ) throws {
    let columns = values.map(\.column).joined(separator: ", ")
    let places = values.map { _ in "?" }.joined(separator: ", ")
    try cachedStatement(
      sql: "INSERT OR \(conflict.rawValue) INTO \(table) (\(columns)) VALUES (\(places)) \(rest)"
    ).execute(arguments: StatementArguments(values.map(\.value)))
  }
}
