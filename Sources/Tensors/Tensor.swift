/// A dense array of 32-bit floats in row-major order, with value semantics (copied on write).
///
/// Images are `[N, H, W, C]`, matrices `[rows, columns]`. Convolution weights on disk and in the
/// model are PyTorch's `[out, in, height, width]`; back ends pack them their own way when loaded.
public struct Tensor: Sendable {
  /// The extents, outermost first. Empty for a scalar.
  public let shape: [Int]
  private var buffer: AlignedBuffer

  /// A tensor of zeros.
  public init(zeros shape: [Int]) {
    self.shape = shape
    buffer = AlignedBuffer(zeros: shape.reduce(1, *))
  }

  /// A tensor whose elements `fill` writes: all of them, since the memory is not cleared first.
  public init(
    _ shape: [Int], uninitialized fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    self.shape = shape
    buffer = AlignedBuffer(uninitialized: shape.reduce(1, *))
    try fill(UnsafeMutableBufferPointer(start: buffer.pointer, count: buffer.count))
  }

  /// A tensor of the given elements, or `nil` when their number does not fit the shape.
  public init?(_ elements: [Float], shape: [Int]) {
    guard elements.count == shape.reduce(1, *) else { return nil }
    self.init(shape) { memory in
      for (index, element) in elements.enumerated() { memory[index] = element }
    }
  }

  /// A one-dimensional tensor.
  public init(_ elements: [Float]) {
    self.init([elements.count]) { memory in
      for (index, element) in elements.enumerated() { memory[index] = element }
    }
  }

  private init(shape: [Int], buffer: AlignedBuffer) {
    self.shape = shape
    self.buffer = buffer
  }

  /// A tensor over memory that is already filled, and that nobody changes from now on. `storage`
  /// must hold as many elements as the shape says.
  package init(_ shape: [Int], storage: AlignedBuffer) {
    self.init(shape: shape, buffer: storage)
  }

  /// The memory itself, for the kernels of operations: to be read, and kept alive while in use.
  package var storage: AlignedBuffer { buffer }

  /// Whether nobody else holds the memory, so that it may be changed in place.
  package mutating func hasUniqueStorage() -> Bool { isKnownUniquelyReferenced(&buffer) }

  /// The number of elements.
  public var count: Int { buffer.count }

  /// The elements in row-major order.
  public var elements: [Float] { withUnsafeBufferPointer(Array.init) }

  /// The same elements under another shape, or `nil` when their number differs. Takes O(1).
  public func reshaped(_ shape: [Int]) -> Tensor? {
    shape.reduce(1, *) == count ? Tensor(shape: shape, buffer: buffer) : nil
  }

  /// Reads the elements in place.
  public func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(buffer) {
      try body(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
    }
  }

  /// The memory, for kernels that change it in place; where another tensor shares it, it is copied first.
  package mutating func uniqueStorage() -> AlignedBuffer {
    if !hasUniqueStorage() {
      let copy = AlignedBuffer(uninitialized: buffer.count)
      copy.pointer.update(from: buffer.pointer, count: buffer.count)
      buffer = copy
    }
    return buffer
  }

  /// Changes the elements in place; memory shared with another tensor is copied first.
  public mutating func withUnsafeMutableBufferPointer<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    let buffer = uniqueStorage()
    return try withExtendedLifetime(buffer) {
      try body(UnsafeMutableBufferPointer(start: buffer.pointer, count: buffer.count))
    }
  }

  /// The element at a row-major position.
  public subscript(index: Int) -> Float {
    get { withUnsafeBufferPointer { $0[index] } }
    set { withUnsafeMutableBufferPointer { $0[index] = newValue } }
  }

  /// The first element that is NaN or infinite, as a row-major position, or `nil`.
  public var firstNonFinite: Int? { withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } } }
}
