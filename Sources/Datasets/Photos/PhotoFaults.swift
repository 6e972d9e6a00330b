import Support
import Synchronization

/// A photo that could not be used, and why.
public struct LeftOutPhoto: Sendable, Hashable {
  /// Its name within its set.
  public let name: String
  /// One line, without the photo's name.
  public let reason: String

  /// - Parameter reason: one line, without the photo's name.
  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }

  /// - Parameter error: whose beginning, the photo's place, is not repeated in the reason.
  public init(_ photo: Photo, _ error: UserError) {
    let (prefix, line) = (photo.place + ": ", "\(error)")
    self.init(
      name: photo.name,
      reason: line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : line)
  }
}

/// A photo that was decoded although its file is damaged, as Pillow does.
public struct DamagedPhoto: Sendable, Hashable {
  /// Its name within its set.
  public let name: String
  /// What is damaged, in libjpeg's words.
  public let damage: String

  /// - Parameter damage: in libjpeg's words.
  public init(name: String, damage: String) {
    self.name = name
    self.damage = damage
  }
}

/// The one rule for photos with faults, wherever photos are read: one that cannot be used is left out,
/// one that is damaged is used as far as Pillow uses it, and both are named and counted once. With
/// `--strict` either is an error.
///
/// Safe to share between threads.
public final class PhotoFaults: Sendable {
  private struct State {
    var leftOut: [LeftOutPhoto] = []
    var damaged: [DamagedPhoto] = []
    var known: Set<String> = []
    var knownDamaged: Set<String> = []
    /// How many of each `take()` has handed out.
    var taken = (leftOut: 0, damaged: 0)
  }

  private let isStrict: Bool
  private let report: @Sendable (LeftOutPhoto) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - isStrict: whether a fault is an error.
  ///   - leftOut: called once for each photo that cannot be used, on the thread that found it.
  public init(
    isStrict: Bool = false, leftOut: @escaping @Sendable (LeftOutPhoto) -> Void = { _ in }
  ) {
    self.isStrict = isStrict
    report = leftOut
  }

  /// The photos that could not be used, as they came.
  public var leftOut: [LeftOutPhoto] { state.withLock { $0.leftOut } }
  /// The photos that are damaged, as they came.
  public var damaged: [DamagedPhoto] { state.withLock { $0.damaged } }

  /// The photos of either kind that came since the last call.
  public func take() -> (leftOut: [LeftOutPhoto], damaged: [DamagedPhoto]) {
    state.withLock { state in
      defer { state.taken = (state.leftOut.count, state.damaged.count) }
      return (
        Array(state.leftOut[state.taken.leftOut...]), Array(state.damaged[state.taken.damaged...])
      )
    }
  }

  /// What a stream made of a photo; `nil` when the photo is left out.
  ///
  /// - Throws: with `--strict`, the photo's fault.
  public func use<Element>(
    _ outcome: PhotoStream<Element>.Outcome
  ) throws(UserError) -> Element? {
    switch outcome.result {
    case .success(let element):
      try accept(outcome.damage, name: outcome.photo.name, place: outcome.photo.place)
      return element
    case .failure(let error):
      try leaveOut(LeftOutPhoto(outcome.photo, error), error)
      return nil
    }
  }

  /// Leaves a photo out.
  ///
  /// - Throws: with `--strict`, the error.
  public func leaveOut(_ photo: LeftOutPhoto, _ error: UserError) throws(UserError) {
    if isStrict { throw error.strict }
    let isNew = state.withLock { state in
      guard state.known.insert(photo.name).inserted else { return false }
      state.leftOut.append(photo)
      return true
    }
    if isNew { report(photo) }
  }

  /// Takes note of what is damaged of a photo, if anything is.
  ///
  /// - Parameter place: the photo's, for the error.
  /// - Throws: with `--strict`, an error that says so.
  public func accept(_ damage: String?, name: String, place: String) throws(UserError) {
    guard let damage else { return }
    if isStrict {
      throw UserError("\(place): damaged (\(damage))", remedy: "copy the file again").strict
    }
    state.withLock { state in
      guard state.knownDamaged.insert(name).inserted else { return }
      state.damaged.append(DamagedPhoto(name: name, damage: damage))
    }
  }
}

extension UserError {
  /// The error with which `--strict` ends at a photo that cannot be used.
  public var strict: UserError {
    UserError(problem, remedy: "\(remedy ?? "fix it"), or drop --strict")
  }

  /// None of a set's photos can be used.
  public static func unusable(_ count: Int, of place: String) -> UserError {
    UserError(
      count == 1
        ? "\(place): its only photo cannot be used"
        : "\(place): none of its \(count) photos can be used",
      remedy: "see above what is wrong with them")
  }
}
