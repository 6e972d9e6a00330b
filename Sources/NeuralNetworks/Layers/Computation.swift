/// What networks are written against, so that each topology stands once.
///
/// A network is a generic function of a `Computation` and a value. On a `TapePass` it computes at once
/// and records what differentiation needs; on an `InferenceGraph` it writes the operations down, from
/// which parameters, shapes, sizes and costs follow, and which is then optimised, packed and run.
/// (The other way, one graph that the tape executes, would have made training wait for the graph's
/// planner and training-only operations part of inference.)
///
/// Values are activations `[N, H, W, C]`; vectors are `[N, 1, 1, C]`. Parameters are declared where
/// they are used; the implementation knows their values.
public protocol Computation {
  /// Activations of a batch.
  associatedtype Value

  /// The extents of one image of a value.
  ///
  /// - Throws: `UserError` when the value is not `[N, H, W, C]`.
  func shape(of x: Value) throws -> FeatureShape

  /// relu?(conv(x) + bias); weight `[out, in, k, k]`, bias `[out]` or none.
  func convolution(
    _ x: Value, weight: Parameter, bias: Parameter?, stride: Int, padding: Int, relu: Bool
  ) throws -> Value

  /// relu?(batch_norm(x)) over the pixels of the batch, by its own statistics while the network
  /// learns, else by the running ones.
  func batchNorm(_ x: Value, _ norm: BatchNorm2d.Parameters, relu: Bool) throws -> Value

  /// relu?(x · weightᵀ + bias) of vectors; weight `[out, in]`, bias `[out]`.
  func linear(_ x: Value, weight: Parameter, bias: Parameter, relu: Bool) throws -> Value

  /// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`; weight `[in, out, 2, 2]`, bias `[out]`.
  func transposedConvolution2x2(_ x: Value, weight: Parameter, bias: Parameter) throws -> Value

  /// The largest of each window.
  func maxPool(_ x: Value, _ pooling: Pooling) throws -> Value

  /// `torch.nn.AdaptiveAvgPool2d((height, width))`.
  func averagePool(_ x: Value, toHeight height: Int, width: Int) throws -> Value

  /// The channels of all parts, one after the other.
  func concatenate(_ parts: [Value]) throws -> Value

  /// relu?(a + b) of the same shape.
  func add(_ a: Value, _ b: Value, relu: Bool) throws -> Value

  /// `torch.flatten(x, 1)`: a vector in PyTorch's order: channel, row, column.
  func flatten(_ x: Value) throws -> Value

  /// The middle of an image, as torchvision's `center_crop`.
  func centerCrop(_ x: Value, height: Int, width: Int) throws -> Value

  /// factor · x + offset of vectors, e.g. a correction of the identity.
  func scale(_ x: Value, by factor: Float, plus offset: [Float]) throws -> Value

  /// Images as θ sees them: `affine_grid` (theta: 6 numbers, the rows of a 2×3 matrix) and
  /// `grid_sample` with `align_corners=False`, zeros outside.
  func sample(_ x: Value, theta: Value, sampling: Sampling) throws -> Value

  /// Each pixel p of an image under its matrix, 12 numbers, the rows of a 3×4 matrix: matrix · (p, 1).
  func colorMatrix(_ x: Value, matrix: Value) throws -> Value

  /// The standard deviation of each channel of each image, unbiased: a vector.
  func channelDeviation(_ x: Value) throws -> Value

  /// A vector as constant planes of a size.
  func planes(_ x: Value, height: Int, width: Int) throws -> Value

  /// The histograms of R, G, B and chroma of normalised images, `4 · bins` numbers; without gradient.
  func colorHistogram(_ x: Value, bins: Int) throws -> Value
}
