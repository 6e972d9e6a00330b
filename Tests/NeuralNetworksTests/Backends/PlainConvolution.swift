import NeuralNetworks
import Tensors
import Testing

/// A convolution and its gradients without any trick, in double precision: the oracle of every back
/// end.
struct PlainConvolution {
  let geometry: ConvolutionGeometry
  let batch: Int
  let height: Int
  let width: Int

  init(_ test: ConvolutionCase) {
    geometry = test.geometry
    (batch, height, width) = (test.batch, test.height, test.width)
  }

  var size: (height: Int, width: Int) { geometry.outputSize(height: height, width: width) }
  var taps: Int { geometry.kernelHeight * geometry.kernelWidth }
  var inputCount: Int { batch * height * width * geometry.inChannels }
  var outputCount: Int { batch * size.height * size.width * geometry.outChannels }
  var weightCount: Int { geometry.outChannels * geometry.inChannels * taps }
  var weightShape: [Int] {
    [geometry.outChannels, geometry.inChannels, geometry.kernelHeight, geometry.kernelWidth]
  }

  /// relu?(conv(input) + bias + residual).
  func output(
    _ input: [Float], weights: [Float], bias: [Float]?, residual: [Float]? = nil, relu: Bool
  ) -> [Float] {
    var sums = [Double](repeating: 0, count: outputCount)
    forEachProduct { sums[$2] += Double(input[$0]) * Double(weights[$1]) }
    return sums.enumerated().map { index, sum in
      let added = Double(bias?[index % geometry.outChannels] ?? 0) + Double(residual?[index] ?? 0)
      return Float(relu ? max(sum + added, 0) : sum + added)
    }
  }

  /// The gradient of the input, from that of the output.
  func inputGradient(_ outputGradient: [Float], weights: [Float]) -> [Float] {
    var sums = [Double](repeating: 0, count: inputCount)
    forEachProduct { sums[$0] += Double(outputGradient[$2]) * Double(weights[$1]) }
    return sums.map { Float($0) }
  }

  /// The gradient of the weights, from the input and the gradient of the output.
  func weightGradient(_ input: [Float], _ outputGradient: [Float]) -> [Float] {
    var sums = [Double](repeating: 0, count: weightCount)
    forEachProduct { sums[$1] += Double(outputGradient[$2]) * Double(input[$0]) }
    return sums.map { Float($0) }
  }

  /// Every product of the convolution: where its input, its weight and its output lie.
  @inline(__always)
  private func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let (channels, out) = (geometry.inChannels, geometry.outChannels)
    for n in 0..<batch {
      for y in 0..<size.height {
        for x in 0..<size.width {
          for o in 0..<out {
            let output = ((n * size.height + y) * size.width + x) * out + o
            for i in 0..<geometry.kernelHeight {
              let row = y * geometry.stride + i - geometry.padding
              guard (0..<height).contains(row) else { continue }
              for j in 0..<geometry.kernelWidth {
                let column = x * geometry.stride + j - geometry.padding
                guard (0..<width).contains(column) else { continue }
                let pixel = ((n * height + row) * width + column) * channels
                let tap = i * geometry.kernelWidth + j
                for c in 0..<channels { body(pixel + c, (o * channels + c) * taps + tap, output) }
              }
            }
          }
        }
      }
    }
  }
}

/// One case: a geometry on images of a size.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  let geometry: ConvolutionGeometry
  let batch: Int
  let height: Int
  let width: Int

  init(
    _ inChannels: Int, _ outChannels: Int, kernel: (Int, Int), stride: Int = 1, padding: Int = 0,
    batch: Int = 2, height: Int, width: Int
  ) {
    geometry = ConvolutionGeometry(
      inChannels: inChannels, outChannels: outChannels, kernelHeight: kernel.0,
      kernelWidth: kernel.1, stride: stride, padding: padding)
    (self.batch, self.height, self.width) = (batch, height, width)
  }

  var testDescription: String {
    "\(geometry.inChannels)→\(geometry.outChannels) \(geometry.kernelHeight)×"
      + "\(geometry.kernelWidth)/\(geometry.stride)+\(geometry.padding) on \(batch)×\(height)×\(width)"
  }

  static let all: [ConvolutionCase] = [
    // Winograd: tiles of one length and of both, whole and cut, one pixel, many blocks, few tiles.
    ConvolutionCase(16, 32, kernel: (3, 3), padding: 1, height: 8, width: 8),
    ConvolutionCase(32, 16, kernel: (3, 3), padding: 1, height: 7, width: 9),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 0, height: 11, width: 6),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 1, batch: 1, height: 1, width: 1),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 1, batch: 3, height: 56, width: 54),
    ConvolutionCase(128, 128, kernel: (3, 3), padding: 1, batch: 5, height: 7, width: 7),
    ConvolutionCase(16, 16, kernel: (3, 3), padding: 1, batch: 3, height: 12, width: 14),
    ConvolutionCase(16, 32, kernel: (3, 3), padding: 1, batch: 7, height: 39, width: 29),
    ConvolutionCase(128, 144, kernel: (3, 3), padding: 1, batch: 4, height: 17, width: 14),
    // In training: enough tiles for long ones, with padding and without.
    ConvolutionCase(16, 32, kernel: (3, 3), padding: 1, batch: 3, height: 80, width: 81),
    ConvolutionCase(32, 16, kernel: (3, 3), padding: 0, batch: 3, height: 81, width: 82),
    // Winograd with stride 2: whole tiles, cut tiles, one pixel, many blocks, few tiles.
    ConvolutionCase(16, 32, kernel: (3, 3), stride: 2, padding: 1, height: 16, width: 16),
    ConvolutionCase(32, 16, kernel: (3, 3), stride: 2, padding: 1, height: 19, width: 26),
    ConvolutionCase(16, 16, kernel: (3, 3), stride: 2, padding: 0, height: 23, width: 12),
    ConvolutionCase(16, 16, kernel: (3, 3), stride: 2, padding: 1, batch: 1, height: 1, width: 2),
    ConvolutionCase(
      16, 16, kernel: (3, 3), stride: 2, padding: 1, batch: 3, height: 112, width: 90),
    ConvolutionCase(
      128, 128, kernel: (3, 3), stride: 2, padding: 1, batch: 5, height: 14, width: 14),
    // 1×1.
    ConvolutionCase(8, 24, kernel: (1, 1), height: 5, width: 7),
    ConvolutionCase(64, 16, kernel: (1, 1), batch: 3, height: 40, width: 31),
    ConvolutionCase(48, 3, kernel: (1, 1), batch: 3, height: 15, width: 16),
    ConvolutionCase(64, 272, kernel: (1, 1), batch: 1, height: 7, width: 7),
    ConvolutionCase(16, 16, kernel: (1, 1), stride: 2, height: 9, width: 8),
    ConvolutionCase(16, 272, kernel: (1, 1), stride: 2, batch: 1, height: 14, width: 13),
    ConvolutionCase(16, 16, kernel: (1, 1), padding: 1, height: 4, width: 4),
    // Images.
    ConvolutionCase(3, 64, kernel: (7, 7), stride: 2, padding: 3, height: 33, width: 30),
    ConvolutionCase(3, 16, kernel: (3, 3), padding: 1, height: 12, width: 10),
    ConvolutionCase(6, 16, kernel: (3, 3), padding: 1, batch: 3, height: 16, width: 17),
    ConvolutionCase(3, 16, kernel: (3, 3), stride: 2, padding: 1, height: 17, width: 16),
    ConvolutionCase(3, 64, kernel: (3, 3), stride: 2, height: 15, width: 19),
    // The rest, with odd channels and shapes.
    ConvolutionCase(16, 24, kernel: (4, 4), stride: 2, padding: 1, batch: 3, height: 14, width: 15),
    ConvolutionCase(16, 16, kernel: (2, 2), stride: 2, batch: 3, height: 8, width: 9),
    ConvolutionCase(5, 7, kernel: (3, 3), stride: 2, padding: 1, height: 13, width: 12),
    ConvolutionCase(16, 32, kernel: (3, 3), stride: 2, height: 12, width: 9),
    ConvolutionCase(4, 6, kernel: (2, 5), stride: 3, padding: 2, height: 14, width: 11),
    ConvolutionCase(3, 3, kernel: (5, 1), batch: 1, height: 5, width: 9),
  ]
}

extension EngineName {
  /// The back ends that this build has: without oneDNN, one fewer.
  static var inThisBuild: [EngineName] { allCases.filter { (try? $0.makeBackend()) != nil } }
}
