import CKernels
import Tensors

/// Any convolution by im2col: patches of a block of output pixels become rows, then one product. Where there
/// are fewer blocks than parts, columns are divided, too, and patches made for each.
struct PatchesConvolution: Convolution {
  let geometry: ConvolutionGeometry
  /// By [kh · kw · in, out].
  let product: FusedProduct

  var weightBytes: Int { product.weightBytes }

  /// Pixels of an image's `pixels` that are computed together, in products of `taps` by `columns`
  /// weights.
  static func blockSize(taps: Int, columns: Int, pixels: Int) -> Int {
    min(max(CacheBudget.patches / max(taps, columns), 64), pixels)
  }

  func forward(
    _ input: ActivationView, into output: ActivationView, residual: ActivationView?,
    context: ComputeContext
  ) {
    let taps = geometry.taps
    let pixels = output.height * output.width
    let block = Self.blockSize(taps: taps, columns: output.channels, pixels: pixels)
    let blocks = (pixels + block - 1) / block
    context.reserve(.first, block * taps)
    let all = output.batch * blocks
    let across = ColumnParts(output.channels, atMost: (context.parts + all - 1) / max(all, 1))
    context.pool.run(all * across.count) { task, worker in
      guard let patches = context.memory(.first, worker: worker) else { return }
      let (place, columns) = (task / across.count, across[task % across.count])
      let (image, first) = (place / blocks, place % blocks * block)
      let count = min(block, pixels - first)
      geometry.gather(first..<first + count, of: input, image, width: output.width, into: patches)
      let pixel = image * pixels + first
      product(
        .init(patches, stride: taps), inner: taps, pixels: pixel..<pixel + count, columns,
        of: output, adding: residual)
    }
  }
}

extension ConvolutionGeometry {
  /// Numbers of a patch, those that an output pixel is computed from.
  var taps: Int { kernelHeight * kernelWidth * inChannels }

  /// The patches of output pixels of an image, `[pixels, kh · kw · in]`.
  ///
  /// - Parameter width: of the output.
  func gather(
    _ pixels: Range<Int>, of input: ActivationView, _ image: Int, width: Int,
    into patches: UnsafeMutablePointer<Float>
  ) {
    rg_patches(
      input.image(image), input.height, input.width, input.channels, input.pixelStride,
      kernelHeight, kernelWidth, stride, padding, width, pixels.lowerBound, pixels.count, patches,
      taps)
  }
}
