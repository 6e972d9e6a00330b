import NeuralNetworks

extension ONNXConverter {
  /// `affine_grid` and `grid_sample`, zeros outside; ONNX's cubic has a = −0.75, as ours.
  mutating func sample(_ x: Input, theta: Input, _ sampling: Sampling) -> String {
    let grid =
      theta.shape.count == 6 ? affineGrid(x, theta) : projectiveGrid(x, theta)
    let mode =
      switch sampling {
      case .nearest: "nearest"
      case .bilinear: "linear"
      case .bicubic: "cubic"
      }
    return graph.node(
      "GridSample", [x.name, grid],
      ["mode": .text(mode), "padding_mode": .text("zeros"), "align_corners": .integer(0)])
  }

  private mutating func affineGrid(_ x: Input, _ theta: Input) -> String {
    let size = graph.node("Shape", [x.name])
    return graph.node(
      "AffineGrid", [reshape(theta.name, [0, 2, 3]), size], ["align_corners": .integer(0)])
  }

  /// What lies at infinity or behind the camera (a denominator of 0 or less) is outside, as is what lies
  /// further than any image reaches.
  private mutating func projectiveGrid(_ x: Input, _ theta: Input) -> String {
    let (height, width) = (x.shape.height, x.shape.width)
    let (u, v) = places(height: height, width: width)
    let plane = graph.constant(u + v + u.map { _ in 1 }, [3, u.count])
    let slopes = graph.constant(u + v, [2, u.count])
    let numbers = reshape(theta.name, [0, 8])
    let upper = reshape(slice(numbers, [1], [0..<6]), [0, 2, 3])
    let lower = reshape(slice(numbers, [1], [6..<8]), [0, 1, 2])
    let depth = graph.node(
      "Add", [graph.node("MatMul", [lower, slopes]), graph.constant([1], [])])
    let seen = graph.node("Div", [graph.node("MatMul", [upper, plane]), depth])
    let far: Float = 1000
    let near = graph.node(
      "Clip", [seen, graph.constant([-far], []), graph.constant([far], [])])
    let isSeen = graph.node("Greater", [depth, graph.constant([0], [])])
    let grid = graph.node("Where", [isSeen, near, graph.constant([-far], [])])
    let last = graph.node("Transpose", [grid], ["perm": .integers([0, 2, 1])])
    return reshape(last, [0, height, width, 2])
  }

  /// The coordinates of each pixel's middle, −1…1, row by row.
  private func places(height: Int, width: Int) -> (u: [Float], v: [Float]) {
    func middle(_ index: Int, _ length: Int) -> Float {
      Float(2 * index + 1) / Float(length) - 1
    }
    return (
      (0..<height * width).map { middle($0 % width, width) },
      (0..<height * width).map { middle($0 / width, height) }
    )
  }
}
