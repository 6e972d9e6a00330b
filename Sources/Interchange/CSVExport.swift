import Foundation
import Support
import Tracking

/// A database's tables as files of comma-separated values (RFC 4180, UTF-8, lines end in LF), for
/// spreadsheets and pandas.
public enum CSVExport {
  /// Writes `FOLDER/<table>.csv` of each table of `ExportTable.all`, row by row, so that memory does
  /// not depend on their number.
  ///
  /// - Returns: the files and how many rows each has, without the line of column names.
  /// - Throws: `UserError` when a file cannot be written; files that were there before stay as they
  ///   were, but those that are complete already.
  public static func write(
    _ scope: ExportScope, of store: Store, to folder: String
  ) throws -> [(path: String, rows: Int)] {
    var files: [(path: String, rows: Int)] = []
    try store.export(scope) { table, rows in
      let path = "\(folder)/\(table.name).csv"
      try AtomicFile.makeFolder(of: path)
      var count = 0
      try AtomicFile(path: path).write { append in
        var buffer = Array(CSV.line(table.columns).utf8)
        while let row = try rows.next() {
          buffer += CSV.line(row).utf8
          count += 1
          guard buffer.count > 1 << 16 else { continue }
          try buffer.withUnsafeBytes(append)
          buffer.removeAll(keepingCapacity: true)
        }
        try buffer.withUnsafeBytes(append)
      }
      files.append((path, count))
    }
    return files
  }
}
