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
    let name, label, draw, thumbnail, alt: String
    /// `nil` where there is no page of the image.
    let address: String?
    let said: [Saying]
  }
  let cells, others, outcomes: [Choice]
  let rows: [Row]
  let isEmpty: Bool
  let name, label, predicted, low, high, draw: String
  let previous, next: String?
  /// What the link `previous` is called.
  let back: String
  let shown: String
  let photo: String
  let strengths: [StrengthFilter.Part]
  let hasStrengths, isByStrength: Bool
  /// Why draws cannot be chosen by their distortion.
  let problem: String?
}

/// Images of a cell in a folder.
private struct CellImagesValues: Encodable {
  let title, experiment, name: String
  let note, problem: String?
  let rows: [ImagesValues.Row]
}

extension ListedImage {
  /// What its pixels are drawn from.
  var address: Example.Address { Example.Address(item: outcome.item, draw: outcome.draw) }
}

extension DashboardSite {
  /// The most draws that are looked at for a page of those with some distortion.
  private static let mostLooks = 100_000

  /// Whether a cell's predictions are searched for those that fit.
  static func isSearch(_ query: Query) -> Bool {
    (["outcome", "label", "predicted", "low", "high", "name", "offset"] + StrengthFilter.names)
      .contains { !query[$0].isEmpty && query[$0] != ImageQuery.Outcome.all.rawValue }
  }

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
    let classes = try store.classes(of: cell)
    wanted.label = try Self.classIndex(query["label"], in: classes)
    wanted.predicted = try Self.classIndex(query["predicted"], in: classes)
    let (low, high) = (
      try query.number("low", in: 0...100) ?? 0, try query.number("high", in: 0...100) ?? 100
    )
    wanted.confidence = min(low, high) / 100...max(low, high) / 100
    wanted.draw = try query.integer("draw", in: 0...max(0, cell.draws - 1))
    wanted.name = String(query["name"].prefix(200))
    wanted.offset = try query.integer("offset", in: 0...1_000_000_000) ?? 0
    let values = try imagesValues(wanted, query, cell, siblings, store)
    return try layout(
      "Images", "images", try templates.render(.images, values), links)
  }

  /// A class by its number or its name; `nil` for an empty text.
  static func classIndex(_ text: String, in classes: ClassList) throws -> Int? {
    guard !text.isEmpty else { return nil }
    if let index = Int(text), classes[index] != nil { return index }
    let wanted = text.lowercased()
    let known =
      classes.all.first { $0.name.lowercased() == wanted || $0.id.lowercased() == wanted }
      ?? classes.all.first { $0.name.lowercased().contains(wanted) }
    guard let known else {
      throw PageError.badRequest("No class has this name or number: \(text.prefix(60))")
    }
    return known.index
  }

  private func imagesValues(
    _ wanted: ImageQuery, _ query: Query, _ cell: EvaluationRecord,
    _ siblings: [EvaluationRecord], _ store: Store
  ) throws -> ImagesValues {
    let (filter, problem) = try strengths(cell, query, store)
    let byStrength = filter?.isSet == true
    let (images, following) = try found(wanted, byStrength ? filter : nil, store)
    let shown = Self.shown(cell, wanted.other, siblings)
    let listed = try store.finishedEvaluationRecords(limit: 100)
    func page(_ offset: Int) -> String {
      let names =
        ["outcome", "other", "label", "predicted", "low", "high", "draw", "name"]
        + StrengthFilter.names
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
      previous: wanted.offset > 0
        ? page(byStrength ? 0 : max(0, wanted.offset - wanted.count)) : nil,
      next: following.map(page), back: byStrength ? "← To the first" : "← Back",
      shown: Self.shown(images.count, wanted.offset, following, byStrength),
      photo: Links.query("/image", [("cell", "\(cell.id)")]),
      strengths: filter?.parts ?? [], hasStrengths: filter != nil, isByStrength: byStrength,
      problem: problem)
  }

  /// The filter of a cell's distortions, or why there is none.
  private func strengths(
    _ cell: EvaluationRecord, _ query: Query, _ store: Store
  ) throws -> (filter: StrengthFilter?, problem: String?) {
    do { return (try StrengthFilter(cell, query, store), nil) } catch let error as UserError {
      return (nil, "Not by distortion: \(error.description)")
    }
  }

  /// The draws of a page, and the offset of those behind it.
  private func found(
    _ wanted: ImageQuery, _ filter: StrengthFilter?, _ store: Store
  ) throws -> (images: [ListedImage], next: Int?) {
    guard let filter else {
      let (images, hasMore) = try store.images(wanted)
      return (images, hasMore ? wanted.offset + wanted.count : nil)
    }
    return try store.images(wanted, lookingAt: Self.mostLooks, where: filter.keeps)
  }

  /// `1 to 24`; of draws that are chosen by their distortion only how many were looked at is known.
  private static func shown(
    _ count: Int, _ offset: Int, _ following: Int?, _ isByStrength: Bool
  ) -> String {
    guard isByStrength else {
      return count == 0
        ? "none" : "\(Numbers.count(offset + 1)) to \(Numbers.count(offset + count))"
    }
    return "\(Numbers.count(count)) of draws "
      + (following.map { "\(Numbers.count(offset + 1)) to \(Numbers.count($0))" }
        ?? "from \(Numbers.count(offset + 1)) to the last")
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

  /// Images of a cell in a folder, which has nothing that is made on demand.
  ///
  /// - Parameters:
  ///   - isPart: whether the cell has more.
  ///   - problem: why there are no more, or none.
  func imagesPage(
    of cell: EvaluationRecord, rows: [ImagesValues.Row], isPart: Bool, problem: String?,
    _ links: Links
  ) throws -> String {
    let title = "Images: \(Self.title(cell))"
    let values = CellImagesValues(
      title: title, experiment: links.experiment(cell.experiment), name: cell.experiment,
      note: isPart ? "The first \(Numbers.count(rows.count)) draws." : nil, problem: problem,
      rows: rows)
    return try layout(title, "experiments", try templates.render(.cellImages, values), links)
  }

  static func title(_ cell: EvaluationRecord) -> String {
    CellWords.cell(cell) + (cell.correctorSHA256.map { " (\($0.prefix(6)))" } ?? "")
      + (cell.draws > 1 ? ", \(Numbers.draws(cell.draws))" : "")
  }

  /// The cell, the other one, and those of the same network, up to five.
  static func shown(
    _ cell: EvaluationRecord, _ other: Int64?, _ siblings: [EvaluationRecord]
  ) -> [EvaluationRecord] {
    let rest = siblings.filter {
      $0.id != cell.id && $0.id != other && $0.weightsSHA256 == cell.weightsSHA256
    }
    return Array(([cell] + siblings.filter { $0.id == other } + rest).prefix(5))
  }

  /// - Parameter thumbnail: the picture's file in a folder, which has no page of the image.
  func row(
    _ image: ListedImage, _ cell: EvaluationRecord, _ shown: [EvaluationRecord], _ store: Store,
    thumbnail: String? = nil
  ) throws -> ImagesValues.Row {
    let outcome = image.outcome
    let classes = try store.classes(of: cell)
    let said = try shown.compactMap { other -> ImagesValues.Saying? in
      let draw = other.draw(of: outcome.draw)
      guard let found = try store.outcome(evaluation: other.id, item: image.id, draw: draw) else {
        return nil
      }
      return ImagesValues.Saying(
        cell: other.condition.rawValue
          + (other.correctorSHA256.map { " \($0.prefix(4))" } ?? "")
          + (other.model == cell.model ? "" : ", \(ModelNames.title(other.model))"),
        text: try CellWords.said(found.prediction, in: classes),
        mark: found.isRight ? "right" : "wrong")
    }
    let address: [(String, String)] = [
      ("cell", "\(cell.id)"), ("item", "\(image.id)"), ("draw", "\(outcome.draw)"),
    ]
    let label = try CellWords.name(ofClass: outcome.label, in: classes)
    return ImagesValues.Row(
      name: outcome.item, label: label, draw: cell.draws > 1 ? "draw \(outcome.draw)" : "",
      thumbnail: thumbnail ?? Links.query("/thumbnail", address),
      alt: "\(label), \(outcome.item)",
      address: thumbnail == nil ? Links.query("/image", address) : nil, said: said)
  }
}
