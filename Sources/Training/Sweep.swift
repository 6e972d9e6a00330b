import Foundation
import Support

/// Trainings that differ in some settings: what a sweep's file describes.
public struct Sweep: Sendable {
  /// One of the trainings.
  public struct Cell: Sendable, Equatable {
    /// Unlike that of the others, and part of a folder's name, e.g. `width=16,seed=2`.
    public let name: String
    /// What it changes of the training file: places and values, in the file's order.
    public let settings: [Assignment]
  }

  /// A place in the training file and its value as YAML.
  public struct Assignment: Sendable, Equatable {
    /// E.g. `corrector.unet.width`.
    public let key: String
    /// On one line.
    public let value: String
  }

  /// Names the sweep.
  public let name: String
  /// The training file.
  public let train: String
  /// In the order in which they are begun.
  public let cells: [Cell]
  /// The most cells that a sweep may have.
  static let mostCells = 10_000

  private static let nameKey = Setting.fileName(
    "name", "Names the sweep; with the training file it tells its runs apart."
  ).required
  private static let trainKey = Setting.path(
    "train", "The training file that is varied."
  ).required
  private static let gridKey = Setting.place(
    "grid", .entries(.list(.text)),
    "Settings, by their places, with lists of values: every combination is a training.")
  private static let cellsKey = Setting.place(
    "cells", .list(.entries(.text)),
    "Settings, by their places, of one training each; with a grid, of every combination.")

  /// The keys of a sweep's file.
  package static let schema = SettingsSchema(
    "Sweeps", extends: true,
    [
      Setting.version.declaration, nameKey.declaration, trainKey.declaration,
      gridKey.declaration, cellsKey.declaration,
    ])

  /// Reads a sweep's file, and every training that it describes.
  ///
  /// - Throws: `UserError` naming file and line, also for a training that makes no sense.
  public init(file: String) throws {
    let place = try YAMLSettings(file: file).root
    let values = try SettingsReader(place, Self.schema)
    (name, train) = (try values(Self.nameKey), try values(Self.trainKey))
    guard values[Self.gridKey] != nil || values[Self.cellsKey] != nil else {
      throw place.error("needs the key grid or the key cells")
    }
    var cells = try values[Self.cellsKey]?.list().map { try Self.settings($0) } ?? [[]]
    for (key, list) in try values[Self.gridKey]?.entries() ?? [] {
      let values = try list.list().map { Assignment(key: key, value: try $0.line()) }
      guard cells.count * values.count <= Self.mostCells else {
        throw list.error("makes more than \(Self.mostCells) trainings")
      }
      cells = cells.flatMap { cell in values.map { cell + [$0] } }
    }
    self.cells = Self.named(cells)
    guard Set(self.cells.map(\.name)).count == cells.count else {
      throw place.error("two of its trainings are the same")
    }
    for cell in self.cells { _ = try configuration(of: cell) }
  }

  private static func settings(_ place: YAMLReader) throws -> [Assignment] {
    try place.entries().map { Assignment(key: $0, value: try $1.line()) }
  }

  /// A cell is called by its settings: the last part of each place, or the whole where that is not enough
  /// to tell them apart.
  private static func named(_ cells: [[Assignment]]) -> [Cell] {
    let keys = cells.flatMap { $0.map(\.key) }.distinct
    let short = Dictionary(grouping: keys) { $0.split(separator: ".").last.map(String.init) ?? $0 }
    var names: [String: String] = [:]
    for (name, keys) in short {
      for key in keys { names[key] = keys.count == 1 ? name : key }
    }
    return cells.map { settings in
      let parts = settings.map { "\(names[$0.key] ?? $0.key)=\($0.value)" }
      let name = parts.joined(separator: ",").map {
        $0.isLetter || $0.isNumber || "-_.=,+".contains($0) ? $0 : "-"
      }
      return Cell(name: String(name), settings: settings)
    }
  }

  /// The training file with a cell's settings.
  ///
  /// - Throws: `UserError` naming the setting that makes no sense.
  package func configuration(
    of cell: Cell
  ) throws -> (TrainingConfiguration, changes: [YAMLSettings.Change]) {
    var file = try YAMLSettings(file: train)
    for setting in cell.settings {
      try file.set("\(setting.key)=\(setting.value)", option: "\(name): \(setting.key)")
    }
    return (try TrainingConfiguration(yaml: file.root), file.changes)
  }
}
