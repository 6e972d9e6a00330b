/// The shape of a two-dimensional convolution: square stride and padding, no dilation, one group,
/// as `torch.nn.Conv2d(inChannels, outChannels, (kernelHeight, kernelWidth), stride, padding)`.
public struct ConvolutionGeometry: Hashable, Sendable {
  public let inChannels: Int
  public let outChannels: Int
  public let kernelHeight: Int
  public let kernelWidth: Int
  /// Pixels from one window to the next, in both directions.
  public let stride: Int
  /// Rows and columns of zeros around the image.
  public let padding: Int

  public init(
    inChannels: Int, outChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: Int = 1,
    padding: Int = 0
  ) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
  }

  /// The height and width that come out of an image: floor((size + 2 padding − kernel) / stride) + 1.
  public func outputSize(height: Int, width: Int) -> (height: Int, width: Int) {
    (
      (height + 2 * padding - kernelHeight) / stride + 1,
      (width + 2 * padding - kernelWidth) / stride + 1
    )
  }

  /// 1×1, stride 1, no padding: a matrix product over pixels.
  public var isMatrixProduct: Bool {
    kernelHeight == 1 && kernelWidth == 1 && stride == 1 && padding == 0
  }

  /// From images, whose few channels make small products, to channels that fill vectors of 16.
  public var readsImages: Bool { inChannels < 16 && outChannels % 16 == 0 }

  /// Whether a window can lie wholly in the padding.
  public var hasEmptyWindows: Bool { padding >= min(kernelHeight, kernelWidth) }

  /// 3×3 with stride 1 and padding 0 or 1, in channels that fill vectors of 16.
  public var suitsWinograd: Bool { stride == 1 && hasTiles }

  /// The same with stride 2.
  public var suitsStridedWinograd: Bool { stride == 2 && hasTiles }

  private var hasTiles: Bool {
    kernelHeight == 3 && kernelWidth == 3 && padding <= 1
      && inChannels % 16 == 0 && outChannels % 16 == 0
  }

  /// Multiplications and additions of the plain method, for one image of the given input size.
  public func operations(height: Int, width: Int) -> Double {
    let size = outputSize(height: height, width: width)
    return 2 * Double(size.height * size.width) * Double(kernelHeight * kernelWidth)
      * Double(inChannels * outChannels)
  }
}
