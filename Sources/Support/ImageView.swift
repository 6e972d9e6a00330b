/// The pixels that go into a network, as evaluations record them.
public enum ImageView: String, Codable, Sendable, CaseIterable {
  /// 224×224: shorter side to 256, centre 224.
  case canonical
  /// 256×256: centre 256, distorted.
  case distorted
  /// 256×256: centre 256 of a printed photo.
  case raw
}
