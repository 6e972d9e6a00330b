import Support

/// What the classifier sees, as a column of a table.
public enum Condition: String, Codable, Sendable, CaseIterable {
  /// y: the photo, 256, centre 224.
  case canonical
  /// The centre of x: the distorted photo.
  case distorted
  /// ŷ: what the corrector makes of x, or of a raw printed photo.
  case corrected
  /// A printed photo as it is: 256, centre 224.
  case raw
}

extension Condition {
  /// The pixels behind it.
  ///
  /// - Parameter source: those that the corrector of a corrected cell was given.
  func view(correcting source: ImageView) -> ImageView {
    switch self {
    case .canonical: .canonical
    case .distorted: .distorted
    case .raw: .raw
    case .corrected: source
    }
  }
}
