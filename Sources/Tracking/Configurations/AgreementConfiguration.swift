/// What decides the results of an agreement run.
public struct AgreementConfiguration: RunConfiguration, Equatable {
  /// A folder of photos.
  public struct Photos: Codable, Sendable, Equatable {
    public let path: String
    public let count: Int
    public let fingerprint: String

    public init(path: String, count: Int, fingerprint: String) {
      (self.path, self.count, self.fingerprint) = (path, count, fingerprint)
    }
  }

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
  public let engine: String
  public let precision: String

  public init(
    images: Photos, corrector: StoredFile?, network: StoredFile, distortion: String, draws: Int,
    seed: UInt64, batch: Int, engine: String, precision: String
  ) {
    (self.images, self.corrector, self.network) = (images, corrector, network)
    (self.distortion, self.draws, self.seed) = (distortion, draws, "\(seed)")
    (self.batch, self.engine, self.precision) = (batch, engine, precision)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(images, forKey: .images)
    try values.encode(corrector, forKey: .corrector)
    try values.encode(network, forKey: .network)
    try values.encode(distortion, forKey: .distortion)
    try values.encode(draws, forKey: .draws)
    try values.encode(seed, forKey: .seed)
    try values.encode(batch, forKey: .batch)
    try values.encode(engine, forKey: .engine)
    try values.encode(precision, forKey: .precision)
  }

  private enum CodingKeys: String, CodingKey {
    case images, corrector, network, distortion, draws, seed, batch, engine, precision
  }
}
