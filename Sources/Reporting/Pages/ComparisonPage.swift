import Evaluation
import Foundation
import Support
import Tracking

/// Runs, evaluations or correctors side by side: what differs, which is better and how significantly,
/// and the images that changed. It depends only on what is stored and on the files that were
/// evaluated: made twice, it is the same.
public struct ComparisonPage {
  private let subjects: [ComparedSubject]
  private let store: Store
  private let configuration: ConfigurationSection
  private let metrics: MetricsSection
  private let repeats: RepeatsSection
  private let cells: ComparedCells
  private let agreement: AgreementSection
  private var classes: ClassesSection
  private var images: ImagesSection
  private let pictures: Int
  private let judgements: [ComparisonVerdict]
  /// Which of two is better, a sentence for each subject after the first.
  public var verdicts: [String] { judgements.map(\.sentence) }

  /// - Parameters:
  ///   - subjects: two or more; the others are compared with the first.
  ///   - pictures: images fixed, and images broken, that are shown of each comparison.
  ///   - allSettings: whether settings that are the same are listed, too.
  ///   - workingFolder: paths below it are written relative to it.
  /// - Throws: `UserError` when there is only one, or the database cannot be read.
  public init(
    _ subjects: [ComparedSubject], store: Store, pictures: Int = 6, allSettings: Bool = false,
    workingFolder: String = FileManager.default.currentDirectoryPath
  ) throws {
    guard let baseline = subjects.first, subjects.count > 1 else {
      throw UserError("there is nothing to compare with", remedy: "name two or more")
    }
    let others = Array(subjects.dropFirst())
    (self.subjects, self.store, self.pictures) = (subjects, store, pictures)
    configuration = ConfigurationSection(
      subjects: subjects, all: allSettings, workingFolder: workingFolder)
    metrics = try MetricsSection(subjects, store: store)
    repeats = RepeatsSection(
      metrics.recipes.map { $0.map { ($0.subject.label, $0.metrics) } })
    cells = try ComparedCells(baseline, others, store: store)
    classes = ClassesSection(baseline)
    images = ImagesSection(baseline, count: pictures)
    var seen: Set<[String]> = []
    for line in cells.lines {
      let (before, after) = (line.pair.before.evaluation, line.pair.after.evaluation)
      let changes = ImageChange.all(try store.outcomes(of: line.pair))
      let list = try store.classes(of: before)
      try classes.add(line, changes, list)
      // The pixels are the same for every model: the first one says what it saw in them.
      let pixels = [
        line.other.label, before.datasetFingerprint, before.condition.rawValue,
        after.condition.rawValue, before.distortion ?? "",
        before.seed.map(String.init) ?? "", before.correctorSHA256 ?? "",
        after.correctorSHA256 ?? "",
      ]
      if seen.insert(pixels).inserted { try images.add(line, changes, list) }
    }
    agreement = try AgreementSection(subjects, store: store)
    judgements = others.map { [metrics, cells] other in
      ComparisonVerdict(
        baseline: baseline, other: other, lines: cells.lines(other),
        reasons: cells.reasons(other), isSame: cells.isSame(other),
        heldOut: metrics.heldOut(baseline, other))
    }
  }

  /// Images that changed from one cell to another in one direction.
  public struct ChangedImages {
    /// The cell of the first subject.
    public let before: EvaluationRecord
    /// The cell of the other one.
    public let after: EvaluationRecord
    /// Whether draws were fixed; else they were broken.
    public let isGain: Bool
    /// What is compared, in words.
    public let what: String
    /// Of each image the first draw that changed.
    public let examples: [PairedOutcome]
  }

  /// The images that changed most, as the page names them.
  public var changedImages: [ChangedImages] {
    images.groups.map { group in
      ChangedImages(
        before: group.line.pair.before.evaluation, after: group.line.pair.after.evaluation,
        isGain: group.isGain, what: images.words(group), examples: group.examples)
    }
  }

  /// Every table, in order, with its heading.
  private var allTables: [(title: String, table: ReportTable)] {
    [
      ("Configuration", configuration.settings), ("Training", metrics.report),
      ("Repeats", repeats.report),
      ("Cells side by side", cells.report), ("Not compared", cells.remarks),
      ("Classes", classes.report), ("Images fixed and broken", images.report),
      ("Agreement", agreement.report),
    ]
  }

  /// Those that have something to say; the metrics of a single run are nothing to compare.
  private var tables: [(title: String, table: ReportTable)] {
    allTables.filter {
      !$0.table.table.rows.isEmpty && ($0.table.name != "metrics" || metrics.isComparing)
    }
  }

  private var title: String {
    "Comparison of \(subjects.map(\.label).joined(separator: ", "))"
  }

  /// The tables alone, for a terminal.
  public var text: String {
    let said = judgements.map { verdict in
      ([verdict.sentence] + verdict.notes.map { "  - \($0)" }).joined(separator: "\n")
    }
    var text = "\(said.joined(separator: "\n"))\n\n\(configuration.overview.table.text)"
    for (title, table) in tables {
      text += "\n\(title): \(table.caption)\n\n\(table.table.text)"
    }
    return text
  }

  /// Notes on the verdicts, as a Markdown list; empty where there are none.
  private var notes: String {
    prefixed(\.notes).map { "- \($0)" }.joined(separator: "\n")
  }

  /// Lines of all verdicts; where there are several, each begins with its subject.
  private func prefixed(_ lines: (ComparisonVerdict) -> [String]) -> [String] {
    judgements.flatMap { verdict in
      lines(verdict).map { judgements.count > 1 ? "\(verdict.other.label): \($0)" : $0 }
    }
  }

  /// One object: the verdicts, and for each table a list of objects, which may be empty.
  ///
  /// `verdict` is the whole: whether anything is comparable, what the verdicts rest on and why the rest
  /// does not count; `verdict.subjects` has the same for each subject after the first, with its outcome
  /// and sentence. `verdicts` are the sentences alone.
  ///
  /// - Throws: What the encoder does.
  public var json: String {
    get throws {
      let verdict = JSONValue.object([
        "comparable": .flag(judgements.contains { $0.outcome != .notComparable }),
        "basis": .list(cells.lines.map(ComparisonVerdict.basis)),
        "reasons": .list(prefixed(\.reasons).map { .text($0) }),
        "subjects": .list(judgements.map(\.json)),
      ])
      return try json(verdict: verdict)
    }
  }

  private func json(verdict: JSONValue) throws -> String {
    let lists = ([("", configuration.overview)] + allTables).map { _, table in
      let rows = table.data.json.trimmedLines.replacing("\n", with: "\n  ")
      return "  \(DataTable.quoted(table.name)): \(rows)"
    }
    let sentences = verdicts.map { DataTable.quoted(ComparisonVerdict.plain($0)) }
      .joined(separator: ",\n    ")
    return "{\n  \"verdict\": \(try verdict.line()),\n  \"verdicts\": [\n    \(sentences)\n  ],\n"
      + "\(lists.joined(separator: ",\n"))\n}\n"
  }

  /// The cells side by side, as CSV.
  public var csv: String { cells.report.data.csv }

  /// The name of the page's file without ending, made of the subjects' names.
  public var stem: String {
    let names = subjects.map { subject in
      guard let file = subject.file else {
        return "\(subject.kind == .cell ? "evaluation" : "run")-\(subject.id ?? 0)"
      }
      return URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    }
    return FileStem.of("compare-" + String(names.joined(separator: "-").prefix(100)))
  }

  /// The page with plots and pictures.
  ///
  /// - Parameters:
  ///   - command: what makes it again.
  ///   - loadCorrector: loads a corrector from its file, for the pictures.
  /// - Throws: `UserError` for a template that cannot be read.
  public func bundle(
    command: String, templates: ReportTemplates,
    loadCorrector: @escaping (String) throws -> any ImageCorrector
  ) throws -> ReportBundle {
    let shown = images.section(
      stem: stem, hasPictures: pictures > 0, store: store, load: loadCorrector)
    var curves = Figures()
    for (name, plot) in metrics.plots { curves.add(plot, file: "\(stem)-\(name).svg") }
    let tables = tables.map(\.table)
    func part(_ name: String) -> Part? {
      tables.first { $0.name == name }.map { Part(table: $0.markdown, caption: $0.caption) }
    }
    var values = Values(
      title: title, verdicts: verdicts.map(Markdown.cell),
      verdictNotes: notes.isEmpty ? nil : notes,
      subjects: configuration.overview.markdown, baseline: subjects.first?.label ?? "A",
      command: Markdown.block(command).trimmedLines, configuration: part("configuration"),
      metrics: part("metrics"), repeats: part("repeats"), cells: part("cells"),
      remarks: part("remarks"),
      classes: part("classes"), images: part("images").flatMap { _ in shown.values },
      agreement: part("agreement"))
    values.metrics?.notes = metrics.notes
    values.metrics?.reading =
      repeats.isEmpty
      ? "Each recipe was trained with a single seed, so the variation between seeds is unknown."
      : nil
    values.metrics?.figures = curves.shown
    values.cells?.reading = cells.reading
    values.classes?.images = "\(ClassChange.fewestImages)"
    let files =
      (values.metrics == nil ? [] : curves.files) + (values.images == nil ? [] : shown.files)
    return ReportBundle(
      stem: stem, markdown: try templates.render(.comparison, values), files: files,
      tables: [configuration.overview] + tables)
  }

  /// What the template sets.
  private struct Values: Encodable {
    let title: String
    let verdicts: [String]
    let verdictNotes: String?
    let subjects, baseline, command: String
    let configuration: Part?
    var metrics: Part?
    let repeats: Part?
    var cells: Part?
    let remarks: Part?
    var classes: Part?
    let images: ImagesSection.Values?
    let agreement: Part?
  }

  /// A table with what belongs to it.
  private struct Part: Encodable {
    let table, caption: String
    var notes: [String] = []
    var figures: [Figure] = []
    /// What the columns mean, or what they do not say.
    var reading: String?
    /// The fewest images for which there is an interval.
    var images: String?
  }
}
