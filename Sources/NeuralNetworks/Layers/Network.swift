/// A network with one input and one result, whose topology `callAsFunction` states once.
public protocol Network: Sendable {
  /// The network on images `[N, H, W, C]`.
  ///
  /// - Throws: `UserError` when the shape does not fit or an engine fails.
  func callAsFunction<C: Computation>(_ images: C.Value, on c: C) throws -> C.Value
}
