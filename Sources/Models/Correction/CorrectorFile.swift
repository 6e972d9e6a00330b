import Foundation
import NeuralNetworks
import Support
import WeightFiles

/// A corrector on disk: an HDF5 file with one dataset a tensor, and what it is made of, as JSON, in
/// the attribute `configuration`.
public enum CorrectorFile {
  /// The attribute that names the kind of file.
  public static let kind = "realitygap corrector"

  /// Writes a corrector atomically.
  ///
  /// - Parameter notes: further attributes, e.g. `trained_by`.
  /// - Throws: `UserError` when the file cannot be written.
  public static func write(
    _ corrector: Corrector, to path: String, notes: [String: String] = [:]
  ) throws {
    try state(of: corrector, notes: notes).write(path)
  }

  /// What a corrector's file holds.
  ///
  /// - Parameter notes: further attributes.
  public static func state(
    of corrector: Corrector, notes: [String: String] = [:]
  ) throws -> StateDict {
    var state = corrector.parameters.state
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    state.attributes = notes
    state.attributes["kind"] = kind
    state.attributes["configuration"] = String(
      decoding: try encoder.encode(corrector.configuration), as: UTF8.self)
    return state
  }

  /// What a corrector's file says of its origin, by name.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read.
  public static func notes(_ path: String) throws -> [String: String] {
    try StateDict.load(path).attributes.filter { $0.key != "configuration" && $0.key != "kind" }
  }

  /// Reads a corrector.
  ///
  /// - Throws: `UserError` naming the file when it is missing, damaged or no corrector.
  public static func load(_ path: String) throws -> Corrector {
    try corrector(from: try StateDict.load(path), file: path)
  }

  /// The corrector that a state dict with a corrector's attributes is.
  ///
  /// - Parameter file: what to call it in errors.
  /// - Throws: As `load(_:)`.
  public static func corrector(from state: StateDict, file: String) throws -> Corrector {
    let configuration = try configuration(of: state, file: file)
    do {
      try configuration.check()
    } catch let error as UserError {
      throw UserError("\(file): \(error.problem)", remedy: error.remedy)
    }
    // Before memory for all of them is asked for.
    let count = try configuration.parameterCount
    guard count <= state.elementCount else {
      throw UserError(
        "\(file): holds \(state.elementCount) of \(count) parameters",
        remedy: "the file is damaged")
    }
    let corrector = try Corrector(configuration, seed: 0)
    try corrector.parameters.load(state, file: file)
    return corrector
  }

  private static func configuration(
    of state: StateDict, file: String
  ) throws -> CorrectorConfiguration {
    guard state.attributes["kind"] == kind, let json = state.attributes["configuration"] else {
      let what = Architecture.matching(state.shapes).map { " but the weights of \($0.name)" }
      throw UserError(
        "\(file): not a corrector\(what ?? "")",
        remedy: "give a corrector.h5 that `realitygap train` wrote")
    }
    do {
      return try JSONDecoder().decode(CorrectorConfiguration.self, from: Data(json.utf8))
    } catch {
      throw UserError(
        "\(file): not a corrector that this version reads (its attribute configuration does "
          + "not describe one)", remedy: "was it written by a newer realitygap?")
    }
  }
}
