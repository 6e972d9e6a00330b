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
    let mismatch = WeightMismatch(weights, architecture)
    if let differences = mismatch.text {
      let fitting = Architecture.matching(weights.shapes).map { "it fits \($0.name)" }
      throw UserError(
        "\(file): not the weights of \(architecture.name): \(differences)",
        remedy: fitting ?? mismatch.classCountHint ?? "realitygap inspect lists what is in it")
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
