import Support

/// What an archive's names say of samples in WebDataset's layout: files of one key, the path up to the
/// first dot of the last part, e.g. `0001.jpg`, `0001.cls` and `0001.json`.
struct WebDatasetSamples {
  /// Files beside photos that belong to no sample.
  let leftOut: [TarArchive.Member]
  /// The members `KEY.cls`, by key.
  let labels: [Substring: TarArchive.Member]

  /// - Parameter others: members that are no photos.
  /// - Throws: `UserError` where photos have files of their key beside them and one key has two photos:
  ///   which of them is the sample's nobody knows.
  init(photos: [TarArchive.Member], others: [TarArchive.Member], in source: TarSource) throws {
    guard !others.isEmpty else {
      (leftOut, labels) = ([], [:])
      return
    }
    let keys = Dictionary(grouping: photos) { Self.key($0.name) }
    leftOut = others.filter { keys[Self.key($0.name)] == nil }
    let isTwin = leftOut.count < others.count ? keys.first { $0.value.count > 1 } : nil
    if let twins = isTwin?.value {
      let (a, b) = (twins[0].name, twins[1].name)
      throw UserError(
        "\(source.path): "
          + (a == b ? "\(a) is there twice" : "\(a) and \(b) are two photos of one sample"),
        remedy: "make the shard again, with one photo a key")
    }
    let found = others.filter { Self.ending($0.name) == "cls" }
    labels = Dictionary(
      found.map { (Self.key($0.name), $0) }, uniquingKeysWith: { _, last in last })
    guard labels.count == found.count else {
      throw UserError("\(source.path): two .cls of one sample", remedy: "make the shard again")
    }
  }

  /// Of a name, e.g. `a/0001` of `a/0001.seg.png`.
  static func key(_ name: String) -> Substring {
    let last = name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex
    return name[..<(name[last...].firstIndex(of: ".") ?? name.endIndex)]
  }

  private static func ending(_ name: String) -> Substring {
    name.dropFirst(key(name).count).dropFirst()
  }
}
