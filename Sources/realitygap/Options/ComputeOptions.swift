import ArgumentParser
import Evaluation
import Logging
import NeuralNetworks
import Support
import Tensors

/// How networks are computed; shared by every command that runs one.
struct ComputeOptions: ParsableArguments {
  @Option(help: "Convolution engine: \(EngineName.allNames) (auto: a fixed rule for each layer).")
  var engine: EngineName = .auto

  @Option(help: "Arithmetic: float32 or bfloat16.")
  var precision: Precision = .float32

  @Option(
    help: "Compute threads (default: what affinity, control groups and Slurm allow).")
  var threads: Int?

  func validate() throws { try check("threads", threads, in: 1...1024) }

  @Flag(help: "Log more to standard error: engines, versions, cells.")
  var verbose = false

  /// - Throws: `UserError` when the back end is not part of this build, its library is missing, or the
  ///   processor does not compute in this precision.
  func makeBackend() throws -> any Backend {
    Diagnostics.start(verbose: verbose)
    try engine.check(precision)
    let made = try engine.makeBackend()
    Logger(label: "engine").debug(
      "convolutions by \(made.name)",
      metadata: ["precision": "\(precision.rawValue)", "versions": "\(made.versions)"])
    return made
  }

  /// The back end for training.
  ///
  /// - Throws: `UserError` when the back end is not part of this build, its library is missing, or it
  ///   does not compute in this precision.
  func makeTrainingBackend() throws -> any Backend {
    try engine.check(precision)
    return try engine.makeBackend(trainingPrecision: precision)
  }

  /// - Throws: `UserError` where so many threads may not have the memory that they need.
  func makeContext() throws -> ComputeContext {
    let context = ComputeContext(threads: threads)
    try ProcessLimit.memory.require(
      BLAS.leastMemory(threads: context.pool.threads),
      remedy: "lower --threads, or raise it: ulimit -v unlimited")
    return context
  }

  /// A corrector from its file.
  ///
  /// - Throws: `UserError` as `makeBackend()` and `LoadedCorrector` do.
  func corrector(_ path: String, _ context: ComputeContext) throws -> LoadedCorrector {
    try LoadedCorrector(
      path: path, backend: try makeBackend(), precision: precision, context: context)
  }
}

extension EngineName: ExpressibleByArgument {
  static var allNames: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Precision: ExpressibleByArgument {}
