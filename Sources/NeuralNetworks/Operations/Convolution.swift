import CKernels
import Support
import Tensors

extension Tape {
  /// relu?(conv(x) + bias), as `torch.nn.functional.conv2d`: x `[N, H, W, in]`, weight
  /// `[out, in / groups, kh, kw]`, bias `[out]`; result `[N, H', W', out]`.
  ///
  /// - Throws: `UserError` when the shapes do not fit or the back end fails.
  public func convolution(
    _ x: Variable, weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: Int = 0,
    groups: Int = 1, relu: Bool = false
  ) throws -> Variable {
    let weight = try groups == 1 ? weight : dense(weight, groups)
    let (input, size, w) = (x.value, x.value.activations, weight.shape)
    try require(
      w.count == 4 && (bias.map { $0.shape == [w[0]] } ?? true),
      "a convolution does not take weights \(w) with bias \(bias?.shape ?? [])")
    let geometry = ConvolutionGeometry(filters: w, stride: stride, padding: padding)
    let out = try geometry.output(of: size.features)
    func run(
      _ kind: TrainingPass.Kind, _ input: Tensor, _ output: Tensor, weights: Tensor,
      bias: Tensor? = nil, relu: Bool = false
    ) throws {
      try withExtendedLifetime((input, output, weights, bias)) {
        try backend.run(
          TrainingPass(
            kind, geometry, input: input.activations, output: output.activations,
            weights: weights.storage, bias: bias?.storage, relu: relu), context: context)
      }
    }
    let value = uninitialized([size.batch] + out.extents)
    let weights = weight.value
    try run(.forward, input, value, weights: weights, bias: bias?.value, relu: relu)
    let (xs, ws, bs, shape) = (x.slot, weight.slot, bias?.slot, x.shape)
    // The gradient of the weights needs the input; that of the input needs the weights.
    let saved = ws == nil ? nil : input
    return record(value, from: [x, weight, bias], relu: relu) { upstream in
      bs?.accumulate(columnSums(upstream, channels: w[0]), on: self)
      if let saved {
        try add(to: ws, w) { try run(.weightGradient, saved, upstream, weights: $0) }
      }
      try add(to: xs, shape) { try run(.inputGradient, $0, upstream, weights: weights) }
    }
  }

  /// Filters in groups as one group: no network that learns has such.
  private func dense(_ weight: Variable, _ groups: Int) throws -> Variable {
    let shape = weight.shape
    try require(
      shape.count == 4 && shape[0] % groups == 0, "\(groups) groups do not take weights \(shape)")
    let slot = weight.slot
    return record(GroupedFilters.dense(weight.value, groups: groups), from: [weight]) { upstream in
      slot?.accumulate(GroupedFilters.groups(of: upstream, groups), on: self)
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
