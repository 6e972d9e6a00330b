import Datasets
import Foundation
import Tracking

/// What is wrong with the photos of a run, as threads come upon it, until it is stored with the run.
struct FaultLog {
  /// Of the photos that are trained on.
  let images: PhotoFaults
  /// Of the held-out photos.
  let validation: PhotoFaults

  private let group: any ProcessGroup

  init(isStrict: Bool, group: any ProcessGroup) {
    self.group = group
    images = PhotoFaults(isStrict: isStrict)
    validation = PhotoFaults(isStrict: isStrict)
  }

  /// What came since the last call, in all processes, which call this together.
  ///
  /// - Throws: `UserError` when one of them is lost.
  func takeAll() throws -> (leftOut: [LeftOutItem], notes: [DataNote]) {
    struct Found: Codable {
      let leftOut: [LeftOutItem]
      let notes: [DataNote]
    }
    let own = take()
    guard group.size > 1 else { return own }
    let found = try group.gather(
      [UInt8](JSONEncoder().encode(Found(leftOut: own.leftOut, notes: own.notes)))
    ).map { try JSONDecoder().decode(Found.self, from: Data($0)) }
    func once<Item: Hashable>(_ items: [Item]) -> [Item] {
      var seen = Set<Item>()
      return items.filter { seen.insert($0).inserted }
    }
    return (once(found.flatMap(\.leftOut)), once(found.flatMap(\.notes)))
  }

  /// What came since the last call, in this process.
  func take() -> (leftOut: [LeftOutItem], notes: [DataNote]) {
    var (leftOut, notes): ([LeftOutItem], [DataNote]) = ([], [])
    for (dataset, faults) in [("images", images), ("validation", validation)] {
      let new = faults.take()
      leftOut += new.leftOut.map {
        LeftOutItem(dataset: dataset, item: $0.name, reason: $0.reason)
      }
      notes += new.damaged.map {
        DataNote(dataset: dataset, item: $0.name, damage: $0.damage)
      }
    }
    return (leftOut, notes)
  }
}
