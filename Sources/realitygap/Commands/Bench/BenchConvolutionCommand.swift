import ArgumentParser
import Models
import NeuralNetworks
import Tensors

/// `realitygap bench convolution`: each convolution shape of a network by itself; the
/// measurement behind the rule of --engine auto.
struct BenchConvolutionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convolution",
    abstract: "Effective GFLOP/s of every convolution of a network, by engine.")

  @Option(name: [.customLong("model"), .customLong("models")], help: "The model.")
  var model = "resnet50"

  @OptionGroup var batching: BatchOptions

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var measurement: MeasurementOptions

  func run() throws {
    let backend = try compute.makeBackend()
    let context = compute.makeContext()
    let shapes = try Architecture.named(model).convolutionShapes()
    let results = try shapes.map { shape in
      switch compute.precision {
      case .float32: try measure(shape, backend, context, of: Float.self)
      case .bfloat16: try measure(shape, backend, context, of: BFloat16.self)
      }
    }
    try measurement.report(results)
  }

  private func measure<Element: ActivationElement>(
    _ instance: ConvolutionInstance, _ backend: any Backend, _ context: ComputeContext,
    of type: Element.Type
  ) throws -> Measurement {
    let (geometry, height, width) = (instance.geometry, instance.height, instance.width)
    var random = RandomStream(seed: 1, purpose: "bench")
    let weights = Tensor([
      geometry.outChannels, geometry.inChannels, geometry.kernelHeight, geometry.kernelWidth,
    ]) { memory in
      for index in 0..<memory.count { memory[index] = Float(random.uniform(in: -0.1...0.1)) }
    }
    let convolution = try backend.pack(
      ConvolutionRequest(
        geometry, weights: weights, bias: Tensor(zeros: [geometry.outChannels]), relu: true,
        usualSize: (height, width)), of: type)
    let size = geometry.outputSize(height: height, width: width)
    let input = AlignedBuffer(zeros: batching.size * height * width * geometry.inChannels)
    let output = AlignedBuffer(
      zeros: batching.size * size.height * size.width * geometry.outChannels)
    return try Measurement(
      "convolution \(geometry.inChannels)→\(geometry.outChannels) \(geometry.kernelHeight)x"
        + "\(geometry.kernelWidth)/\(geometry.stride) on \(height)x\(width)",
      unit: "GFLOP/s", engine: compute.engine.rawValue, batch: batching.size,
      threads: context.pool.threads, seconds: measurement.seconds,
      amount: Double(batching.size) * geometry.operations(height: height, width: width) / 1e9
    ) {
      try convolution.forward(
        Activations(
          UnsafeMutableRawPointer(input.pointer).assumingMemoryBound(to: type),
          batch: batching.size, height: height, width: width,
          channels: geometry.inChannels),
        into: Activations(
          UnsafeMutableRawPointer(output.pointer).assumingMemoryBound(to: type),
          batch: batching.size, height: size.height, width: size.width,
          channels: geometry.outChannels),
        residual: nil, context: context)
    }
  }
}
