import Support
import Synchronization

/// Archives of photos and the archives in them, listed by several threads, in order.
struct ArchiveWalk {
  /// The given ones in their order, then those in them.
  let archives: [ListedArchive]

  /// The names of files that are neither photos nor of a sample.
  var leftOut: [String] { archives.flatMap(\.leftOut) }

  /// Listing waits for the disk or the network, not for the processor.
  private static let threads = 8

  /// - Parameters:
  ///   - wantsLabels: whether a WebDataset's labels are kept.
  ///   - progress: called now and then, on any thread, with the megabytes that have been passed and all of
  ///     them; a second time from the beginning for archives in archives.
  /// - Throws: As `ListedArchive`, for the first archive in order that is faulty.
  init(
    _ places: [ListedArchive.Place], wantsLabels: Bool = false,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws {
    func list(_ places: [ListedArchive.Place], nests: Bool) throws -> [ListedArchive] {
      let (total, passed) = (places.reduce(0) { $0 + $1.source.size }, Passed())
      return try Self.inOrder(places) { place in
        try ListedArchive(place, nests: nests, wantsLabels: wantsLabels) {
          progress(passed.add($0) >> 20, total >> 20)
        }
      }
    }
    let outer = try list(places, nests: true)
    archives = outer + (try list(outer.flatMap(\.archives), nests: false))
  }

  private static func inOrder(
    _ places: [ListedArchive.Place],
    list: @escaping @Sendable (ListedArchive.Place) throws -> ListedArchive
  ) throws -> [ListedArchive] {
    let loader = PrefetchingLoader<Result<ListedArchive, any Error>>(
      count: places.count, threads: threads, ahead: 2 * threads
    ) { index in Result { try list(places[index]) } }
    defer { loader.cancel() }
    return try loader.map { try $0.get() }
  }

  private final class Passed: Sendable {
    private let bytes = Atomic(0)

    func add(_ count: Int) -> Int { bytes.wrappingAdd(count, ordering: .relaxed).newValue }
  }

  /// A line for what is of note.
  var notes: [String] {
    let own = archives.flatMap { archive in
      archive.notes.map { "\(archive.source.path): \($0)" }
    }
    let hidden = archives.flatMap(\.hidden)
    return own.capped("notes on archives") + [PhotoNames.note(hidden: hidden)].compactMap { $0 }
  }
}
