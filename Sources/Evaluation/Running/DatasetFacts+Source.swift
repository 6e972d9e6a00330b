import Tracking

extension DatasetFacts {
  /// - Parameter hasPrints: whether the experiment takes its raw photos for photographs of prints.
  init(_ source: any PreparedSource, limit: Int?, hasPrints: Bool) {
    self.init(
      layout: source.kind, images: source.items.count, available: source.available, limit: limit,
      printed: hasPrints || source.isSimulated, simulated: source.isSimulated)
  }
}
