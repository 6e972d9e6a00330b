import Support

/// One photo of a set with its class.
@dynamicMemberLookup
public struct LabelledItem: Sendable {
  /// Where its pixels come from.
  public let photo: Photo
  /// The right class, from 0; where several are right, the first that the set names.
  public let label: Int
  /// What else is right, ascending; empty in most sets.
  public let alsoRight: [Int]
  /// What raw views show: photographs of the image, one for each of the set's settings, in their order.
  /// Empty where the photo itself is the photograph.
  public let photographs: [Photo]

  /// - Parameters:
  ///   - label: from 0.
  ///   - alsoRight: what else is right, ascending.
  public init(_ photo: Photo, label: Int, alsoRight: [Int] = [], photographs: [Photo] = []) {
    self.photo = photo
    self.label = label
    self.alsoRight = alsoRight
    self.photographs = photographs
  }

  /// What tells the image apart beside its name: `Photo.content` and, where there are photographs, a tab
  /// and the SHA-256 over a line `name`, tab, `content` for each.
  public var content: String {
    guard !photographs.isEmpty else { return photo.content }
    let lines = photographs.map { "\($0.name)\t\($0.content)\n" }
    return "\(photo.content)\t\(FileDigest.sha256(Array(lines.joined().utf8)))"
  }

  /// The same with so many pixels cut off at each side of its photos.
  ///
  /// - Throws: `UserError` for a photo that is cropped otherwise.
  func without(border: Int) throws -> LabelledItem {
    LabelledItem(
      try photo.without(border: border), label: label, alsoRight: alsoRight,
      photographs: try photographs.map { try $0.without(border: border) })
  }

  /// As a set's fingerprint has it: `65`, or `65,70` where several are right.
  var labelText: String { ([label] + alsoRight).map(String.init).joined(separator: ",") }

  /// What is known of the photo, e.g. its name.
  public subscript<Value>(dynamicMember key: KeyPath<Photo, Value>) -> Value {
    photo[keyPath: key]
  }
}
