import Support
import WeightFiles

/// How a state dict's tensors differ from those of an architecture.
struct WeightMismatch {
  let architecture: Architecture
  let missing: [String]
  let extra: [String]
  /// `name is [shape], not [shape]`.
  let misshapen: [String]

  init(_ weights: StateDict, _ architecture: Architecture) {
    let shapes = weights.shapes
    let expected = Set(architecture.parameters.map(\.name))
    self.architecture = architecture
    missing = architecture.parameters.map(\.name).filter { shapes[$0] == nil }
    extra = weights.names.filter { !expected.contains($0) }
    misshapen = architecture.parameters.compactMap { parameter in
      guard let shape = shapes[parameter.name], shape != parameter.shape else { return nil }
      return "\(parameter.name) is \(shape), not \(parameter.shape)"
    }
  }

  /// The architecture that has the most tensors in common with a state dict; `nil` when none has any.
  static func closest(to weights: StateDict) -> WeightMismatch? {
    Architecture.all.map { WeightMismatch(weights, $0.fitted(to: weights.shapes)) }.filter {
      $0.agreement > 0
    }
    .max { $0.agreement < $1.agreement }
  }

  /// The part of all names, here and there, that are in both with the same shape.
  private var agreement: Double {
    let both = architecture.parameters.count - missing.count - misshapen.count
    return Double(both) / Double(architecture.parameters.count + extra.count)
  }

  /// What differs, the first few of each kind by name; `nil` when nothing does.
  var text: String? {
    let kinds = [("missing", missing), ("unexpected", extra), ("wrong shape", misshapen)]
    let parts = kinds.filter { !$1.isEmpty }.map { "\($0): \($1.abridged)" }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

extension Architecture {
  /// The error for weights that fit no model.
  ///
  /// - Parameter remedy: what to do about it, where the weights themselves don't say.
  public static func misfit(_ weights: StateDict, file: String, remedy: String) -> UserError {
    let known = all.map(\.name).joined(separator: ", ")
    if weights.attributes["kind"] == CorrectorFile.kind {
      return UserError(
        "\(file): a corrector, not the weights of a classifier", remedy: "give it as --corrector")
    }
    guard let closest = WeightMismatch.closest(to: weights), let differences = closest.text else {
      return UserError(
        "\(file): fits none of \(known): it holds \(weights.names.abridged)", remedy: remedy)
    }
    return UserError(
      "\(file): fits none of \(known); the closest is \(closest.architecture.name): \(differences)",
      remedy: remedy)
  }
}
