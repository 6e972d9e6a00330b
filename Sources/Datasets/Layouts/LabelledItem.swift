/// One photo of a set with its class.
@dynamicMemberLookup
public struct LabelledItem: Sendable {
  /// Where its pixels come from.
  public let photo: Photo
  /// The right class, 0…999.
  public let label: Int

  /// - Parameter label: 0…999.
  public init(_ photo: Photo, label: Int) {
    self.photo = photo
    self.label = label
  }

  /// What is known of the photo, e.g. its name.
  public subscript<Value>(dynamicMember key: KeyPath<Photo, Value>) -> Value {
    photo[keyPath: key]
  }
}
