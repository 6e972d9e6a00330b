import Evaluation
import Foundation
import Support
import Tracking

/// Runs, evaluations or correctors side by side: what differs, which is better and how sure that is,
/// and the images that changed. It depends on what is stored and on the files that were evaluated
/// only: made twice, it is the same.
public struct ComparisonPage {
  private let subjects: [ComparedSubject]
  private let store: Store
  private let configuration: ConfigurationSection
  private let metrics: MetricsSection
  private let cells: ComparedCells
  private let agreement: AgreementSection
  private let classes: ClassesSection
  private let images: ImagesSection
  private let pictures: Int
  /// Which of two is better, a sentence for each subject after the first.
  public let verdicts: [String]

  /// - Parameters:
  ///   - subjects: two or more; the others are compared with the first.
  ///   - pictures: images fixed, and images broken, that are shown of each comparison.
  ///   - allSettings: whether settings that are the same are listed, too.
  ///   - workingFolder: paths below it are written relative to it.
  /// - Throws: `UserError` when nothing can be compared, or the database cannot be read.
  public init(
    _ subjects: [ComparedSubject], store: Store, pictures: Int = 6, allSettings: Bool = false,
    workingFolder: String = FileManager.default.currentDirectoryPath
  ) throws {
    guard let baseline = subjects.first, subjects.count > 1 else {
      throw UserError("there is nothing to compare with", remedy: "name two or more")
    }
    let others = Array(subjects.dropFirst())
    self.subjects = subjects
    self.store = store
    self.pictures = pictures
    configuration = ConfigurationSection(
      subjects: subjects, all: allSettings, workingFolder: workingFolder)
    let metrics = try MetricsSection(subjects, store: store)
    let cells = try ComparedCells(baseline, others, store: store)
    let unrelated = others.filter {
      cells.isEmpty($0) && metrics.heldOut(baseline, $0) == nil
        && !(baseline.training != nil && $0.training != nil)
    }
    if let first = unrelated.first, unrelated.count == others.count {
      throw UserError(
        "\(baseline.name) and \(first.name): have nothing in common to compare "
          + "(\(cells.reason(first)))",
        remedy: "evaluate both on the same images, with the same seed and draws")
    }
    var classes = ClassesSection(baseline)
    var images = ImagesSection(baseline, count: pictures)
    var seen: Set<[String]> = []
    for line in cells.lines {
      let (before, after) = (line.pair.before.evaluation, line.pair.after.evaluation)
      let changes = ImageChange.all(
        PairedOutcome.pairs(
          try store.outcomes(evaluation: before.id), try store.outcomes(evaluation: after.id)))
      classes.add(line, changes)
      // The pixels are the same for every model: the first one says what it saw in them.
      let pixels = [
        line.other.label, before.datasetFingerprint, before.condition, after.condition,
        before.distortion ?? "", before.seed.map(String.init) ?? "",
        before.correctorSHA256 ?? "", after.correctorSHA256 ?? "",
      ]
      if seen.insert(pixels).inserted { images.add(line, changes) }
    }
    self.metrics = metrics
    self.cells = cells
    self.classes = classes
    self.images = images
    agreement = try AgreementSection(subjects, store: store)
    verdicts = others.map { other in
      ComparisonVerdict(
        baseline: baseline, other: other,
        lines: cells.lines.filter { $0.other.label == other.label }, shared: cells.shared(other),
        heldOut: metrics.heldOut(baseline, other)
      ).sentence
    }
  }

  /// Every table, in order, with its heading.
  private var allTables: [(title: String, table: ReportTable)] {
    [
      ("Configuration", configuration.settings), ("Training", metrics.report),
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
    var text = "\(verdicts.joined(separator: "\n"))\n\n\(configuration.overview.table.text)"
    for (title, table) in tables {
      text += "\n\(title): \(table.caption)\n\n\(table.table.text)"
    }
    return text
  }

  /// One object: the verdicts, and for each table a list of objects, which may be empty.
  public var json: String {
    let lists = ([("", configuration.overview)] + allTables).map { _, table in
      let rows = table.data.json.trimmedLines.replacing("\n", with: "\n  ")
      return "  \(DataTable.quoted(table.name)): \(rows)"
    }
    let sentences = verdicts.map(DataTable.quoted).joined(separator: ",\n    ")
    return "{\n  \"verdicts\": [\n    \(sentences)\n  ],\n\(lists.joined(separator: ",\n"))\n}\n"
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
    var values: [String: Any] = [
      "title": title, "verdicts": verdicts.map { Markdown.cell($0) },
      "subjects": configuration.overview.table.markdown.trimmedLines,
      "baseline": subjects.first?.label ?? "A",
      "command": Markdown.block(command).trimmedLines,
    ]
    var files: [ReportFile] = []
    for (_, table) in tables {
      var section = PageSection(values: [
        "table": table.table.markdown.trimmedLines, "caption": table.caption,
      ])
      switch table.name {
      case "metrics":
        if !metrics.notes.isEmpty { section.values["notes"] = metrics.notes }
        for (name, plot) in metrics.plots {
          section.add(plot: plot, file: "\(stem)-\(name).svg")
        }
      case "cells": section.values["reading"] = cells.reading
      case "classes": section.values["images"] = "\(ClassChange.fewestImages)"
      case "images" where pictures > 0:
        let shown = images.pictures(stem: stem, store: store, load: loadCorrector)
        section.values.merge(shown.values) { $1 }
        section.files += shown.files
      default: break
      }
      values[table.name] = section.values
      files += section.files
    }
    return ReportBundle(
      stem: stem, markdown: try templates.render(.comparison, values), files: files,
      tables: ([configuration.overview] + tables.map(\.table)))
  }
}
