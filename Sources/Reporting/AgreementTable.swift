import Evaluation
import Foundation

/// Rows of agreement as a table or as JSON.
public enum AgreementTable {
  /// A row a restoration.
  public static func table(_ rows: [Agreement.Row]) -> Table {
    var table = Table(
      columns: ["images", "agreement %", "95 % interval", "MSE", "MSE / distorted"], labels: 1)
    for row in rows {
      let interval = row.agreement.interval
      table.append([
        row.name, String(format: "%.1f", 100 * (row.agreement.proportion ?? .nan)),
        String(format: "%.1f–%.1f", 100 * interval.lower, 100 * interval.upper),
        String(format: "%.5f", row.mse), String(format: "%.3f", row.relativeMSE),
      ])
    }
    return table
  }

  /// One row as a JSON object on one line.
  public static func json(_ row: Agreement.Row) throws -> String {
    struct Line: Encodable {
      let images: String
      let agreement, lower, upper, mse, relative_mse: Double
      let photos, draws, left_out: Int
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let interval = row.agreement.interval
    return String(
      decoding: try encoder.encode(
        Line(
          images: row.name, agreement: 100 * (row.agreement.proportion ?? 0),
          lower: 100 * interval.lower, upper: 100 * interval.upper, mse: row.mse,
          relative_mse: row.relativeMSE, photos: row.agreement.clusters,
          draws: row.agreement.total, left_out: row.leftOut.count)), as: UTF8.self)
  }
}
