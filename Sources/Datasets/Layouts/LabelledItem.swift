import Support

/// One photo of a set with its class.
@dynamicMemberLookup
public struct LabelledItem: Sendable {
  /// Where its pixels come from.
  public let photo: Photo
  /// The right class, 0…999.
  public let label: Int
  /// What raw views show: photographs of the image, one for each of the set's settings, in their order.
  /// Empty where the photo itself is the photograph.
  public let photographs: [Photo]

  /// - Parameter label: 0…999.
  public init(_ photo: Photo, label: Int, photographs: [Photo] = []) {
    self.photo = photo
    self.label = label
    self.photographs = photographs
  }

  /// What tells the image apart beside its name: `Photo.content` and, where there are photographs, a tab
  /// and the SHA-256 over a line `name`, tab, `content` for each.
  public var content: String {
    guard !photographs.isEmpty else { return photo.content }
    let lines = photographs.map { "\($0.name)\t\($0.content)\n" }
    return "\(photo.content)\t\(FileDigest.sha256(Array(lines.joined().utf8)))"
  }

  /// What is known of the photo, e.g. its name.
  public subscript<Value>(dynamicMember key: KeyPath<Photo, Value>) -> Value {
    photo[keyPath: key]
  }
}
