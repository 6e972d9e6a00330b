import CKernels
import Tensors

/// Any convolution by im2col: patches of a block of output pixels become rows, then one product.
struct PatchesConvolution: Convolution {
  private let geometry: ConvolutionGeometry
  /// A panel matrix [kh · kw · in, out].
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?
  private let relu: Bool

  /// - Parameter weights: a panel matrix `[kh · kw · in, out]`.
  init(_ geometry: ConvolutionGeometry, weights: AlignedBuffer, bias: AlignedBuffer?, relu: Bool) {
    self.geometry = geometry
    self.weights = weights
    self.bias = bias
    self.relu = relu
  }

  var weightBytes: Int { 4 * weights.count }

  /// Pixels of an image's `pixels` that are computed together, in products of `taps` by `columns`
  /// weights.
  static func blockSize(taps: Int, columns: Int, pixels: Int) -> Int {
    min(max(CacheBudget.patches / max(taps, columns), 64), pixels)
  }

  func forward(
    _ input: ActivationView, into output: ActivationView, residual: ActivationView?,
    context: ComputeContext
  ) {
    // A residual that lies where the output goes is what the product adds to.
    let inPlace = residual.map { $0.pointer == output.pointer } ?? false
    let residual = inPlace ? nil : residual
    let taps = geometry.kernelHeight * geometry.kernelWidth * geometry.inChannels
    let pixels = output.height * output.width
    let block = Self.blockSize(taps: taps, columns: output.channels, pixels: pixels)
    let blocks = (pixels + block - 1) / block
    context.reserve(.first, block * taps)
    context.pool.run(output.batch * blocks) { task, worker in
      guard let patches = context.memory(.first, worker: worker) else { return }
      let (image, first) = (task / blocks, task % blocks * block)
      let count = min(block, pixels - first)
      rg_patches(
        input.image(image), input.height, input.width, input.channels, input.pixelStride,
        geometry.kernelHeight, geometry.kernelWidth, geometry.stride, geometry.padding,
        output.width, first, count, patches, taps)
      let out = output.image(image) + first * output.pixelStride
      BLAS.multiply(
        rows: count, .init(patches, stride: taps),
        PanelMatrix(weights.pointer, inner: taps, columns: output.channels),
        beta: inPlace ? 1 : 0, into: out,
        stride: output.pixelStride)
      rg_epilogue(
        out, output.pixelStride, bias?.pointer,
        residual.map { UnsafePointer($0.image(image) + first * $0.pixelStride) },
        residual?.pixelStride ?? 0, relu ? 1 : 0, count, output.channels)
    }
  }
}
