/// A corrector as the cells and rows of an experiment know it.
public struct CorrectorIdentity: Sendable, Hashable, Codable {
  /// What the tables call it; `nil` where there is only one and it needs no name.
  public let name: String?
  /// SHA-256 of its file.
  public let digest: String

  /// A corrector with its digest.
  public init(name: String? = nil, digest: String) {
    self.name = name
    self.digest = digest
  }
}
