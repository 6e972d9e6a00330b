import CKernels
import Tensors

/// Any convolution by im2col: patches of a block of output pixels become rows, then one product.
struct PatchesConvolution: Convolution {
  private let geometry: ConvolutionGeometry
  /// A panel matrix [kh · kw · in, out].
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?
  private let relu: Bool

  init(_ geometry: ConvolutionGeometry, weights: Tensor, bias: Tensor?, relu: Bool) {
    self.geometry = geometry
    self.weights = weights.packedForPatches()
    self.bias = bias?.aligned()
    self.relu = relu
  }

  var weightBytes: Int { 4 * weights.count }

  /// With weights that are a panel matrix `[kh · kw · in, out]` already.
  init(_ geometry: ConvolutionGeometry, packed: AlignedBuffer, bias: AlignedBuffer?, relu: Bool) {
    self.geometry = geometry
    weights = packed
    self.bias = bias
    self.relu = relu
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
    // Patches and results of a block stay in a core's cache.
    let block = min(max((96 << 10) / max(taps, output.channels), 64), pixels)
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
