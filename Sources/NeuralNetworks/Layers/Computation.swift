/// What networks are written against, so that each topology stands once.
///
/// A network is a generic function of a `Computation` and a value. On a `Tape` it computes at once
/// and records what differentiation needs; on an `InferenceGraph` it writes the operations down, from
/// which parameters, shapes, sizes and costs follow, and which is then optimised, packed and run.
/// (The other way, one graph that the tape executes, would have made training wait for the graph's
/// planner and training-only operations part of inference.)
///
/// Values are activations `[N, H, W, C]`; vectors are `[N, 1, 1, C]`. Parameters are declared where
/// they are used (`use`); a tape knows their values, a graph keeps the declarations.
public protocol Computation {
  /// Activations of a batch.
  associatedtype Value
  /// What operations take for a parameter: its value on a tape, itself in a graph.
  associatedtype Weight

  /// Declares a parameter.
  ///
  /// - Throws: `UserError` when its value is asked for but unknown.
  func use(_ parameter: Parameter) throws -> Weight

  /// The extents of one image of a value.
  ///
  /// - Throws: `UserError` when the value is not `[N, H, W, C]`.
  func shape(of x: Value) throws -> FeatureShape

  /// relu?(conv(x) + bias); weight `[out, in / groups, k, k]`, bias `[out]` or none.
  func convolution(
    _ x: Value, weight: Weight, bias: Weight?, stride: Int, padding: Int, groups: Int, relu: Bool
  ) throws -> Value

  /// relu?(batch_norm(x)) over the pixels of the batch, by its own statistics while the network
  /// learns, else by the running ones.
  func batchNorm(_ x: Value, _ norm: BatchNorm2d.Parameters, relu: Bool) throws -> Value

  /// relu?(x · weightᵀ + bias) of vectors; weight `[out, in]`, bias `[out]`.
  func linear(_ x: Value, weight: Weight, bias: Weight, relu: Bool) throws -> Value

  /// `torch.nn.ConvTranspose2d(in, out, 2, stride=2)`; weight `[in, out, 2, 2]`, bias `[out]`.
  func transposedConvolution2x2(_ x: Value, weight: Weight, bias: Weight) throws -> Value

  /// The largest of each window.
  func maxPool(_ x: Value, _ pooling: Pooling) throws -> Value

  /// relu?(a + b) of the same shape.
  func add(_ a: Value, _ b: Value, relu: Bool) throws -> Value

  /// Images as θ sees them: `affine_grid` and `grid_sample` with `align_corners=False`, zeros outside. θ
  /// are 6 numbers an image, the rows of a 2×3 matrix that takes coordinates −1…1 of the result to
  /// those of x; or 8, those of a 3×3 matrix whose last is 1, a homography. Where its denominator
  /// w = g u + h v + 1 is 0 or less, at infinity or behind the camera, is outside.
  func sample(_ x: Value, theta: Value, sampling: Sampling) throws -> Value

  /// What `body` makes of x, in the precision that a network is asked for, as `torch.autocast`. What is
  /// outside is float32 in any precision: places, colours and the pixels of images need all their digits.
  ///
  /// - Throws: What `body` throws, and `UserError` when x is in such a part already.
  func autocast(_ x: Value, _ body: (Value) throws -> Value) throws -> Value

  /// An operation without parameters that is computed in one way wherever it runs; the methods of this
  /// protocol's extensions say which there are.
  func apply(_ operation: NetworkOperation, to inputs: [Value]) throws -> Value
}
