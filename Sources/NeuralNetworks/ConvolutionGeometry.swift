import Support

/// The shape of a two-dimensional convolution: square stride and padding, no dilation, one group,
/// as `torch.nn.Conv2d(inChannels, outChannels, (kernelHeight, kernelWidth), stride, padding)`.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// Channels of the input.
  public let inChannels: Int
  /// Channels of the output, the number of filters.
  public let outChannels: Int
  /// Rows of a filter.
  public let kernelHeight: Int
  /// Columns of a filter.
  public let kernelWidth: Int
  /// Pixels from one window to the next, in both directions.
  public let stride: Int
  /// Rows and columns of zeros around the image.
  public let padding: Int

  /// Any sizes; `outputSize` says what an image becomes.
  public init(
    inChannels: Int, outChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: Int = 1,
    padding: Int = 0
  ) {
    (self.inChannels, self.outChannels, self.kernelHeight) = (inChannels, outChannels, kernelHeight)
    (self.kernelWidth, self.stride, self.padding) = (kernelWidth, stride, padding)
  }

  /// Of filters `[out, in, kh, kw]`.
  init(filters shape: [Int], stride: Int, padding: Int) {
    self.init(
      inChannels: shape[1], outChannels: shape[0], kernelHeight: shape[2], kernelWidth: shape[3],
      stride: stride, padding: padding)
  }

  /// What comes out of an image.
  ///
  /// - Throws: `UserError` when it has other channels or is too small.
  func output(of x: FeatureShape) throws -> FeatureShape {
    let out = outputSize(height: x.height, width: x.width)
    guard x.channels == inChannels, out.height > 0, out.width > 0 else {
      throw UserError(
        "a \(kernelWidth)×\(kernelHeight) convolution of \(inChannels) channels does not take "
          + "\(x.extents)")
    }
    return FeatureShape(height: out.height, width: out.width, channels: outChannels)
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
