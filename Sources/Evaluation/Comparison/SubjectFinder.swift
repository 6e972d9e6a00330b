import Models
import Support
import Tracking

/// Finds what the arguments of a comparison name.
public struct SubjectFinder {
  private let store: Store

  /// - Parameter store: where runs, cells and correctors are looked for.
  public init(store: Store) { self.store = store }

  /// The subjects of two or more arguments, in their order.
  ///
  /// - Throws: `UserError` naming the argument that is unknown, unreadable, never evaluated, or the
  ///   same as another.
  public func callAsFunction(_ arguments: [String]) throws -> [ComparedSubject] {
    let subjects = try arguments.enumerated().map { index, argument in
      let label = ComparedSubject.label(index)
      return switch try SubjectReference(argument) {
      case .run(let id): try run(id, label: label)
      case .evaluation(let id): try cell(id, label: label)
      case .corrector(let path): try corrector(path, label: label)
      }
    }
    for (index, subject) in subjects.enumerated() {
      let twin = subjects[..<index].firstIndex {
        $0.kind == subject.kind && $0.id == subject.id
          && (subject.id != nil || $0.corrector == subject.corrector)
      }
      if let twin {
        throw UserError(
          "\(arguments[twin]) and \(arguments[index]): are the same \(subject.kind.rawValue)",
          remedy: "give two that differ")
      }
    }
    return subjects
  }

  private func run(_ id: Int64, label: String) throws -> ComparedSubject {
    guard let run = try store.run(id) else {
      throw UserError("\(store.path): has no run \(id)", remedy: "see realitygap runs")
    }
    let name = "run \(id) (\(run.name))"
    if run.kind == .train {
      let (digest, cells) = try evaluated(run)
      return ComparedSubject(
        label: label, name: name, kind: .training, id: id, training: run, corrector: digest,
        configuration: try SubjectConfiguration.training(run, corrector: digest),
        cells: cells.map { ComparedCell(evaluation: $0) })
    }
    if run.kind == .agreement {
      return ComparedSubject(
        label: label, name: name, kind: .agreement, id: id, training: run,
        configuration: try SubjectConfiguration.evaluation(run), cells: [])
    }
    var cells: [ComparedCell] = []
    var correctors: [CorrectorIdentity] = []
    if let configuration = run.evaluation {
      correctors = configuration.correctors ?? []
      for (key, corrector) in try configuration.cells() {
        let records = try store.evaluationRecords(key: key)
        let own = records.first { $0.experiment == run.name } ?? records.first
        if let own { cells.append(ComparedCell(evaluation: own, corrector: corrector)) }
      }
    }
    cells += try store.evaluationRecords(run: id).map { ComparedCell(evaluation: $0) }
    // Experiments that show the same cell do not make it two.
    var seen: Set<Int64> = []
    cells = cells.filter { seen.insert($0.evaluation.id).inserted }
    return ComparedSubject(
      label: label, name: name, kind: .evaluation, id: id,
      corrector: correctors.count == 1 ? correctors.first?.digest : nil,
      configuration: try SubjectConfiguration.evaluation(run), cells: cells)
  }

  /// The cells of what a training run wrote: those of its corrector as it is now, or else of the
  /// state of it that was evaluated last.
  private func evaluated(
    _ run: RunRecord
  ) throws -> (digest: String?, cells: [EvaluationRecord]) {
    let last = try store.artifacts(run: run.id).last { $0.kind == "corrector" }?.sha256
    if let last {
      let cells = try store.evaluationRecords(corrector: last)
      if !cells.isEmpty { return (last, cells) }
    }
    let cells = try store.evaluationRecords(trainedBy: run.id)
    guard let digest = cells.first?.correctorSHA256 else { return (last, []) }
    return (digest, cells.filter { $0.correctorSHA256 == digest })
  }

  private func cell(_ id: Int64, label: String) throws -> ComparedSubject {
    guard let cell = try store.evaluationRecords(id: id).first else {
      throw UserError("\(store.path): has no evaluation \(id)", remedy: "see its table evaluations")
    }
    return ComparedSubject(
      label: label, name: "evaluation \(id)", kind: .cell, id: id,
      training: try cell.correctorRunID.flatMap(store.run), corrector: cell.correctorSHA256,
      configuration: try SubjectConfiguration.cell(cell, run: try store.run(cell.runID)),
      cells: [ComparedCell(evaluation: cell)])
  }

  private func corrector(_ path: String, label: String) throws -> ComparedSubject {
    let digest = try FileDigest.sha256(path: path)
    let itself = try SubjectConfiguration.file(path, digest: digest)
    let cells = try store.evaluationRecords(corrector: digest)
    let id = try store.trainingRun(ofFile: digest) ?? cells.lazy.compactMap(\.correctorRunID).first
    let training = try id.flatMap(store.run)
    guard training != nil || !cells.isEmpty else {
      throw UserError(
        "\(path): never evaluated, and \(store.path) has no run that trained it",
        remedy: "evaluate it first, e.g. realitygap reproduce sample --corrector \(path)")
    }
    return ComparedSubject(
      label: label, name: path, kind: .corrector, training: training, corrector: digest,
      file: path,
      configuration: try training.map {
        try SubjectConfiguration.training($0, corrector: digest).merging(itself) { $1 }
      } ?? itself,
      cells: cells.map { ComparedCell(evaluation: $0) })
  }
}
