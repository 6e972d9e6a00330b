import CKernels
import Tensors

extension Pooling {
  /// Max pooling of `[N, H, W, C]`, rows of the output shared among the threads.
  func forward<Element: ActivationElement>(
    _ input: Activations<Element>, into output: Activations<Element>, context: ComputeContext
  ) {
    let parts = max(1, min(output.height, 4 * context.pool.threads / max(output.batch, 1)))
    context.pool.run(output.batch * parts) { task, _ in
      let (image, part) = (task / parts, task % parts)
      rg_max_pool(
        input.image(image), input.height, input.width, input.pixelStride, output.image(image),
        output.width, output.pixelStride, output.channels, size, stride, padding,
        output.height * part / parts, output.height * (part + 1) / parts, Element.isNarrow)
    }
  }
}

/// Adaptive average pooling to the output's height and width: window i covers
/// floor(i · in / out) ..< ceil((i + 1) · in / out), as PyTorch's.
func averagePool<Input: ActivationElement, Output: ActivationElement>(
  _ input: Activations<Input>, into output: Activations<Output>, context: ComputeContext
) {
  context.reserve(.first, output.channels)
  context.pool.run(over: output.batch) { images, worker in
    guard let means = context.memory(.first, worker: worker) else { return }
    for image in images {
      for y in 0..<output.height {
        for x in 0..<output.width {
          rg_average(
            input.image(image), input.width, input.pixelStride,
            y * input.height / output.height,
            ((y + 1) * input.height + output.height - 1) / output.height,
            x * input.width / output.width,
            ((x + 1) * input.width + output.width - 1) / output.width,
            means, output.channels, Input.isNarrow)
          let pixel = output.image(image) + (y * output.width + x) * output.pixelStride
          Activations(pixel, batch: 1, height: 1, width: 1, channels: output.channels)
            .convert(
              from: Activations(means, batch: 1, height: 1, width: 1, channels: output.channels))
        }
      }
    }
  }
}
