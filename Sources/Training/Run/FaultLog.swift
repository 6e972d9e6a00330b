import Datasets
import Tracking

/// What is wrong with the photos of a run, as threads come upon it, until it is stored with the run.
struct FaultLog {
  /// Of the photos that are trained on.
  let images: PhotoFaults
  /// Of the held-out photos.
  let validation: PhotoFaults

  init(isStrict: Bool) {
    images = PhotoFaults(isStrict: isStrict)
    validation = PhotoFaults(isStrict: isStrict)
  }

  /// What came since the last call.
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
