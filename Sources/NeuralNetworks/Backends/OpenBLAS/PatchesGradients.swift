import CKernels
import Tensors

extension OpenBLASBackend {
  /// dX: each block's output gradients times the weights are patches, added to where they came from.
  /// Patches overlap, so a thread takes whole images.
  func patchesInputGradient(_ pass: TrainingPass, _ context: ComputeContext) {
    let (geometry, gradient, inputGradient) = (pass.geometry, pass.output, pass.input)
    // [kh · kw · in, out], not in panels.
    let packed = FilterPacking(pass, buffers: buffers, context: context)
      .patches(panels: geometry.outChannels)
    let (taps, out) = (geometry.taps, geometry.outChannels)
    let pixels = gradient.height * gradient.width
    let block = PatchesConvolution.blockSize(taps: taps, columns: out, pixels: pixels)
    context.reserve(.first, block * taps)
    context.pool.run(gradient.batch) { image, worker in
      guard let rows = context.memory(.first, worker: worker) else { return }
      let to = inputGradient.image(image)
      to.update(
        repeating: 0, count: inputGradient.height * inputGradient.width * geometry.inChannels)
      for first in stride(from: 0, to: pixels, by: block) {
        let count = min(block, pixels - first)
        BLAS.multiply(
          rows: count, columns: taps, inner: out,
          .init(gradient.image(image) + first * out, stride: out),
          .init(packed.pointer, stride: out, transposed: true), into: rows, stride: taps)
        rg_patches_add(
          rows, taps, to, inputGradient.height, inputGradient.width, geometry.inChannels,
          geometry.kernelHeight, geometry.kernelWidth, geometry.stride, geometry.padding,
          gradient.width, first, count)
      }
    }
  }

  /// dW = Σ patchᵀ · dY over blocks of pixels.
  func patchesWeightGradient(_ pass: TrainingPass, _ context: ComputeContext) {
    let (geometry, input, gradient) = (pass.geometry, pass.input, pass.output)
    let positions = geometry.kernelHeight * geometry.kernelWidth
    let (taps, out) = (geometry.taps, geometry.outChannels)
    let pixels = gradient.height * gradient.width
    let block = PatchesConvolution.blockSize(taps: taps, columns: out, pixels: pixels)
    let blocks = (pixels + block - 1) / block
    context.reserve(.first, block * taps)
    let packed = AlignedBuffer(uninitialized: taps * out, from: buffers)
    partialSums(
      of: taps * out, items: gradient.batch * blocks, into: packed.pointer, context: context
    ) { range, partial, worker in
      guard let patches = context.memory(.first, worker: worker) else { return }
      for item in range {
        let (image, first) = (item / blocks, item % blocks * block)
        let count = min(block, pixels - first)
        geometry.gather(
          first..<first + count, of: input, image, width: gradient.width, into: patches)
        BLAS.multiply(
          rows: taps, columns: out, inner: count,
          .init(patches, stride: taps, transposed: true),
          .init(gradient.image(image) + first * out, stride: out),
          beta: item == range.lowerBound ? 0 : 1, into: partial, stride: out)
      }
    }
    // [tap][in][out] -> [out][in][tap]
    context.overRows(positions, channels: geometry.inChannels * out) { range in
      rg_transpose_outer(
        packed.pointer, pass.weights.pointer, positions, geometry.inChannels, out, range.lowerBound,
        range.upperBound)
    }
  }

  /// 1×1: dW = dYᵀ · X.
  func productWeightGradient(_ pass: TrainingPass, _ context: ComputeContext) {
    let (input, gradient) = (pass.input, pass.output)
    let (channels, out) = (input.channels, gradient.channels)
    partialSums(
      of: channels * out, items: input.pixels, into: pass.weights.pointer, context: context
    ) { range, partial, _ in
      BLAS.multiply(
        rows: out, columns: channels, inner: range.count,
        .init(gradient.pointer + range.lowerBound * out, stride: out, transposed: true),
        .init(input.pointer + range.lowerBound * channels, stride: channels), into: partial,
        stride: channels)
    }
  }
}
