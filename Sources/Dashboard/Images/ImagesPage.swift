import Datasets
import Evaluation
import Reporting
import Support
import Tracking

/// A dataset's images with what cells say of them.
struct ImagesValues: Encodable {
  struct Choice: Encodable {
    let value, name: String
    let isChosen: Bool
  }
  struct Saying: Encodable {
    let cell, text, mark: String
  }
  struct Row: Encodable {
    let name, label, draw, address, thumbnail, alt: String
    let said: [Saying]
  }
  let cells, others, outcomes: [Choice]
  let rows: [Row]
  let isEmpty: Bool
  let name, label, predicted, low, high, draw: String
  let previous, next: String?
  let shown: String
  let photo: String
}

extension DashboardSite {
  func imagesPage(_ query: Query, _ links: Links) throws -> String {
    let store = try database.store()
    let given = try cell(query, "cell", store)
    guard
      let cell = try given
        ?? store.newestFinishedEvaluation().flatMap({ try store.evaluationRecords(id: $0).first })
    else {
      throw PageError.notFound("No evaluation is finished yet; run `realitygap reproduce sample`.")
    }
    let siblings = try store.evaluationRecords(sharingDatasetOf: cell.id)
      .filter(cell.isPaired)
    var wanted = ImageQuery(evaluation: cell.id)
    wanted.outcome = try query.choice("outcome", ImageQuery.Outcome.self) ?? .all
    wanted.other = try query.integer("other", in: 1...Int.max).map(Int64.init)
    if wanted.outcome.needsOther, wanted.other == nil {
      wanted.other = siblings.first { $0.id != cell.id }?.id
    }
    let other = siblings.first { $0.id == wanted.other }
    guard wanted.other == nil || other != nil else {
      throw PageError.badRequest("The other evaluation did not see the same draws.")
    }
    wanted.otherIsUndistorted = other?.isOfPhoto == true
    wanted.label = try Self.classIndex(query["label"])
    wanted.predicted = try Self.classIndex(query["predicted"])
    let (low, high) = (
      try query.number("low", in: 0...100) ?? 0, try query.number("high", in: 0...100) ?? 100
    )
    wanted.confidence = min(low, high) / 100...max(low, high) / 100
    wanted.draw = try query.integer("draw", in: 0...max(0, cell.draws - 1))
    wanted.name = String(query["name"].prefix(200))
    wanted.offset = try query.integer("offset", in: 0...1_000_000_000) ?? 0
    let values = try imagesValues(wanted, query, cell, siblings, store)
    return try layout(
      "Images", "images", try templates.render(.images, values), links, isLive: false)
  }

  /// A class by its number or its name; `nil` for an empty text.
  static func classIndex(_ text: String) throws -> Int? {
    guard !text.isEmpty else { return nil }
    let classes = try ImageNetClasses.builtIn()
    if let index = Int(text), classes[index] != nil { return index }
    let wanted = text.lowercased()
    let all = (0..<ImageNetClasses.count).compactMap { index in classes[index].map { (index, $0) } }
    if let known = all.first(where: { $0.1.name.lowercased() == wanted || $0.1.wnid == wanted }) {
      return known.0
    }
    guard let part = all.first(where: { $0.1.name.lowercased().contains(wanted) }) else {
      throw PageError.badRequest("No class of ImageNet has this name or number: \(text.prefix(60))")
    }
    return part.0
  }

  private func imagesValues(
    _ wanted: ImageQuery, _ query: Query, _ cell: EvaluationRecord,
    _ siblings: [EvaluationRecord], _ store: Store
  ) throws -> ImagesValues {
    let (images, hasMore) = try store.images(wanted)
    let shown = Self.shown(cell, wanted.other, siblings)
    let listed = try store.finishedEvaluationRecords(limit: 100)
    func page(_ offset: Int) -> String {
      let names = ["outcome", "other", "label", "predicted", "low", "high", "draw", "name"]
      return Links.query(
        "/images",
        [("cell", "\(cell.id)")] + names.map { ($0, query[$0]) }
          + [("offset", offset > 0 ? "\(offset)" : "")])
    }
    return ImagesValues(
      cells: choices(listed.contains { $0.id == cell.id } ? listed : [cell] + listed, cell.id),
      others: choices(siblings.filter { $0.id != cell.id }, wanted.other),
      outcomes: ImageQuery.Outcome.allCases.map {
        .init(value: $0.rawValue, name: Self.words($0), isChosen: $0 == wanted.outcome)
      },
      rows: try images.map { try row($0, cell, shown, store) }, isEmpty: images.isEmpty,
      name: wanted.name, label: query["label"], predicted: query["predicted"],
      low: query["low"], high: query["high"], draw: query["draw"],
      previous: wanted.offset > 0 ? page(max(0, wanted.offset - wanted.count)) : nil,
      next: hasMore ? page(wanted.offset + wanted.count) : nil,
      shown: images.isEmpty
        ? "none"
        : "\(Numbers.count(wanted.offset + 1)) to \(Numbers.count(wanted.offset + images.count))",
      photo: Links.query("/image", [("cell", "\(cell.id)")]))
  }

  private static func words(_ outcome: ImageQuery.Outcome) -> String {
    switch outcome {
    case .all: "all"
    case .right: "right here"
    case .wrong: "wrong here"
    case .fixed: "wrong here, right there"
    case .broken: "right here, wrong there"
    case .differ: "predictions differ"
    }
  }

  private func choices(
    _ cells: [EvaluationRecord], _ chosen: Int64?
  ) -> [ImagesValues.Choice] {
    cells.map { .init(value: "\($0.id)", name: Self.title($0), isChosen: $0.id == chosen) }
  }

  static func title(_ cell: EvaluationRecord) -> String {
    CellWords.cell(cell) + (cell.correctorSHA256.map { " (\($0.prefix(6)))" } ?? "")
      + (cell.draws > 1 ? ", \(Numbers.draws(cell.draws))" : "")
  }

  /// The cell, the other one, and those of the same network, up to five.
  private static func shown(
    _ cell: EvaluationRecord, _ other: Int64?, _ siblings: [EvaluationRecord]
  ) -> [EvaluationRecord] {
    let rest = siblings.filter {
      $0.id != cell.id && $0.id != other && $0.weightsSHA256 == cell.weightsSHA256
    }
    return Array(([cell] + siblings.filter { $0.id == other } + rest).prefix(5))
  }

  private func row(
    _ image: ListedImage, _ cell: EvaluationRecord, _ shown: [EvaluationRecord], _ store: Store
  ) throws -> ImagesValues.Row {
    let outcome = image.outcome
    let said = try shown.compactMap { other -> ImagesValues.Saying? in
      let draw = other.draw(of: outcome.draw)
      guard let found = try store.outcome(evaluation: other.id, item: image.id, draw: draw) else {
        return nil
      }
      return ImagesValues.Saying(
        cell: other.condition.rawValue
          + (other.correctorSHA256.map { " \($0.prefix(4))" } ?? "")
          + (other.model == cell.model ? "" : ", \(ModelNames.title(other.model))"),
        text: try CellWords.said(found.prediction), mark: found.isRight ? "right" : "wrong")
    }
    let address: [(String, String)] = [
      ("cell", "\(cell.id)"), ("item", "\(image.id)"), ("draw", "\(outcome.draw)"),
    ]
    let label = try CellWords.name(ofClass: outcome.label)
    return ImagesValues.Row(
      name: outcome.item, label: label, draw: cell.draws > 1 ? "draw \(outcome.draw)" : "",
      address: Links.query("/image", address), thumbnail: Links.query("/thumbnail", address),
      alt: "\(label), \(outcome.item)", said: said)
  }
}
