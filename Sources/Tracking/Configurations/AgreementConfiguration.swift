import Support

/// What decides the results of an agreement run.
public struct AgreementConfiguration: RunConfiguration, Equatable {
  /// A folder of photos.
  public struct Photos: Codable, Sendable, Equatable {
    /// As the command had it.
    public let path: String
    /// How many photos it has.
    public let count: Int
    /// SHA-256 over the names and sizes of the photos.
    public let fingerprint: String

    /// A folder with these facts.
    public init(path: String, count: Int, fingerprint: String) {
      (self.path, self.count, self.fingerprint) = (path, count, fingerprint)
    }
  }

  /// The photos that were measured.
  public let images: Photos
  /// The corrector G; stored as `null` where there is none.
  public let corrector: StoredFile?
  /// The classifier's weights.
  public let network: StoredFile
  /// See `Distortion.identity`.
  public let distortion: String
  /// Distortions sampled per photo.
  public let draws: Int
  /// In digits: an unsigned 64-bit number.
  public let seed: String
  /// Images per batch.
  public let batch: Int
  /// The convolution engine, e.g. `onednn`.
  public let engine: String
  /// `float32` or `bfloat16`.
  public let precision: String

  /// The configuration of these settings.
  public init(
    images: Photos, corrector: StoredFile?, network: StoredFile, distortion: String, draws: Int,
    seed: UInt64, batch: Int, engine: String, precision: String
  ) {
    (self.images, self.corrector, self.network) = (images, corrector, network)
    (self.distortion, self.draws, self.seed) = (distortion, draws, "\(seed)")
    (self.batch, self.engine, self.precision) = (batch, engine, precision)
  }

  /// With `null` where there is no corrector, which synthesised coding leaves out.
  public func json() throws -> String {
    guard case .object(let members) = try JSONValue(encoding: self) else {
      return try JSONValue.storedText(of: self)
    }
    return try JSONValue.object(members.merging(["corrector": .null]) { own, _ in own }).line()
  }
}
