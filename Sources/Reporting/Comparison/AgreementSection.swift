import Datasets
import Evaluation
import Support
import Tracking

/// How often subjects, and models of one subject, predict the same class.
struct AgreementSection {
  private(set) var report = ReportTable(
    name: "agreement", caption: "How often the predicted class is the same, right or wrong.",
    table: Table(
      columns: [
        "", "cell", "images", "same prediction %", "95 % interval", "both right %",
        "same but wrong %",
      ], labels: 3),
    data: DataTable(columns: [
      "first", "second", "dataset", "first_model", "second_model", "condition", "evaluation",
      "other_evaluation", "images", "draws", "same", "lower", "upper", "both_right", "same_wrong",
    ]))
  /// Pairs already added: cells shared by several subjects count once.
  private var seen: Set<[Int64]> = []

  /// Adds the cells that each two subjects have in common, then the models of each subject.
  ///
  /// - Throws: `UserError` when the database cannot be read.
  init(_ subjects: [ComparedSubject], store: Store) throws {
    for (index, first) in subjects.enumerated() {
      for second in subjects[(index + 1)...] {
        for pair in try CellPairing(first, second, store: store).pairs {
          try add(pair, first, second, try store.outcomes(of: pair))
        }
      }
    }
    for subject in subjects {
      let cells = subject.cells.filter(\.evaluation.isFinished)
      for (index, first) in cells.enumerated() {
        for second in cells[(index + 1)...]
        where Self.showSame(first.evaluation, second.evaluation) {
          let pair = CellPair(
            before: first, after: second,
            basis: CellBasis(
              names: nil, images: first.evaluation.itemCount, draws: first.evaluation.draws))
          try add(pair, subject, subject, try store.outcomes(of: pair))
        }
      }
    }
  }

  /// Whether two models are known to have seen the same pixels.
  private static func showSame(_ a: EvaluationRecord, _ b: EvaluationRecord) -> Bool {
    a.model != b.model && a.datasetFingerprint == b.datasetFingerprint
      && a.condition == b.condition && a.view == b.view && a.distortion == b.distortion
      && a.seed == b.seed && a.draws == b.draws && a.correctorSHA256 == b.correctorSHA256
      && (a.view != ImageView.distorted || a.distortion != nil && a.seed != nil)
      && (a.condition != Condition.corrected || a.correctorSHA256 != nil)
  }

  private mutating func add(
    _ pair: CellPair, _ first: ComparedSubject, _ second: ComparedSubject,
    _ outcomes: [PairedOutcome]
  ) throws {
    let (a, b) = (pair.before.evaluation, pair.after.evaluation)
    guard seen.insert([a.id, b.id].sorted()).inserted else { return }
    let agreement = PredictionAgreement(outcomes)
    guard let share = agreement.same.proportion else { return }
    let total = agreement.same.total
    func percent(_ count: Int) -> Double { 100 * Double(count) / Double(total) }
    let isSame = first.label == second.label
    report.table.append([
      isSame ? first.label : "\(first.label), \(second.label)",
      a.model == b.model && a.condition == b.condition
        ? CellWords.cell(a) : "\(CellWords.cell(a)) and \(CellWords.cell(b))",
      CellWords.setting(pair), Numbers.percent(100 * share),
      Numbers.interval(agreement.same.interval),
      Numbers.percent(percent(agreement.bothRight)), Numbers.percent(percent(agreement.sameWrong)),
    ])
    report.data.append([
      .text(first.label), .text(second.label), .text(a.dataset), .text(a.model), .text(b.model),
      .text(a.condition.rawValue), .integer(Int(a.id)), .integer(Int(b.id)),
      .integer(agreement.same.clusters), .integer(total), .number(100 * share),
      .percent(agreement.same.interval.lower), .percent(agreement.same.interval.upper),
      .number(percent(agreement.bothRight)), .number(percent(agreement.sameWrong)),
    ])
  }
}
