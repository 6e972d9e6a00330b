import Evaluation
import Foundation
import Support

/// Rows of agreement as a table or as JSON.
public enum AgreementTable {
  /// A row a restoration.
  public static func table(_ rows: [Agreement.Row]) -> Table {
    var table = Table(
      columns: ["images", "agreement %", "95 % interval", "MSE", "MSE / distorted"], labels: 1)
    let best = rows.filter(isContestant).compactMap(\.agreement.proportion).max()
    for row in rows {
      let interval = row.agreement.interval
      table.append([
        row.name, row.agreement.proportion.map { String(format: "%.1f", 100 * $0) } ?? "–",
        String(format: "%.1f–%.1f", 100 * interval.lower, 100 * interval.upper),
        String(format: "%.5f", row.mse), String(format: "%.3f", row.relativeMSE),
      ])
      if isContestant(row), rows.count > 1, row.agreement.proportion == best {
        table.emphasize(column: 1, as: .best)
      }
    }
    return table
  }

  /// Whether a row restores distorted photos without knowing the distortion.
  private static func isContestant(_ row: Agreement.Row) -> Bool {
    !row.isCeiling && !row.name.hasPrefix("canonical")
  }

  /// One row as a JSON object on one line; a number that is not known or not finite is `null`.
  public static func json(_ row: Agreement.Row) throws -> String {
    let interval = row.agreement.interval
    return try JSONValue.object([
      "images": .text(row.name),
      "agreement": row.agreement.proportion.map { .number(100 * $0) } ?? .null,
      "lower": .number(100 * interval.lower), "upper": .number(100 * interval.upper),
      "mse": .number(row.mse), "relative_mse": .number(row.relativeMSE),
      "photos": .integer(row.agreement.clusters), "draws": .integer(row.agreement.total),
      "left_out": .integer(row.leftOut.count), "damaged": .integer(row.damaged.count),
    ]).line()
  }
}
