import Datasets
import Synchronization
import Tracking

/// Photos that could not be used, as threads come upon them, until they are stored with the run.
final class LeftOutLog: Sendable {
  private let waiting = Mutex<[LeftOutItem]>([])

  /// What collects those of a dataset.
  func collect(_ dataset: String) -> @Sendable (LeftOutPhoto) -> Void {
    { [self] photo in
      waiting.withLock {
        $0.append(LeftOutItem(dataset: dataset, item: photo.name, reason: photo.reason))
      }
    }
  }

  /// Those that came since the last call.
  func take() -> [LeftOutItem] {
    waiting.withLock { items in
      defer { items = [] }
      return items
    }
  }
}
