import GRDB

/// Which draws of a cell are wanted, maybe by what another cell says of them.
public struct ImageQuery: Sendable, Equatable {
  /// How the two cells' predictions are.
  public enum Outcome: String, Sendable, CaseIterable {
    case all, right, wrong
    /// Wrong in the cell and right in the other; and the other way round.
    case fixed, broken
    /// The predicted classes are not the same.
    case differ

    /// In SQL, of rows `a` and `b` of `prediction_rows`.
    var condition: String {
      switch self {
      case .all: "TRUE"
      case .right: "a.label_rank = 0"
      case .wrong: "a.label_rank > 0"
      case .fixed: "a.label_rank > 0 AND b.label_rank = 0"
      case .broken: "a.label_rank = 0 AND b.label_rank > 0"
      case .differ: "a.predicted <> b.predicted"
      }
    }

    /// Whether it means nothing without another cell.
    public var needsOther: Bool { [.fixed, .broken, .differ].contains(self) }
  }

  /// The cell's row in `evaluations`.
  public var evaluation: Int64
  /// The other cell's.
  public var other: Int64?
  /// Whether the other has one draw only, which then counts for each of the cell's.
  public var otherIsUndistorted = false
  /// How the predictions are.
  public var outcome = Outcome.all
  /// A right class of the image; `nil` for any.
  public var label: Int?
  /// The predicted class of the cell; `nil` for any.
  public var predicted: Int?
  /// The bounds of the cell's confidence, 0…1.
  public var confidence = 0.0...1.0
  /// The draw; `nil` for all.
  public var draw: Int?
  /// A part of the image's name; empty for any.
  public var name = ""
  /// How many draws come before the page.
  public var offset = 0
  /// The most draws of a page.
  public var count = 24

  /// The first draws of a cell.
  public init(evaluation: Int64) { self.evaluation = evaluation }
}

/// A draw of an image in a cell.
public struct ListedImage: Sendable, Equatable {
  /// The image's row in `items`.
  public let id: Int64
  /// What the cell says.
  public let outcome: DrawOutcome

  /// A draw with these facts.
  public init(id: Int64, outcome: DrawOutcome) { (self.id, self.outcome) = (id, outcome) }
}

extension Store {
  /// The draws of a page, and whether there are more behind it.
  public func images(_ query: ImageQuery) throws -> (images: [ListedImage], hasMore: Bool) {
    let rows: [ListedImage] = try fetchAll(
      Self.imagesOfQuery(query), Self.arguments(query, count: query.count + 1))
    return (Array(rows.prefix(query.count)), rows.count > query.count)
  }

  /// The draws of a page of those that the caller wants, looked at one after the other.
  ///
  /// - Parameters:
  ///   - most: how many draws that fit the query are looked at.
  ///   - isWanted: what cannot be asked in SQL.
  /// - Returns: the draws, and the offset behind the last one that was looked at; `nil` where there are no
  ///   more.
  public func images(
    _ query: ImageQuery, lookingAt most: Int, where isWanted: (ListedImage) throws -> Bool
  ) throws -> (images: [ListedImage], next: Int?) {
    try read { database in
      let cursor = try ListedImage.fetchCursor(
        database, sql: Self.imagesOfQuery(query),
        arguments: Self.arguments(query, count: most + 1))
      var (images, seen): ([ListedImage], Int) = ([], 0)
      while let image = try cursor.next() {
        guard seen < most, images.count < query.count else { return (images, query.offset + seen) }
        seen += 1
        if try isWanted(image) { images.append(image) }
      }
      return (images, nil)
    }
  }

  private static func imagesOfQuery(_ query: ImageQuery) -> String {
    """
    SELECT i.name, a.draw, i.label, a.predicted, a.label_rank, a.probability,
      a.label_probability, i.id
    FROM prediction_rows a JOIN items i ON i.id = a.item_id
      LEFT JOIN prediction_rows b ON b.evaluation_id = :other AND b.item_id = a.item_id
        AND b.draw = CASE WHEN :single THEN 0 ELSE a.draw END
    WHERE a.evaluation_id = :evaluation AND \(query.outcome.condition)
      AND (:label IS NULL OR i.label = :label
        OR EXISTS (SELECT 1 FROM json_each(i.also_right) WHERE value = :label))
      AND (:predicted IS NULL OR a.predicted = :predicted)
      AND (:draw IS NULL OR a.draw = :draw)
      AND (:name = '' OR instr(lower(i.name), lower(:name)) > 0)
      AND (a.probability BETWEEN :low AND :high OR :low <= 0 AND :high >= 1)
    ORDER BY a.item_id, a.draw LIMIT :count OFFSET :offset
    """
  }

  private static func arguments(_ query: ImageQuery, count: Int) -> StatementArguments {
    [
      "other": query.other, "single": query.otherIsUndistorted,
      "evaluation": query.evaluation, "label": query.label, "predicted": query.predicted,
      "draw": query.draw, "name": query.name, "low": query.confidence.lowerBound,
      "high": query.confidence.upperBound, "count": count, "offset": query.offset,
    ]
  }

  /// What a cell says of one draw of an image; `nil` where it has no prediction of it.
  public func outcome(evaluation: Int64, item: Int64, draw: Int) throws -> DrawOutcome? {
    let rows: [DrawOutcome] = try fetchAll(
      """
      SELECT i.name, p.draw, i.label, p.predicted, p.label_rank, p.probability,
        p.label_probability
      FROM prediction_rows p JOIN items i ON i.id = p.item_id
      WHERE p.evaluation_id = ? AND p.item_id = ? AND p.draw = ?
      """, [evaluation, item, draw])
    return rows.first
  }

  /// The cells about the same images as one, by id, each once.
  public func evaluationRecords(sharingDatasetOf evaluation: Int64) throws -> [EvaluationRecord] {
    let records: [EvaluationRecord] = try fetchAll(
      EvaluationRecord.selection + """
         WHERE e.dataset_id = (SELECT dataset_id FROM evaluations WHERE id = ?)
        ORDER BY e.id, c.used_at DESC LIMIT 100
        """, [evaluation])
    var seen: Set<Int64> = []
    return records.filter { seen.insert($0.id).inserted }
  }

  /// The finished cells, the newest first, each once.
  public func finishedEvaluationRecords(limit: Int) throws -> [EvaluationRecord] {
    let records: [EvaluationRecord] = try fetchAll(
      EvaluationRecord.selection + """
         WHERE e.id IN (SELECT id FROM evaluations WHERE status = 'finished'
          ORDER BY id DESC LIMIT ?) ORDER BY e.id DESC, c.used_at DESC
        """, [limit])
    var seen: Set<Int64> = []
    return records.filter { seen.insert($0.id).inserted }
  }

  /// The name of an image and its label, of a cell's dataset; `nil` where it has no such image.
  public func item(_ id: Int64, ofEvaluation evaluation: Int64) throws -> DatasetRecord.Item? {
    let items: [DatasetRecord.Item] = try fetchAll(
      """
      SELECT i.name, i.label, i.also_right, i.content FROM items i
      WHERE i.id = ? AND i.dataset_id = (SELECT dataset_id FROM evaluations WHERE id = ?)
      """, [id, evaluation])
    return items.first
  }

  /// An image's row in `items`, by its name; `nil` where a cell's dataset has no such image.
  public func item(named name: String, ofEvaluation evaluation: Int64) throws -> Int64? {
    try fetchOne(
      """
      SELECT id FROM items
      WHERE dataset_id = (SELECT dataset_id FROM evaluations WHERE id = ?) AND name = ?
      """, [evaluation, name])
  }

  /// The newest finished cell; `nil` where there is none.
  public func newestFinishedEvaluation() throws -> Int64? {
    try fetchOne("SELECT MAX(id) FROM evaluations WHERE status = 'finished'", [])
  }
}

extension ListedImage: FetchableRecord {
  /// As `DrawOutcome`, then the image's row.
  public init(row: Row) throws {
    self.init(id: try row.value(7), outcome: try DrawOutcome(row: row))
  }
}
