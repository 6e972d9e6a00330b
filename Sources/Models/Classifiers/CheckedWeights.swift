import Support
import Tensors
import WeightFiles

/// Weights that were found to be complete for an architecture: every tensor there, no other, each
/// of the right shape and finite.
struct CheckedWeights {
  private let weights: StateDict
  private let file: String

  /// - Throws: One `UserError` that names every missing, extra or misshapen tensor (the first few,
  ///   and how many more), or the tensor that holds NaN or infinity.
  init(_ weights: StateDict, for architecture: Architecture, file: String) throws {
    let shapes = weights.shapes
    let expected = Set(architecture.parameters.map(\.name))
    let missing = architecture.parameters.filter { shapes[$0.name] == nil }.map(\.name)
    let extra = weights.names.filter { !expected.contains($0) }
    let misshapen = architecture.parameters.compactMap { parameter -> String? in
      guard let shape = shapes[parameter.name], shape != parameter.shape else { return nil }
      return "\(parameter.name) is \(shape), not \(parameter.shape)"
    }
    var complaints: [String] = []
    if !missing.isEmpty { complaints.append("missing: \(Self.list(missing))") }
    if !extra.isEmpty { complaints.append("unexpected: \(Self.list(extra))") }
    if !misshapen.isEmpty { complaints.append("wrong shape: \(Self.list(misshapen))") }
    guard complaints.isEmpty else {
      let fitting = Architecture.matching(shapes).map { "it fits \($0.name)" }
      let hint =
        fitting ?? Self.classCountHint(shapes, architecture)
        ?? "realitygap inspect lists what is in it"
      throw UserError(
        "\(file): not the weights of \(architecture.name): \(complaints.joined(separator: "; "))",
        remedy: hint)
    }
    for name in weights.names {
      if let tensor = weights[name], let at = tensor.firstNonFinite {
        throw UserError(
          "\(file): \(name) holds \(tensor[at]) at element \(at)",
          remedy: "the weights are damaged; export them again")
      }
    }
    self.weights = weights
    self.file = file
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(6).joined(separator: ", ")
    return names.count > 6 ? "\(shown) and \(names.count - 6) more" : shown
  }

  /// When only the last layer differs: how many classes the file is for.
  private static func classCountHint(
    _ shapes: [String: [Int]], _ architecture: Architecture
  ) -> String? {
    let wrong = architecture.parameters.filter { shapes[$0.name] != $0.shape }
    guard !wrong.isEmpty, wrong.allSatisfy({ $0.shape.first == Architecture.classCount }),
      let classes = wrong.compactMap({ shapes[$0.name]?.first }).first
    else { return nil }
    return "the file is for \(classes) classes; ImageNet's \(Architecture.classCount) are needed"
  }

  /// - Throws: `UserError` when a model's graph asks for a tensor that its parameters don't list.
  subscript(name: String) -> Tensor {
    get throws {
      guard let tensor = weights[name] else { throw UserError("\(file): \(name) is missing") }
      return tensor
    }
  }

  /// Weights and bias of a convolution without bias followed by batch norm, as one convolution:
  /// w · γ / √(variance + ε) and β − mean · γ / √(variance + ε), with PyTorch's ε = 1e-5.
  func foldingBatchNorm(
    _ convolution: String, _ norm: String
  ) throws -> (weights: Tensor, bias: Tensor) {
    let weights = try self["\(convolution).weight"]
    let (scale, shift) = (try self["\(norm).weight"], try self["\(norm).bias"])
    let (mean, variance) = (try self["\(norm).running_mean"], try self["\(norm).running_var"])
    do {
      return try foldedBatchNorm(
        weights: weights, scale: scale, shift: shift, mean: mean, variance: variance)
    } catch {
      throw UserError(
        "\(file): \(norm).running_var is \(error.value) for channel \(error.channel)",
        remedy: "a variance cannot be negative; export the weights again")
    }
  }
}
