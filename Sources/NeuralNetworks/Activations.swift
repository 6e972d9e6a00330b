import CKernels
import Tensors

/// Activations `[N, H, W, C]` somewhere in memory: a whole buffer, or some of the channels of one,
/// so that the parts of a concatenation are written where they belong.
///
/// Does not own its memory; whoever makes one keeps the buffer alive.
public struct Activations<Element> {
  /// The first channel of the first pixel.
  public let pointer: UnsafeMutablePointer<Element>
  /// N, the number of images.
  public let batch: Int
  /// H, rows of an image.
  public let height: Int
  /// W, pixels of a row.
  public let width: Int
  /// C, those that the view shows.
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

  /// Without gaps, in the shape of others.
  init<Other>(_ pointer: UnsafeMutablePointer<Element>, like other: Activations<Other>) {
    self.init(
      pointer, batch: other.batch, height: other.height, width: other.width,
      channels: other.channels)
  }

  /// Vectors, one after the other.
  init(vectors pointer: UnsafeMutablePointer<Element>, count: Int = 1, channels: Int) {
    self.init(pointer, batch: count, height: 1, width: 1, channels: channels)
  }

  /// Pixels of the whole batch.
  public var pixels: Int { batch * height * width }
  /// Elements of the whole batch.
  var count: Int { pixels * channels }
  /// The shape of one image.
  var features: FeatureShape { FeatureShape(height: height, width: width, channels: channels) }
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

  /// Channels `range` alone.
  func channels(_ range: Range<Int>) -> Activations {
    Activations(
      pointer + range.lowerBound, batch: batch, height: height, width: width,
      channels: range.count, pixelStride: pixelStride)
  }
}

/// Activations in float32, which is all that training knows.
public typealias ActivationView = Activations<Float>

extension Activations where Element: BitwiseCopyable {
  /// Takes over the elements of a view of the same shape; nothing happens when it is this one.
  func copy(from other: Activations) {
    if other.pointer == pointer { return }
    if isDense && other.isDense {
      pointer.update(from: other.pointer, count: count)
      return
    }
    for pixel in 0..<pixels {
      (pointer + pixel * pixelStride)
        .update(from: other.pointer + pixel * other.pixelStride, count: channels)
    }
  }
}

extension ActivationView {
  /// Takes over the numbers of another view of the same shape, by all threads.
  func copy(from other: ActivationView, _ context: ComputeContext) {
    context.overRows(pixels, channels: channels) { rows in
      rg_copy_rows(
        pointer + rows.lowerBound * pixelStride, pixelStride,
        other.pointer + rows.lowerBound * other.pixelStride, other.pixelStride, rows.count,
        channels)
    }
  }

  /// Gives `body` the same numbers without gaps: a copy where there are any.
  func withoutGaps(_ body: (ActivationView) -> Void) {
    if isDense { return body(self) }
    let memory = AlignedBuffer(uninitialized: count)
    let dense = ActivationView(memory.pointer, like: self)
    dense.copy(from: self)
    withExtendedLifetime(memory) { body(dense) }
  }
}

extension Tensor {
  /// `[N, H, W, C]` as activations, any other rank as vectors `[N, 1, 1, C]`. Whoever uses the view
  /// keeps the tensor alive.
  var activations: ActivationView {
    let (batch, isImage) = (shape.first ?? 1, shape.count == 4)
    return ActivationView(
      storage.pointer, batch: batch, height: isImage ? shape[1] : 1, width: isImage ? shape[2] : 1,
      channels: isImage ? shape[3] : count / max(batch, 1))
  }
}
