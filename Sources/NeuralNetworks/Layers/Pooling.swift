/// The windows of a max pooling.
public struct Pooling: Hashable, Sendable {
  /// Height and width of a window.
  public let size: Int
  /// Pixels from one window to the next, in both directions.
  public let stride: Int
  /// Rows and columns around the image that count as −∞.
  public let padding: Int
  /// Whether a window that begins inside but ends outside counts (`ceil_mode`).
  public let ceilMode: Bool

  /// As `torch.nn.MaxPool2d(size, stride, padding, ceil_mode=…)`.
  public init(size: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.ceilMode = ceilMode
  }

  /// Output length for an input length, as PyTorch counts: in ceil mode a last window that would
  /// start in the padding is dropped.
  public func outputLength(_ length: Int) -> Int {
    let span = length + 2 * padding - size + (ceilMode ? stride - 1 : 0)
    var count = span / stride + 1
    if ceilMode, (count - 1) * stride >= length + padding { count -= 1 }
    return count
  }
}
