import Foundation
import Testing

/// `reproduce sample` in a folder of its own: database `r.sqlite`, reports in `reports/`. The
/// corrector that ships takes part only where a test asks for one.
enum Sample {
  static func arguments(_ options: [String] = [], database: String = "r.sqlite") -> [String] {
    ["reproduce", "sample", "--database", database, "--reports", "reports"]
      + (options.contains("--corrector") ? [] : ["--no-corrector"]) + options
  }

  static func run(
    _ options: [String], in folder: TemporaryFolder, database: String = "r.sqlite"
  ) throws -> Output {
    try Command.run(arguments(options, database: database), in: folder)
  }

  /// Every column of every prediction and failure, and the cells that they belong to.
  static func rows(_ folder: TemporaryFolder, _ database: String = "r.sqlite") throws -> [[String]]
  {
    try folder.rows(
      database,
      """
      SELECT e.condition, p.item, p.draw, p.label, p.predicted, p.label_rank, p.probability,
        p.label_probability
      FROM predictions p JOIN evaluations e ON e.id = p.evaluation_id
      ORDER BY e.condition, p.item, p.draw
      """)
      + folder.rows(
        database,
        """
        SELECT e.condition, f.item_id, f.draw, f.reason
        FROM failed_items f JOIN evaluations e ON e.id = f.evaluation_id
        ORDER BY e.condition, f.item_id, f.draw
        """)
      + folder.rows(
        database,
        "SELECT experiment, model, dataset, condition, draws, correct, total, top1 FROM top1 "
          + "ORDER BY condition")
  }

  static func count(_ folder: TemporaryFolder, _ table: String) throws -> Int {
    let rows = try folder.rows("r.sqlite", "SELECT COUNT(*) FROM \(table)")
    return try #require(rows.first?.first.flatMap { Int($0) })
  }
}
