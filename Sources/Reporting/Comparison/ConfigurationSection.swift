import Evaluation
import Support

/// What the subjects are, and in which settings they differ.
struct ConfigurationSection {
  let subjects: [ComparedSubject]
  /// Settings that are the same, too.
  let all: Bool
  /// Paths below it are written relative to it.
  let workingFolder: String

  /// A corrector's file does not record its training, so the training settings of the others say
  /// nothing about what differs.
  private var areFilesAlone: Bool {
    subjects.contains { $0.kind == .corrector && $0.training == nil }
  }

  private func shown(_ path: String) -> String { Provenance.shown(path, workingFolder) }

  /// A line for each subject.
  var overview: ReportTable {
    ReportTable(
      name: "subjects",
      caption: "What is compared; \(subjects.first?.label ?? "") is the baseline.",
      table: Table(
        columns: ["", "what", "kind", "corrector's SHA-256", "cells"], labels: 4,
        rows: subjects.map { subject in
          let trained =
            subject.kind == .training ? nil : subject.training.map { "training run \($0.id)" }
          return [
            subject.label, shown(subject.name),
            ([subject.kind.rawValue] + [trained].compactMap { $0 }).joined(separator: " of "),
            subject.corrector ?? "–", Numbers.count(subject.cells.count),
          ]
        }),
      data: DataTable(
        columns: ["subject", "name", "kind", "id", "training_run", "corrector", "cells"],
        rows: subjects.map { subject in
          [
            .text(subject.label), .text(subject.name), .text(subject.kind.rawValue),
            subject.id.map { .integer(Int($0)) } ?? .null,
            subject.training.map { .integer(Int($0.id)) } ?? .null, .optional(subject.corrector),
            .integer(subject.cells.count),
          ]
        }))
  }

  /// A line for each setting.
  var settings: ReportTable {
    let difference = ConfigurationDifference(subjects.map(\.configuration))
    let lines =
      all
      ? difference.lines
      : difference.different.filter { !areFilesAlone || $0.key.hasPrefix("corrector.") }
    let table = Table(
      columns: ["setting"] + subjects.map(\.label), labels: 1 + subjects.count,
      rows: lines.map { line in [line.key] + line.values.map { $0.map(text) ?? "–" } })
    let data = DataTable(
      columns: ["key", "differs", "subject", "value"],
      rows: lines.flatMap { line in
        zip(subjects, line.values).map { subject, value in
          [
            .text(line.key), .integer(line.differs ? 1 : 0), .text(subject.label),
            .optional(value),
          ]
        }
      })
    return ReportTable(
      name: "configuration",
      caption: all
        ? "Every setting."
        : areFilesAlone
          ? "The settings in which the correctors' files differ; not every training run is in this database."
          : "The settings in which they differ.", table: table, data: data)
  }

  /// A value for people: a digest by its first digits, which identify it just as well.
  private func text(_ value: String) -> String {
    if value.isEmpty { return "none" }
    let isDigest = value.count == 64 && value.allSatisfy(\.isHexDigit)
    return isDigest ? "\(value.prefix(12))…" : shown(value)
  }
}
