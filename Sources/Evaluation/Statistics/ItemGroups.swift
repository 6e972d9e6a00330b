import Tracking

extension Sequence {
  /// The elements by the image that they are of, images in their order of appearance.
  func byItem(_ item: (Element) -> String) -> [(item: String, elements: [Element])] {
    var groups: [(item: String, elements: [Element])] = []
    var places: [String: Int] = [:]
    for element in self {
      let name = item(element)
      let place = places[name] ?? groups.count
      if place == groups.count {
        groups.append((name, []))
        places[name] = place
      }
      groups[place].elements.append(element)
    }
    return groups
  }
}

extension ClusteredProportion {
  /// Of draws, by image.
  ///
  /// - Parameter isRight: `nil` for draws that do not count.
  init<Draw>(
    _ draws: some Sequence<Draw>, item: (Draw) -> String, isRight: (Draw) -> Bool?
  ) {
    self.init(
      draws.byItem(item).map { item, draws in
        let known = draws.compactMap(isRight)
        return ItemTally(item: item, correct: known.count { $0 }, total: known.count)
      })
  }
}
