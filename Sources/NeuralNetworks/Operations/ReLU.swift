import CKernels
import Tensors

extension Tape {
  /// max(x, 0), of any shape; the gradient at 0 is 0, as PyTorch's.
  public func relu(_ x: Variable) -> Variable {
    let value = uninitialized(x.shape)
    let (input, output) = (x.value.storage.pointer, value.storage.pointer)
    context.elementwise(value.count) { range in
      rg_relu(output + range.lowerBound, input + range.lowerBound, range.count)
    }
    let xs = x.slot
    return record(value, from: [x]) { upstream in
      xs?.accumulate(reluGradient(&upstream, output: value), on: self)
    }
  }

  /// The gradient before a ReLU, in place where possible.
  func reluGradient(_ upstream: inout Tensor, output: Tensor) -> Tensor {
    let dx = writable(&upstream)
    let (dy, y) = (upstream.storage, output.storage)
    context.elementwise(output.count) { range in
      let begin = range.lowerBound
      rg_relu_gradient(dx.pointer + begin, dy.pointer + begin, y.pointer + begin, range.count)
    }
    return Tensor(output.shape, storage: dx)
  }
}
