import Tracking

/// Which cells of two subjects can be compared, and why the others cannot.
public struct CellPairing: Sendable, Equatable {
  /// A cell that has no counterpart.
  public struct Obstacle: Sendable, Equatable {
    /// Of either subject.
    public let cell: EvaluationRecord
    /// In words, e.g. `different seed (2020, 7)`.
    public let reason: String
    /// Whether the other subject has nothing in its place.
    public var isAbsence = false
  }

  /// Cells that differ in what is compared, in the order of the first subject's cells.
  public let pairs: [CellPair]
  /// Cells that differ in how many images and draws they have, and in nothing else.
  public let repetitions: [CellPair]
  /// Cells that both subjects consist of, so that there is nothing to compare.
  public let shared: [EvaluationRecord]
  /// The first subject's cells, then the second's.
  public let obstacles: [Obstacle]

  /// Two single evaluations are compared whatever their models and conditions are, and two subjects
  /// of one model each whatever those are; elsewhere model and condition have to be the same.
  ///
  /// - Throws: `UserError` when the database cannot be read.
  public init(_ first: ComparedSubject, _ second: ComparedSubject, store: Store) throws {
    let common = Set(first.cells.map(\.evaluation.id))
      .intersection(second.cells.map(\.evaluation.id))
    shared = first.cells.map(\.evaluation).filter { common.contains($0.id) }
    let matching = CellMatching(
      first: first, second: second,
      mine: first.cells.filter { !common.contains($0.evaluation.id) },
      theirs: second.cells.filter { !common.contains($0.evaluation.id) },
      overlaps: try ImageOverlaps([first, second], store: store))
    let partners = matching.partners
    let found = partners.keys.sorted().compactMap { partners[$0]?.pair }
    pairs = found.filter { !$0.isRepetition }
    repetitions = found.filter(\.isRepetition)
    obstacles = matching.obstacles(partners)
  }
}

/// Looks for the counterpart of each cell.
private struct CellMatching {
  /// A cell and its possible counterpart, by their positions.
  struct Candidate {
    let mine: Int
    let theirs: Int
    let pair: CellPair

    /// The most alike first, so that each cell finds the counterpart that says most.
    static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
      (a.pair.otherDifferences.count, a.pair.isPartial ? 1 : 0, a.mine, a.theirs)
        < (b.pair.otherDifferences.count, b.pair.isPartial ? 1 : 0, b.mine, b.theirs)
    }
  }

  let first: ComparedSubject
  let second: ComparedSubject
  let mine: [ComparedCell]
  let theirs: [ComparedCell]
  let overlaps: ImageOverlaps

  /// Whether two cells stand in the same place of their subjects.
  private func isSlot(_ a: ComparedCell, _ b: ComparedCell) -> Bool {
    if first.kind == .cell, second.kind == .cell { return true }
    return a.evaluation.condition == b.evaluation.condition
      && (a.evaluation.model == b.evaluation.model || isOfOneModel)
  }

  private var isOfOneModel: Bool {
    [first, second].allSatisfy { Set($0.cells.map(\.evaluation.model)).count == 1 }
  }

  private func pair(_ a: ComparedCell, _ b: ComparedCell) -> CellPair? {
    guard isSlot(a, b),
      case .basis(let basis) = CellBasis.find(a.evaluation, b.evaluation, overlaps)
    else { return nil }
    return CellPair(before: a, after: b, basis: basis)
  }

  private var candidates: [Candidate] {
    let all = mine.indices.flatMap { mine in
      theirs.indices.compactMap { theirs -> Candidate? in
        guard let pair = pair(self.mine[mine], self.theirs[theirs]),
          correctorsFit(pair.before, pair.after)
        else { return nil }
        return Candidate(mine: mine, theirs: theirs, pair: pair)
      }
    }
    return all.sorted(by: Candidate.precedes)
  }

  /// Counterparts by the position of the first subject's cell; no cell is one twice.
  var partners: [Int: Candidate] {
    var partners: [Int: Candidate] = [:]
    var taken: Set<Int> = []
    for candidate in candidates where partners[candidate.mine] == nil {
      if taken.insert(candidate.theirs).inserted { partners[candidate.mine] = candidate }
    }
    return partners
  }

  /// Why cells have no counterpart. One of the second subject's is named only where no cell of the
  /// first is that could have been it.
  func obstacles(_ partners: [Int: Candidate]) -> [CellPairing.Obstacle] {
    let taken = Set(partners.values.map(\.theirs))
    let alone = mine.indices.filter { partners[$0] == nil }
    let left = theirs.indices.filter { !taken.contains($0) }
    return alone.map { index in
      reason(mine[index], left.map { theirs[$0] }).map {
        CellPairing.Obstacle(cell: mine[index].evaluation, reason: $0)
      } ?? Self.absence(mine[index], first)
    }
      + left.filter { other in !alone.contains { isSlot(mine[$0], theirs[other]) } }.map {
        Self.absence(theirs[$0], second)
      }
  }

  private static func absence(
    _ cell: ComparedCell, _ subject: ComparedSubject
  ) -> CellPairing.Obstacle {
    CellPairing.Obstacle(
      cell: cell.evaluation, reason: "only \(subject.label) has it", isAbsence: true)
  }

  /// `nil` where there is nothing that the cell could have been compared with.
  private func reason(_ cell: ComparedCell, _ left: [ComparedCell]) -> String? {
    let near = left.filter { isSlot(cell, $0) }
    let reasons = near.lazy.compactMap { other -> String? in
      guard
        case .obstacles(let reasons) = CellBasis.find(
          cell.evaluation, other.evaluation, overlaps)
      else { return nil }
      return reasons.joined(separator: ", ")
    }
    if theirs.contains(where: { pair(cell, $0) != nil && !correctorsFit(cell, $0) }) {
      return "several correctors: give two corrector files"
    }
    return reasons.first
  }

  /// Whether it is clear that two corrected cells belong together: their correctors have the same
  /// name, or there is one corrector on either side.
  private func correctorsFit(_ a: ComparedCell, _ b: ComparedCell) -> Bool {
    func correctors(_ cells: [ComparedCell]) -> Int {
      Set(cells.compactMap(\.evaluation.correctorSHA256)).count
    }
    if let name = a.corrector, name == b.corrector { return true }
    return a.evaluation.correctorSHA256 == nil && b.evaluation.correctorSHA256 == nil
      || correctors(mine) <= 1 && correctors(theirs) <= 1
      || a.evaluation.correctorSHA256 == b.evaluation.correctorSHA256
  }
}
