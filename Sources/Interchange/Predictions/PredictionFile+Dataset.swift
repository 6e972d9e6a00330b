import Support
import Tracking

extension PredictionFile {
  /// The most names in a message.
  private static let named = 3

  /// How many of the dataset's images the file names.
  func overlap(with dataset: DatasetRecord) -> Int {
    Set(rows.map(\.item)).intersection(dataset.items.map(\.name)).count
  }

  /// The predictions in the dataset's order: of each image one for each draw. Draws of a file of one
  /// draw need not be numbered.
  ///
  /// - Throws: `UserError` naming file and line for an image that the dataset does not have, a label
  ///   that is not the dataset's, a rank or probability that contradicts the classes, and a draw that
  ///   is there twice or beyond the last; naming the images of which something is missing; when the
  ///   dataset is of other classes.
  public func predictions(of dataset: DatasetRecord, draws: Int) throws -> [[Prediction]] {
    guard dataset.classList?.ids == (classes.isImageNet ? nil : classes.ids) else {
      throw UserError(
        "\(path): \(dataset.name) is not labelled by the classes of \(classes.title)",
        remedy: "give the list of its classes with --classes")
    }
    let positions = Dictionary(
      zip(dataset.items.map(\.name), dataset.items.indices), uniquingKeysWith: { first, _ in first }
    )
    var found = [Prediction?](repeating: nil, count: dataset.items.count * draws)
    var lines = [Int](repeating: 0, count: found.count)
    for row in rows {
      func error(_ problem: String, remedy: String? = nil) -> UserError {
        UserError("\(path), line \(row.line): \(problem)", remedy: remedy)
      }
      guard let position = positions[row.item] else {
        throw error("dataset \(dataset.name) has no image \(row.item)")
      }
      guard row.draw < draws else {
        throw error("draw \(row.draw) of \(draws), which count from 0", remedy: "see --draws")
      }
      let address = position * draws + row.draw
      guard found[address] == nil else {
        throw error("\(row.item), draw \(row.draw) is already on line \(lines[address])")
      }
      found[address] = try prediction(row, of: dataset.items[position], error)
      lines[address] = row.line
    }
    let missing = found.indices.filter { found[$0] == nil }
    guard missing.isEmpty else {
      let names = missing.prefix(Self.named).map { address in
        let (item, draw) = address.quotientAndRemainder(dividingBy: draws)
        return dataset.items[item].name + (draws > 1 ? " (draw \(draw))" : "")
      }
      let rest = missing.count - names.count
      throw UserError(
        "\(path): lacks \(names.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : "")
          + " of the dataset \(dataset.name)",
        remedy: "a cell is imported completely or not at all")
    }
    let all = found.compactMap { $0 }
    return stride(from: 0, to: all.count, by: draws).map { Array(all[$0..<$0 + draws]) }
  }

  private func prediction(
    _ row: Row, of item: DatasetRecord.Item, _ error: (String, String?) -> UserError
  ) throws -> Prediction {
    let label = item.label
    if let own = row.label, !item.isRight(own) {
      throw error("\(row.item) has the label \(own) here and \(label) in the dataset", nil)
    }
    let isRight = item.isRight(row.predicted)
    if let rank = row.labelRank, (rank == 0) != isRight {
      throw error(
        "label_rank \(rank), but the predicted class \(row.predicted) is "
          + (isRight ? "the label" : "not the label \(label)"), nil)
    }
    if isRight, let most = row.probability, let own = row.labelProbability,
      abs(most - own) > Self.rounding
    {
      throw error(
        "probability \(most) and label_probability \(own) of the same class \(label)", nil)
    }
    let unknown = Prediction.unknownProbability
    let most = row.probability ?? (isRight ? row.labelProbability : nil)
    let own = row.labelProbability ?? (isRight ? row.probability : nil)
    return Prediction(
      predicted: row.predicted,
      labelRank: row.labelRank ?? (isRight ? 0 : Prediction.unknownRank),
      probability: most ?? unknown,
      // What is above the highest is so by rounding.
      labelProbability: own.map { min($0, most ?? $0) } ?? unknown)
  }
}
