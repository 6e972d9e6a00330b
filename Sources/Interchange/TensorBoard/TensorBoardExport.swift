import Foundation
import Imaging
import Support
import Tracking

/// Runs as TensorBoard's event files.
public enum TensorBoardExport {
  /// Writes `FOLDER/<id>-<name>/events.out.tfevents.<seconds>.realitygap`; the same run gives the
  /// same file.
  ///
  /// - Returns: the file, how many events it has, and notes for the user, one line each.
  /// - Throws: `UserError` when it cannot be written or a picture cannot be read.
  public static func write(
    _ run: RunSnapshot, to folder: String
  ) throws -> (path: String, events: Int, notes: [String]) {
    let safe = run.record.name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" }
    let start = Int(run.start.timeIntervalSince1970)
    let path =
      "\(folder)/\(run.record.id)-\(String(safe))/events.out.tfevents."
      + String(format: "%010d", start) + ".realitygap"
    try AtomicFile.makeFolder(of: path)
    let events = try events(of: run)
    try AtomicFile(path: path).write { append in
      for event in events { try TFRecord.framed(event.message).withUnsafeBytes(append) }
    }
    return (path, events.count, notes(on: run))
  }

  /// TensorBoard's scalars have single precision.
  private static func isHeld(_ value: Double) -> Bool {
    !value.isFinite || Float(value).isFinite && (value == 0) == (Float(value) == 0)
  }

  private static func notes(on run: RunSnapshot) -> [String] {
    let values = run.metrics.map(\.metric)
    let kept = values.filter { !$0.value.isFinite }
    let lost = values.filter { !isHeld($0.value) }
    return MetricNotes.lines(kept, of: run, "not finite; kept as they are")
      + MetricNotes.lines(
        lost, of: run, "too large or too small for TensorBoard's floats; left out")
  }

  /// The events of a run: texts first, then by step.
  package static func events(of run: RunSnapshot) throws -> [TensorBoardEvent] {
    let start = run.start
    var numbers = run.metrics.filter { isHeld($0.metric.value) }.map { timed in
      TensorBoardEvent(
        time: timed.time, step: timed.metric.step, tag: run.name(of: timed.metric),
        .scalar(Float(timed.metric.value)))
    }
    let times = Dictionary(
      run.metrics.map { ($0.metric.step, $0.time) }, uniquingKeysWith: { first, _ in first })
    for file in run.files {
      guard let step = file.step else { continue }
      guard let data = FileManager.default.contents(atPath: file.path) else {
        throw UserError("\(file.path): cannot be read")
      }
      let size = try JPEG.dimensions([UInt8](data), name: file.path)
      numbers.append(
        TensorBoardEvent(
          time: times[step] ?? start, step: step, tag: "validation",
          .image(jpeg: [UInt8](data), width: size.width, height: size.height)))
    }
    // Swift's sort keeps the order of equal elements.
    numbers.sort { $0.step < $1.step }
    let cells = run.cells.compactMap { cell in
      cell.sums.top1.map { percent in
        TensorBoardEvent(
          time: cell.record.finished ?? start, tag: "top1/\(cell.name)", .scalar(Float(percent)))
      }
    }
    return [TensorBoardEvent(time: start, .fileVersion)]
      + texts(of: run).map { TensorBoardEvent(time: start, tag: $0.tag, .text($0.text)) }
      + cells + numbers
  }

  private static func texts(of run: RunSnapshot) -> [(tag: String, text: String)] {
    let record = run.record
    let facts =
      [
        ("kind", record.kind.rawValue), ("status", record.status.rawValue),
        ("started", record.startedAt), ("finished", record.finishedAt ?? ""),
        ("command", record.command), ("commit", record.sourceCommit ?? ""), ("host", record.host),
        ("error", record.error ?? ""),
      ] + run.versions.sorted { $0.key < $1.key }.map { ("version of \($0.key)", $0.value) }
      + run.tags.sorted { $0.key < $1.key }.map { ("tag \($0.key)", $0.value) }
    let texts = [
      ("run", table(facts)), ("configuration", table(run.parameters.map { ($0.name, $0.value) })),
      ("notes", record.notes),
    ]
    return texts.filter { !$0.1.isEmpty }
  }

  /// Names and values as a Markdown table, without those that are empty.
  private static func table(_ rows: [(String, String)]) -> String {
    let lines = rows.filter { !$0.1.isEmpty }.map { name, value in
      let cell = value.replacing("|", with: "\\|").split(whereSeparator: \.isNewline)
      return "| \(name) | \(cell.joined(separator: " ")) |"
    }
    return lines.isEmpty ? "" : (["| | |", "|---|---|"] + lines).joined(separator: "\n")
  }
}
