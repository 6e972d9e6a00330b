import NeuralNetworks
import Tensors

extension ONNXConverter {
  /// matrix · (p, 1) for each pixel p.
  mutating func colorMatrix(_ x: Input, _ matrix: Input) -> String {
    let rows = reshape(matrix.name, [0, 3, 4])
    let pixels = reshape(x.name, [0, 3, -1])
    let product = graph.node("MatMul", [slice(rows, [2], [0..<3]), pixels])
    let sum = graph.node("Add", [product, slice(rows, [2], [3..<4])])
    return reshape(sum, [0, 3, x.shape.height, x.shape.width])
  }

  /// √(bins · share of the pixels) of each bin of R, G, B and chroma.
  mutating func colorHistogram(_ x: Input, bins: Int) -> String {
    let pixels = brightness(x)
    let chroma = graph.node("Sub", [extreme("ReduceMax", pixels), extreme("ReduceMin", pixels)])
    let four = graph.node("Concat", [pixels, chroma], ["axis": .integer(1)])
    let places = graph.node(
      "Clip",
      [
        graph.node("Mul", [four, graph.constant([Float(bins)], [])]), graph.constant([0], []),
        graph.constant([Float(bins - 1)], []),
      ])
    let indices = reshape(graph.node("Cast", [places], ["to": .integer(7)]), [0, 4, -1])
    let share = graph.constant([Float(bins) / Float(x.shape.pixels)], [])
    let shares = graph.node("Mul", [counts(indices, bins: bins), share])
    return reshape(graph.node("Sqrt", [shares]), [0, -1, 1, 1])
  }

  /// How often each of `bins` indices occurs: `[N, 4, pixels]` → `[N, 4, bins]`.
  private mutating func counts(_ indices: String, bins: Int) -> String {
    let ones = graph.node("Expand", [graph.constant([1], []), graph.node("Shape", [indices])])
    let batch = graph.node("Shape", [indices], ["start": .integer(0), "end": .integer(2)])
    let shape = graph.node("Concat", [batch, graph.constant([bins])], ["axis": .integer(0)])
    let zeros = graph.node("Expand", [graph.constant([0], []), shape])
    return graph.node(
      "ScatterElements", [zeros, indices, ones],
      ["axis": .integer(2), "reduction": .text("add")])
  }

  /// Normalised images as 0…1.
  private mutating func brightness(_ x: Input) -> String {
    let (deviation, mean) = (ImageNetStatistics.standardDeviation, ImageNetStatistics.mean)
    let scaled = graph.node("Mul", [x.name, graph.constant(deviation, [1, 3, 1, 1])])
    return graph.node("Add", [scaled, graph.constant(mean, [1, 3, 1, 1])])
  }

  private mutating func extreme(_ type: String, _ x: String) -> String {
    graph.node(type, [x, graph.constant([1])], ["keepdims": .integer(1)])
  }

  /// Bytes 0…255 as the networks want them: (v / 255 − mean) / deviation.
  mutating func normalized(_ bytes: String) -> String {
    let numbers = graph.node("Cast", [bytes], ["to": .integer(1)])
    let parts = graph.node("Div", [numbers, graph.constant([255], [])])
    let (deviation, mean) = (ImageNetStatistics.standardDeviation, ImageNetStatistics.mean)
    let centred = graph.node("Sub", [parts, graph.constant(mean, [1, 3, 1, 1])])
    return graph.node("Div", [centred, graph.constant(deviation, [1, 3, 1, 1])])
  }
}
