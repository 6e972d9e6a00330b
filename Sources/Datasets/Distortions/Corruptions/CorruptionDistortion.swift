import Support
import Tensors

/// ImageNet-C's corruptions: which ones a draw may have, and which severities.
struct CorruptionDistortion: DistortionKind {
  private let corruptions: [Corruption]
  private let severities: [Int]

  static let name = "corruption"
  private static let corruptionKey = Setting<[Corruption]>.choiceOrSome(
    "corruption", "corruption", default: Corruption.allCases,
    "What an image may be corrupted by; of several, a draw takes one.")
  private static let severityKey = Setting<[Int]>.integerOrSome(
    "severity", Corruption.severities, default: Array(Corruption.severities),
    "How severe, from 1 to 5; of several, a draw takes one.")
  static let settings = [corruptionKey.declaration, severityKey.declaration]
  static let jsonKey: String? = "corruption"

  init(yaml values: SettingsReader, identity: String) throws {
    corruptions = try values(Self.corruptionKey)
    severities = try values(Self.severityKey)
  }

  /// `fog` with its five severities, `fog-3` with one.
  init?(preset name: String) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, let corruption = Corruption(rawValue: String(first)) else {
      return nil
    }
    let severities = Corruption.severities.filter { parts.count == 1 || parts[1] == "\($0)" }
    guard parts.count <= 2, !severities.isEmpty else { return nil }
    (corruptions, self.severities) = ([corruption], severities)
  }

  static var presets: [String] {
    Corruption.allCases.flatMap { corruption in
      [corruption.rawValue] + Corruption.severities.map { "\(corruption.rawValue)-\($0)" }
    }
  }
  static let presetsInWords: String? =
    "a corruption (fog), or one with its severity, 1 to 5 (fog-3)"

  var written: [(key: String, value: String)] {
    func list(_ values: [String]) -> String { "[\(values.joined(separator: ", "))]" }
    return [
      ("corruption", list(corruptions.map(\.rawValue))),
      ("severity", list(severities.map(String.init))),
    ]
  }

  /// The corruption, then its severity come from a stream with purpose `corruption`, what all its random
  /// numbers follow from, 53 bits, from one with purpose `corruption noise`: so whatever else a draw could
  /// have been, a corruption has the same numbers at an address.
  func draw(seed: UInt64, item: String, draw: Int) -> CorruptionParameters {
    var choice = RandomStream(seed: seed, purpose: "corruption", item: item, draw: draw)
    var noise = RandomStream(seed: seed, purpose: "corruption noise", item: item, draw: draw)
    let corruption = corruptions[choice.integer(below: corruptions.count)]
    let severity = severities[choice.integer(below: severities.count)]
    return CorruptionParameters(corruption, severity: severity, noise: noise.next() >> 11)
  }
}
