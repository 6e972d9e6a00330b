import NeuralNetworks
import Tensors
import Testing

@Suite("Differentiation: PyTorch's outputs and gradients")
struct DifferentiationGoldenTests {
  @Test("convolutions on every engine", arguments: EngineName.available)
  func convolutions(engine: EngineName) throws {
    func run(
      _ name: String, _ file: String, stride: Int = 1, padding: Int = 0, relu: Bool = false
    ) throws {
      try check(name, in: file, plain: ["w", "b"], engine: engine) { tape, v in
        try tape.convolution(
          v[0], weight: v[1], bias: v[2], stride: stride, padding: padding, relu: relu)
      }
    }
    try run("conv1x1", "layers")
    try run("conv3x3", "layers", padding: 1)
    try run("conv3x3_stride2", "layers", stride: 2, padding: 1)
    try run("conv4x4_stride2", "layers", stride: 2, padding: 1)
    try run("conv7x7_stride2", "layers", stride: 2, padding: 3)
    try run("conv3x3_relu16", "training", padding: 1, relu: true)
    try run("conv3x3_valid", "training")
    try run("conv5x5", "training", padding: 2)
  }

  @Test("transposed convolution and linear layers")
  func products() throws {
    try check("conv_transpose2x2", in: "layers", plain: ["w", "b"]) { tape, v in
      try tape.transposedConvolution2x2(v[0], weight: v[1], bias: v[2])
    }
    try check("linear", in: "layers", images: [], plain: ["x", "w", "b"]) { tape, v in
      try tape.linear(v[0], weight: v[1], bias: v[2])
    }
    try check("flatten_linear", plain: ["w", "b"]) { tape, v in
      try tape.linear(tape.flatten(v[0]), weight: v[1], bias: v[2])
    }
  }

  @Test("batch norm: alone, before ReLU, far from zero, with running statistics")
  func batchNorm() throws {
    func run(_ name: String, _ file: String, relu: Bool = false, tolerance: Float = 2e-5) throws {
      try check(name, in: file, plain: ["weight", "bias"], tolerance: tolerance) { tape, v in
        try tape.batchNorm(
          v[0], weight: v[1], bias: v[2], statistics: .init(channels: v[1].shape[0]),
          training: true, relu: relu)
      }
    }
    try run("batch_norm_train", "layers")
    try run("batch_norm_relu", "training", relu: true)
    // 1000 ± 1 in float32 has 14 bits left for the ± 1.
    try run("batch_norm_offset", "training", tolerance: 2e-4)
    let golden = try Golden("training", group: "batch_norm_eval")
    let statistics = BatchNormStatistics(channels: 6)
    statistics.mean = try golden.plain("mean")
    statistics.variance = try golden.plain("variance")
    try check("batch_norm_eval", plain: ["weight", "bias"]) { tape, v in
      try tape.batchNorm(
        v[0], weight: v[1], bias: v[2], statistics: statistics, training: false)
    }
    #expect(statistics.mean.elements == (try golden.plain("mean").elements))
  }

  @Test("running statistics after each training batch")
  func runningStatistics() throws {
    let golden = try Golden("training", group: "running_statistics")
    let statistics = BatchNormStatistics(channels: 4)
    let tape = try makeTape()
    for step in 0..<3 {
      _ = try tape.batchNorm(
        tape.constant(try golden.image("x\(step)")), weight: tape.constant(Tensor([1, 1, 1, 1])),
        bias: tape.constant(Tensor([0, 0, 0, 0])), statistics: statistics, training: true)
      #expect(relativeError(statistics.mean, try golden.plain("mean\(step)")) < 1e-6)
      #expect(relativeError(statistics.variance, try golden.plain("var\(step)")) < 1e-6)
    }
  }

  @Test("pooling: ceil mode, padding, ties go to the first maximum, averages")
  func pooling() throws {
    try check("max_pool2x2", in: "layers") { try $0.maxPool($1[0], Pooling(size: 2, stride: 2)) }
    try check("max_pool3x3_ceil", in: "layers") {
      try $0.maxPool($1[0], Pooling(size: 3, stride: 2, ceilMode: true))
    }
    try check("max_pool3x3_pad", in: "layers") {
      try $0.maxPool($1[0], Pooling(size: 3, stride: 2, padding: 1))
    }
    try check("max_pool2x2_ties") { try $0.maxPool($1[0], Pooling(size: 2, stride: 2)) }
    try check("max_pool3x3_ties") {
      try $0.maxPool($1[0], Pooling(size: 3, stride: 2, padding: 1))
    }
    try check("adaptive_avg_pool7", in: "layers") {
      try $0.averagePool($1[0], toHeight: 7, width: 7)
    }
    try check("average_pool4") { try $0.averagePool($1[0], by: 4) }
  }

  @Test("rearrangements and colour matrix")
  func rearrangements() throws {
    try check("concatenate", images: ["a", "b"]) { try $0.concatenate($1) }
    try check("center_crop") { try $0.centerCrop($1[0], height: 4, width: 6) }
    try check("color_matrix", plain: ["m"]) { try $0.colorMatrix($1[0], matrix: $1[1]) }
  }

  @Test("spatial transformer, also far outside the image and collapsed to a point")
  func spatialTransformer() throws {
    func sample(_ tape: Tape, _ v: [Variable]) throws -> Variable {
      let grid = try tape.grid(of: v[1], height: v[0].shape[1], width: v[0].shape[2])
      return try tape.gridSample(v[0], grid: grid)
    }
    try check("spatial_transformer", in: "layers", plain: ["theta"], sample)
    try check("sampler_out_of_range", plain: ["theta"], sample)
  }

  @Test("nearest and bicubic sampling", arguments: [Sampling.nearest, .bicubic])
  func otherSampling(mode: Sampling) throws {
    let golden = try Golden("training", group: "sampler_out_of_range")
    let tape = try makeTape()
    let theta = tape.multiply(tape.constant(try golden.plain("theta")), by: 0.77)
    let x = tape.constant(try golden.image("x"))
    let grid = try tape.grid(of: theta, height: 9, width: 12)
    let y = try tape.gridSample(x, grid: grid, sampling: mode)
    #expect(relativeError(y.value, try golden.image("y_\(mode.rawValue)")) < 1e-5)
  }

  @Test("channel deviation: planes, and a constant channel without gradient")
  func deviation() throws {
    try check("channel_std", in: "layers") { try $0.channelDeviation($1[0]) }
    try check("deviation_of_constant") { try $0.channelDeviation($1[0]) }
    try check("deviation_planes", tolerance: 1e-4) { tape, v in
      let planes = try tape.planes(
        tape.channelDeviation(v[0]), height: v[0].shape[1], width: v[0].shape[2])
      return try tape.concatenate([v[0], planes])
    }
  }

  @Test("losses, the adversarial ones at logits of ±100")
  func losses() throws {
    let pair = ["a", "b"]
    try check("mean_squared_error", images: pair) { try $0.meanSquaredError($1[0], $1[1]) }
    try check("mean_absolute_error", images: pair) { try $0.meanAbsoluteError($1[0], $1[1]) }
    try check("charbonnier", images: pair) { try $0.charbonnier($1[0], $1[1]) }
    try check("gradient_difference", images: pair) { try $0.gradientDifference($1[0], $1[1]) }
    try check("log_sigmoid_loss", in: "layers") {
      $0.multiply(try $0.meanLogSigmoid($1[0]), by: -1)
    }
    try check("log_sigmoid_extreme") { try $0.meanLogSigmoid($1[0]) }
    try check("log_one_minus_sigmoid_extreme") { try $0.meanLogOneMinusSigmoid($1[0]) }
  }
}
