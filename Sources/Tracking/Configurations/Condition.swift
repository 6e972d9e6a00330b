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

/// The pixels that go in.
public enum ImageView: String, Codable, Sendable, CaseIterable {
  /// 224×224: shorter side to 256, centre 224.
  case canonical
  /// 256×256: centre 256, distorted.
  case distorted
  /// 256×256: centre 256 of a printed photo.
  case raw

  /// Height and width in pixels.
  public var side: Int { self == .canonical ? 224 : 256 }
}
