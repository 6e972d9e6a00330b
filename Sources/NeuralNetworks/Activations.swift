import Tensors

/// Activations `[N, H, W, C]` somewhere in memory: a whole buffer, or some of the channels of one,
/// so that the parts of a concatenation are written where they belong.
///
/// Does not own its memory; whoever makes one keeps the buffer alive.
public struct Activations<Element> {
  /// The first channel of the first pixel.
  public let pointer: UnsafeMutablePointer<Element>
  public let batch: Int
  public let height: Int
  public let width: Int
  public let channels: Int
  /// Elements from one pixel to the next: the channels of the whole buffer.
  public let pixelStride: Int

  /// - Parameter pixelStride: default: no gap between pixels.
  public init(
    _ pointer: UnsafeMutablePointer<Element>, batch: Int, height: Int, width: Int, channels: Int,
    pixelStride: Int? = nil
  ) {
    self.pointer = pointer
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.pixelStride = pixelStride ?? channels
  }

  /// Pixels of the whole batch.
  public var pixels: Int { batch * height * width }
  /// Whether the elements follow each other without a gap.
  public var isDense: Bool { pixelStride == channels }

  /// The first element of image `index`.
  public func image(_ index: Int) -> UnsafeMutablePointer<Element> {
    pointer + index * height * width * pixelStride
  }

  /// Images `range` alone.
  public func images(_ range: Range<Int>) -> Activations {
    Activations(
      image(range.lowerBound), batch: range.count, height: height, width: width,
      channels: channels, pixelStride: pixelStride)
  }
}

/// Activations in float32, which is all that training knows.
public typealias ActivationView = Activations<Float>

extension Activations where Element: BitwiseCopyable {
  /// Takes over the elements of a view of the same shape; nothing happens when it is this one.
  func copy(from other: Activations) {
    if other.pointer == pointer { return }
    if isDense && other.isDense {
      pointer.update(from: other.pointer, count: pixels * channels)
      return
    }
    for pixel in 0..<pixels {
      (pointer + pixel * pixelStride)
        .update(from: other.pointer + pixel * other.pixelStride, count: channels)
    }
  }
}

extension ActivationView {
  /// The same numbers without gaps, and the memory that holds them.
  func denseCopy() -> (view: ActivationView, memory: AlignedBuffer) {
    let memory = AlignedBuffer(uninitialized: pixels * channels)
    let view = ActivationView(
      memory.pointer, batch: batch, height: height, width: width, channels: channels)
    view.copy(from: self)
    return (view, memory)
  }
}
