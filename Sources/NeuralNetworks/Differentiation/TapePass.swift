import Support
import Tensors

/// A network computed on a tape, with the values of a parameter set.
public struct TapePass: Computation {
  public let tape: Tape
  private let parameters: ParameterSet
  private let isTraining: Bool

  /// - Parameter isTraining: whether batch norms use the batch's statistics and update the running
  ///   ones.
  public init(_ tape: Tape, _ parameters: ParameterSet, isTraining: Bool) {
    self.tape = tape
    self.parameters = parameters
    self.isTraining = isTraining
  }

  private func use(_ parameter: Parameter) throws -> Variable {
    tape.use(try parameters.trainable(parameter))
  }

  public func shape(of x: Variable) throws -> FeatureShape {
    let size = try tape.extents(x, "a layer")
    return FeatureShape(height: size.height, width: size.width, channels: size.channels)
  }

  public func convolution(
    _ x: Variable, weight: Parameter, bias: Parameter?, stride: Int, padding: Int, relu: Bool
  ) throws -> Variable {
    try tape.convolution(
      x, weight: use(weight), bias: bias.map(use), stride: stride, padding: padding, relu: relu)
  }

  public func batchNorm(
    _ x: Variable, _ norm: BatchNorm2d.Parameters, relu: Bool
  ) throws -> Variable {
    try tape.batchNorm(
      x, weight: use(norm.weight), bias: use(norm.bias),
      statistics: parameters.statistics(of: norm), training: isTraining, relu: relu)
  }

  public func linear(
    _ x: Variable, weight: Parameter, bias: Parameter, relu: Bool
  ) throws -> Variable {
    try vector(
      tape.linear(
        tape.reshape(x, [x.shape[0], x.shape.dropFirst().reduce(1, *)]), weight: use(weight),
        bias: use(bias), relu: relu))
  }

  public func transposedConvolution2x2(
    _ x: Variable, weight: Parameter, bias: Parameter
  ) throws -> Variable {
    try tape.transposedConvolution2x2(x, weight: use(weight), bias: use(bias))
  }

  public func maxPool(_ x: Variable, _ pooling: Pooling) throws -> Variable {
    try tape.maxPool(x, pooling)
  }

  public func averagePool(
    _ x: Variable, toHeight height: Int, width: Int
  ) throws -> Variable {
    try tape.adaptiveAveragePool(x, height: height, width: width)
  }

  public func concatenate(_ parts: [Variable]) throws -> Variable {
    guard let first = parts.first else { throw UserError("nothing to concatenate") }
    return try parts.dropFirst().reduce(first) { try tape.concatenate($0, $1) }
  }

  public func add(_ a: Variable, _ b: Variable, relu: Bool) throws -> Variable {
    let sum = try tape.add(a, b)
    return relu ? tape.relu(sum) : sum
  }

  public func flatten(_ x: Variable) throws -> Variable { try vector(tape.flatten(x)) }

  public func centerCrop(_ x: Variable, height: Int, width: Int) throws -> Variable {
    try tape.centerCrop(x, height: height, width: width)
  }

  public func scale(
    _ x: Variable, by factor: Float, plus offset: [Float]
  ) throws -> Variable {
    let rows = Tensor(x.shape) { memory in
      for index in 0..<memory.count { memory[index] = offset[index % max(offset.count, 1)] }
    }
    return try tape.add(tape.constant(rows), tape.multiply(x, by: factor))
  }

  public func sample(_ x: Variable, theta: Variable, sampling: Sampling) throws -> Variable {
    let grid = try tape.affineGrid(
      tape.reshape(theta, [theta.shape[0], 2, 3]), height: x.shape[1], width: x.shape[2])
    return try tape.gridSample(x, grid: grid, sampling: sampling)
  }

  public func colorMatrix(_ x: Variable, matrix: Variable) throws -> Variable {
    try tape.colorMatrix(x, matrix: tape.reshape(matrix, [matrix.shape[0], 3, 4]))
  }

  public func channelDeviation(_ x: Variable) throws -> Variable {
    try vector(tape.channelDeviation(x))
  }

  public func planes(_ x: Variable, height: Int, width: Int) throws -> Variable {
    try tape.broadcastToPlanes(
      tape.reshape(x, [x.shape[0], x.shape.dropFirst().reduce(1, *)]), height: height,
      width: width)
  }

  public func colorHistogram(_ x: Variable, bins: Int) throws -> Variable {
    try vector(tape.colorHistogram(x, bins: bins))
  }

  /// `[N, C]` as `[N, 1, 1, C]`.
  private func vector(_ x: Variable) throws -> Variable {
    try tape.reshape(x, [x.shape[0], 1, 1, x.shape[1]])
  }
}
