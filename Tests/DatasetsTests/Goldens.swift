import Datasets
import Foundation

/// Fixtures/goldens.json, as Scripts/goldens/datasets.py writes it.
struct Goldens: Decodable {
  struct Draw: Decodable {
    let seed: UInt64
    let draw: Int
    let parameters: DistortionParameters
    /// SHA-256 of the pixels.
    let distorted256: String
  }

  struct Photo: Decodable {
    let center256: String
    let center224: String
    /// As `center256`, of the photo turned upright.
    let upright256: String?
    let draws: [Draw]
  }

  let photos: [String: Photo]
  /// Bit patterns for each channel and value.
  let normalization_bits: [[Int32]]

  static func load() throws -> Goldens {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("goldens.json")))
    return try JSONDecoder().decode(Goldens.self, from: data)
  }
}
