import Tracking

/// Two cells whose predictions can be compared draw by draw: the same images, distorted alike.
public struct CellPair: Sendable, Equatable {
  public let before: ComparedCell
  public let after: ComparedCell

  public init(before: ComparedCell, after: ComparedCell) {
    self.before = before
    self.after = after
  }

  /// What else is different about them, in words, besides the corrector: weights, engine, precision.
  public var otherDifferences: [String] {
    let (a, b) = (before.evaluation, after.evaluation)
    return (a.weightsSHA256 == b.weightsSHA256 ? [] : ["weights"])
      + (a.engine == b.engine ? [] : ["engine (\(a.engine), \(b.engine))"])
      + (a.precision == b.precision ? [] : ["precision (\(a.precision), \(b.precision))"])
  }
}

/// Which cells of two subjects can be compared, and why the others cannot.
public struct CellPairing: Sendable, Equatable {
  /// A cell that has no counterpart.
  public struct Obstacle: Sendable, Equatable {
    public let cell: EvaluationRecord
    /// In words, e.g. `other seed (2020, 7)`.
    public let reason: String
  }

  /// In the order of the first subject's cells.
  public let pairs: [CellPair]
  /// Cells that both subjects consist of, so that there is nothing to compare.
  public let shared: [EvaluationRecord]
  public let obstacles: [Obstacle]

  /// Two single evaluations are compared whatever their models and conditions are; elsewhere model
  /// and condition have to be the same.
  public init(_ first: ComparedSubject, _ second: ComparedSubject) {
    let isDirect = first.kind == .cell && second.kind == .cell
    func isSlot(_ a: ComparedCell, _ b: ComparedCell) -> Bool {
      isDirect
        || a.evaluation.model == b.evaluation.model
          && a.evaluation.condition == b.evaluation.condition
    }
    let common = Set(first.cells.map(\.evaluation.id))
      .intersection(second.cells.map(\.evaluation.id))
    shared = first.cells.map(\.evaluation).filter { common.contains($0.id) }
    let mine = first.cells.filter { !common.contains($0.evaluation.id) }
    let theirs = second.cells.filter { !common.contains($0.evaluation.id) }

    // The most alike first, so that each cell finds the counterpart that says most.
    var candidates: [(first: Int, second: Int, distance: Int)] = []
    var isAmbiguous: Set<Int> = []
    for (index, cell) in mine.enumerated() {
      for (other, counterpart) in theirs.enumerated()
      where isSlot(cell, counterpart) && Self.obstacle(cell, counterpart) == nil {
        guard Self.correctorsFit(cell, counterpart, mine, theirs) else {
          isAmbiguous.insert(index)
          continue
        }
        let pair = CellPair(before: cell, after: counterpart)
        candidates.append((index, other, pair.otherDifferences.count))
      }
    }
    candidates.sort { ($0.distance, $0.first, $0.second) < ($1.distance, $1.first, $1.second) }
    var partners: [Int: Int] = [:]
    var taken: Set<Int> = []
    for candidate in candidates
    where partners[candidate.first] == nil && !taken.contains(candidate.second) {
      partners[candidate.first] = candidate.second
      taken.insert(candidate.second)
    }
    pairs = mine.indices.compactMap { index in
      partners[index].map { CellPair(before: mine[index], after: theirs[$0]) }
    }

    var obstacles: [Obstacle] = []
    for (index, cell) in mine.enumerated() where partners[index] == nil {
      let near = theirs.indices.filter { isSlot(cell, theirs[$0]) && !taken.contains($0) }
      if isAmbiguous.contains(index) {
        obstacles.append(
          Obstacle(
            cell: cell.evaluation, reason: "several correctors: give the files of two of them"))
      } else if let reason = near.lazy.compactMap({ Self.obstacle(cell, theirs[$0]) }).first {
        obstacles.append(Obstacle(cell: cell.evaluation, reason: reason))
      } else {
        obstacles.append(Obstacle(cell: cell.evaluation, reason: "only \(first.label) has it"))
      }
    }
    let explained = mine.indices.filter { partners[$0] == nil }
    for (index, cell) in theirs.enumerated()
    where !taken.contains(index) && !explained.contains(where: { isSlot(mine[$0], cell) }) {
      obstacles.append(Obstacle(cell: cell.evaluation, reason: "only \(second.label) has it"))
    }
    self.obstacles = obstacles
  }

  /// Why draws of two cells are not the same images; `nil` when they are.
  private static func obstacle(_ a: ComparedCell, _ b: ComparedCell) -> String? {
    let (a, b) = (a.evaluation, b.evaluation)
    guard a.isFinished, b.isFinished else { return "not finished" }
    func text(_ seed: Int64?) -> String { seed.map { "\(UInt64(bitPattern: $0))" } ?? "none" }
    var reasons: [String] = []
    if a.datasetFingerprint != b.datasetFingerprint {
      reasons.append(
        a.itemCount == b.itemCount
          ? "other images" : "other images (\(a.itemCount), \(b.itemCount))")
    }
    if a.distortion != b.distortion {
      reasons.append("other distortion (\(a.distortion ?? "none"), \(b.distortion ?? "none"))")
    }
    if a.seed != b.seed { reasons.append("other seed (\(text(a.seed)), \(text(b.seed)))") }
    if a.draws != b.draws { reasons.append("other number of draws (\(a.draws), \(b.draws))") }
    return reasons.isEmpty ? nil : reasons.joined(separator: ", ")
  }

  /// Whether it is clear that two corrected cells belong together: their correctors have the same
  /// name, or there is one corrector on either side.
  private static func correctorsFit(
    _ a: ComparedCell, _ b: ComparedCell, _ mine: [ComparedCell], _ theirs: [ComparedCell]
  ) -> Bool {
    func correctors(_ cells: [ComparedCell]) -> Int {
      Set(cells.compactMap(\.evaluation.correctorSHA256)).count
    }
    if let name = a.corrector, name == b.corrector { return true }
    return a.evaluation.correctorSHA256 == nil && b.evaluation.correctorSHA256 == nil
      || correctors(mine) <= 1 && correctors(theirs) <= 1
      || a.evaluation.correctorSHA256 == b.evaluation.correctorSHA256
  }
}
