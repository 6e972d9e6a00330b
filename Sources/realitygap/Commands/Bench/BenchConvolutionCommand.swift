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

  @OptionGroup var options: BenchOptions

  func run() throws {
    let backend = try options.compute.makeBackend()
    let context = try options.compute.makeContext()
    let shapes = try Architecture.named(model).convolutionShapes()
    let results = try shapes.map { shape in
      switch options.compute.precision {
      case .float32: try measure(shape, backend, context, of: Float.self)
      case .bfloat16: try measure(shape, backend, context, of: BFloat16.self)
      }
    }
    try options.measurement.report(results)
  }

  private func measure<Element: ActivationElement>(
    _ instance: ConvolutionInstance, _ backend: any Backend, _ context: ComputeContext,
    of type: Element.Type
  ) throws -> Measurement {
    let (geometry, height, width) = (instance.geometry, instance.height, instance.width)
    let batch = options.batching.size
    let weights = Tensor.random(
      [geometry.outChannels, geometry.inChannels, geometry.kernelHeight, geometry.kernelWidth],
      in: -0.1...0.1)
    let convolution = try backend.pack(
      ConvolutionRequest(
        geometry, weights: weights, bias: Tensor(zeros: [geometry.outChannels]), relu: true,
        usualSize: (height, width)), of: type)
    let size = geometry.outputSize(height: height, width: width)
    let input = AlignedBuffer(zeros: batch * height * width * geometry.inChannels)
    let output = AlignedBuffer(zeros: batch * size.height * size.width * geometry.outChannels)
    return try options.measure(
      "convolution \(geometry.inChannels)→\(geometry.outChannels) \(geometry.kernelHeight)x"
        + "\(geometry.kernelWidth)/\(geometry.stride) on \(height)x\(width)",
      unit: "GFLOP/s",
      amount: Double(batch) * geometry.operations(height: height, width: width) / 1e9, context
    ) {
      try convolution.forward(
        Activations(
          UnsafeMutableRawPointer(input.pointer).assumingMemoryBound(to: type),
          batch: batch, height: height, width: width, channels: geometry.inChannels),
        into: Activations(
          UnsafeMutableRawPointer(output.pointer).assumingMemoryBound(to: type),
          batch: batch, height: size.height, width: size.width,
          channels: geometry.outChannels),
        residual: nil, context: context)
    }
  }
}
