import Support

/// Photos read and decoded ahead of their use on threads of their own, each once, and what is made of
/// them there. Elements come in the order of the photos, whatever the threads.
public final class PhotoStream<Element: Sendable>: Sequence, IteratorProtocol, Sendable {
  /// What was made of a photo.
  public struct Outcome: Sendable {
    /// The one that was asked for at this position.
    public let photo: Photo
    /// What of its file is damaged; `nil` for a sound one.
    public let damage: String?
    /// The element, or why there is none; the error names the photo.
    public let result: Result<Element, UserError>
  }

  private let loader: PrefetchingLoader<Outcome>

  /// Starts decoding.
  ///
  /// - Parameters:
  ///   - photos: counted from 0.
  ///   - threads: how many photos are decoded at once.
  ///   - ahead: the bound on elements made but not yet handed out.
  ///   - make: makes the element of the photo at a position, on any of the threads.
  public init<Photos: RandomAccessCollection & Sendable>(
    _ photos: Photos, threads: Int, ahead: Int,
    make: @escaping @Sendable (Int, DecodedPhoto) throws -> Element
  ) where Photos.Element == Photo, Photos.Index == Int {
    loader = PrefetchingLoader(count: photos.count, threads: threads, ahead: ahead) { index in
      let photo = photos[index]
      do throws(UserError) {
        let decoded = try photo.decoded()
        let result = Result { () throws(UserError) in
          try photo.attempt { try make(index, decoded) }
        }
        return Outcome(photo: photo, damage: decoded.damage, result: result)
      } catch {
        return Outcome(photo: photo, damage: nil, result: .failure(error))
      }
    }
  }

  /// The next photo's outcome; waits for it. `nil` after the last one or after `cancel()`.
  public func next() -> Outcome? { loader.next() }

  /// Stops; returns when no thread is at work any more.
  public func cancel() { loader.cancel() }
}
