import CKernels
import Tensors

extension Tape {
  /// max(x, 0), of any shape; the gradient at 0 is 0, as PyTorch's.
  public func relu(_ x: Variable) -> Variable { leakyReLU(x, slope: 0) }

  /// x where it is positive, else slope · x (`torch.nn.functional.leaky_relu`). A negative slope
  /// counts as 0.
  public func leakyReLU(_ x: Variable, slope: Float) -> Variable {
    let slope = max(slope, 0)
    let out = allocate(x.value.count)
    let input = x.value.storage
    context.elementwise(x.value.count) { range in
      rg_leaky_relu(
        out.pointer + range.lowerBound, input.pointer + range.lowerBound, slope, range.count)
    }
    let value = Tensor(x.shape, storage: out)
    let xs = x.slot
    return record(value, from: [x]) { [self] upstream in
      xs?.accumulate(reluGradient(&upstream, output: value, slope: slope), on: self)
    }
  }

  /// The gradient before a (leaky) ReLU, in place where possible.
  func reluGradient(_ upstream: inout Tensor, output: Tensor, slope: Float) -> Tensor {
    let dx = writable(&upstream)
    let (dy, y) = (upstream.storage, output.storage)
    context.elementwise(output.count) { range in
      let begin = range.lowerBound
      rg_leaky_relu_gradient(
        dx.pointer + begin, dy.pointer + begin, y.pointer + begin, slope, range.count)
    }
    return Tensor(output.shape, storage: dx)
  }
}
