extension Store {
  /// The settings under which the images of a dataset were photographed, in the order in which raw draws
  /// count the photographs, as a run found them that evaluated it; empty where there is one raw view of
  /// each image.
  public func settings(ofDataset fingerprint: String) throws -> [String] {
    for configuration in try runs().compactMap(\.evaluation) {
      for (name, known) in configuration.datasets where known == fingerprint {
        if let settings = configuration.facts?[name]?.settings { return settings }
      }
    }
    return []
  }
}
