import ArgumentParser
import Foundation
import Models
import NeuralNetworks
import Tensors

/// `realitygap bench roofline`: how close inference comes to the machine's peak.
struct BenchRooflineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "roofline",
    abstract: "The machine's peak, and how close float32 inference comes to it.",
    discussion: """
      Measures peak multiply-add throughput in registers and memory read bandwidth on all threads; \
      counts the multiplications and weights of each network, layer by layer (3×3 by Winograd); and \
      compares measured speed with the resulting bound. Transforms, activations and pooling are \
      not part of the bound.
      """)

  @OptionGroup var options: BenchOptions

  func validate() throws {
    guard options.compute.precision == .float32 else {
      throw ValidationError("--precision \(options.compute.precision): the bound is for float32")
    }
  }

  func run() throws {
    let context = try options.compute.makeContext()
    let (peak, memory) = (multiplyAdds(context), reading(context))
    func least(_ bound: NetworkBound) -> Double {
      bound.secondsPerImage(
        batch: options.batching.size, operationsPerSecond: peak.median * 1e9,
        bytesPerSecond: memory.median * 1e9)
    }
    let backend = try options.compute.makeBackend()
    var results = [peak, memory]
    var lines: [String] = []
    for architecture in Architecture.all {
      let bound = try architecture.bound()
      let measured = try options.measureInference(architecture, backend, context)
      results.append(measured)
      lines.append(
        String(
          format: "%@: %.2f GFLOP per image, %.0f MB of weights: at most %.1f images/s; "
            + "measured %.1f, %.0f %%",
          architecture.name, bound.operations / 1e9, bound.weightBytes / 1e6, 1 / least(bound),
          measured.median, 100 * measured.median * least(bound)))
    }
    let bound = try Corrector.paper(width: 16).bound()
    let paper = try Architecture.paper.reduce(0) { try $0 + least($1.bound()) }
    lines.append(
      String(
        format: "Table 1, three conditions of its models with G of width 16 (%.2f GFLOP): at "
          + "most %.1f photos/s, without decoding",
        bound.operations / 1e9, 1 / (3 * paper + least(bound))))
    try options.measurement.report(results)
    if options.measurement.json != "-" { print(lines.joined(separator: "\n")) }
  }

  private func multiplyAdds(_ context: ComputeContext) -> Measurement {
    let rounds = 4_000_000
    return Measurement(
      "peak float32", unit: "GFLOP/s", threads: context.pool.threads,
      by: options.measurement,
      amount: MachinePeak.multiplyAdd(rounds: rounds, context: context) / 1e9
    ) { _ = MachinePeak.multiplyAdd(rounds: rounds, context: context) }
  }

  private func reading(_ context: ComputeContext) -> Measurement {
    let memory = AlignedBuffer(zeros: 64 << 20)
    return Measurement(
      "memory", unit: "GB/s", threads: context.pool.threads, by: options.measurement,
      amount: MachinePeak.read(memory, context: context) / 1e9
    ) { _ = MachinePeak.read(memory, context: context) }
  }
}
