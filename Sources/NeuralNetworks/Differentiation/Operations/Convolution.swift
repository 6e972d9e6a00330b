import CKernels
import Support
import Tensors

extension Tape {
  /// relu?(conv(x) + bias), as `torch.nn.functional.conv2d`: x `[N, H, W, in]`, weight
  /// `[out, in, kh, kw]`, bias `[out]`; result `[N, H', W', out]`.
  ///
  /// - Throws: `UserError` when the shapes do not fit or the back end fails.
  public func convolution(
    _ x: Variable, weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: Int = 0,
    relu: Bool = false
  ) throws -> Variable {
    let size = try extents(x, "a convolution")
    let w = weight.shape
    try require(
      w.count == 4 && w[1] == size.channels && (bias.map { $0.shape == [w[0]] } ?? true),
      "a convolution of \(size.channels) channels does not take weights \(w) with bias "
        + "\(bias?.shape ?? [])")
    let geometry = ConvolutionGeometry(
      inChannels: w[1], outChannels: w[0], kernelHeight: w[2], kernelWidth: w[3], stride: stride,
      padding: padding)
    let out = geometry.outputSize(height: size.height, width: size.width)
    try require(
      out.height > 0 && out.width > 0,
      "images of \(size.width)×\(size.height) are too small for a \(w[3])×\(w[2]) convolution")
    let target = Extents(
      batch: size.batch, height: out.height, width: out.width, channels: w[0])
    let storage = allocate(target.count)
    let input = x.value
    try withExtendedLifetime((input, storage)) {
      try backend.run(
        TrainingPass(
          .forward, geometry, input: size.view(input.storage), output: target.view(storage),
          weights: weight.value.storage, bias: bias?.value.storage, relu: relu), context: context)
    }
    let value = Tensor(target.shape, storage: storage)
    let (xs, ws, bs) = (x.slot, weight.slot, bias?.slot)
    let weights = weight.value
    // The gradient of the weights needs the input; that of the input needs the weights.
    let saved = ws == nil ? nil : input
    return record(value, from: [x, weight, bias], relu: relu) { [self] upstream in
      let gradient = upstream
      if let bs { bs.accumulate(columnSums(gradient, channels: w[0]), on: self) }
      if let ws, let saved {
        let sum = allocate(weights.count)
        try withExtendedLifetime((saved, gradient, sum)) {
          try backend.run(
            TrainingPass(
              .weightGradient, geometry, input: size.view(saved.storage),
              output: target.view(gradient.storage), weights: sum), context: context)
        }
        ws.accumulate(Tensor(w, storage: sum), on: self)
      }
      if let xs {
        let dx = allocate(size.count)
        try withExtendedLifetime((gradient, dx)) {
          try backend.run(
            TrainingPass(
              .inputGradient, geometry, input: size.view(dx),
              output: target.view(gradient.storage), weights: weights.storage), context: context)
        }
        xs.accumulate(Tensor(size.shape, storage: dx), on: self)
      }
    }
  }

  /// The sums of each channel over all rows: a bias's gradient.
  func columnSums(_ tensor: Tensor, channels: Int) -> Tensor {
    let storage = tensor.storage
    let sums = context.sums(over: tensor.count / max(channels, 1), width: channels) { rows, sums in
      rg_column_sums(
        storage.pointer + rows.lowerBound * channels, rows.count, channels, sums)
    }
    return vector(sums)
  }

  /// Sums as a tensor `[count]`.
  func vector(_ sums: [Double]) -> Tensor {
    let storage = allocate(sums.count)
    for (index, sum) in sums.enumerated() { storage.pointer[index] = Float(sum) }
    return Tensor([sums.count], storage: storage)
  }
}
