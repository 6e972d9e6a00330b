import NeuralNetworks

extension ONNXConverter {
  mutating func maxPool(_ x: Input, _ pooling: Pooling) -> String {
    let padding = pooling.padding
    return graph.node(
      "MaxPool", [x.name],
      [
        "kernel_shape": .integers([pooling.size, pooling.size]),
        "strides": .integers([pooling.stride, pooling.stride]),
        "pads": .integers([padding, padding, padding, padding]),
        "ceil_mode": .integer(pooling.ceilMode ? 1 : 0),
      ])
  }

  /// A pooling where windows are tiles, else a product with the matrices that average.
  mutating func averagePool(_ x: Input, _ rows: [Range<Int>], _ columns: [Range<Int>]) -> String {
    if let height = tileLength(rows), let width = tileLength(columns) {
      return graph.node(
        "AveragePool", [x.name],
        ["kernel_shape": .integers([height, width]), "strides": .integers([height, width])])
    }
    let across = averaging(columns, of: x.shape.width)
    let right = graph.constant(
      (0..<x.shape.width).flatMap { place in across.map { $0[place] } },
      [x.shape.width, columns.count])
    let left = graph.constant(
      averaging(rows, of: x.shape.height).flatMap(\.self), [rows.count, x.shape.height])
    return graph.node("MatMul", [left, graph.node("MatMul", [x.name, right])])
  }

  /// The length of windows that lie side by side from 0 on, or `nil`.
  private func tileLength(_ windows: [Range<Int>]) -> Int? {
    let length = windows.first?.count ?? 0
    let areTiles = windows.enumerated().allSatisfy { index, window in
      window == index * length..<(index + 1) * length
    }
    return areTiles ? length : nil
  }

  /// For each window the share of each place.
  private func averaging(_ windows: [Range<Int>], of length: Int) -> [[Float]] {
    windows.map { window in
      (0..<length).map { window.contains($0) ? 1 / Float(window.count) : 0 }
    }
  }

  /// √(Σ (x − mean)² / (pixels − 1)) of each channel.
  mutating func channelDeviation(_ x: Input) -> String {
    let difference = graph.node("Sub", [x.name, mean(x.name)])
    let squares = mean(graph.node("Mul", [difference, difference]))
    let pixels = Float(x.shape.pixels)
    let unbiased = graph.node("Mul", [squares, graph.constant([pixels / (pixels - 1)], [])])
    return graph.node("Sqrt", [unbiased])
  }

  private mutating func mean(_ x: String) -> String {
    graph.node("ReduceMean", [x, graph.constant([2, 3])], ["keepdims": .integer(1)])
  }

  /// Blocks of pixels as channels: (c · factor + row) · factor + column.
  mutating func pixelUnshuffle(_ x: Input, by factor: Int) -> String {
    let (height, width) = (x.shape.height / factor, x.shape.width / factor)
    let blocks = reshape(x.name, [0, x.shape.channels, height, factor, width, factor])
    let sorted = graph.node("Transpose", [blocks], ["perm": .integers([0, 1, 3, 5, 2, 4])])
    return reshape(sorted, [0, x.shape.channels * factor * factor, height, width])
  }
}
