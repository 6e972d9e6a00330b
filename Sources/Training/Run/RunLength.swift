import Foundation
import WeightFiles

/// How many steps a run has: those that it was begun with, and those that were added when they were done.
package struct RunLength: Sendable, Equatable {
  /// All of them.
  let total: Int
  /// Those that it was begun with.
  let planned: Int

  /// Of a configuration.
  init(_ configuration: TrainingConfiguration) {
    (total, planned) = (configuration.totalSteps, configuration.plannedSteps)
  }

  /// What a checkpoint says; `nil` where it is of before this was kept.
  init?(_ attributes: [String: HDF5Attribute]) {
    guard let total = attributes["total_steps"]?.integer,
      let planned = attributes["planned_steps"]?.integer, planned > 0, total >= planned
    else { return nil }
    (self.total, self.planned) = (Int(total), Int(planned))
  }
}

extension TrainingConfiguration {
  /// As the run in a folder is to go on with.
  ///
  /// A run that has come to its end takes further steps, as its last phase; one that was stopped on its
  /// way, with or without such, goes on to where it was to end.
  ///
  /// - Parameters:
  ///   - output: the run's folder.
  ///   - total: steps that are asked for, or `nil` for those that the run has.
  /// - Throws: `UserError` for a checkpoint that is damaged.
  public func continuing(_ output: String, toSteps total: Int?) throws -> TrainingConfiguration {
    let path = CheckpointFiles.path(in: output)
    let fresh = total.map(scaled) ?? self
    guard FileManager.default.fileExists(atPath: path) else { return fresh }
    let attributes = try HDF5File(path: path).attributes()
    guard let length = RunLength(attributes), let step = attributes["step"]?.integer else {
      return fresh
    }
    guard let total else {
      return length.planned == totalSteps ? extended(toSteps: length.total) : self
    }
    let isAtEnd = step == length.total && total > length.total
    guard isAtEnd || total == length.total else { return fresh }
    return scaled(toSteps: length.planned).extended(toSteps: total)
  }
}
