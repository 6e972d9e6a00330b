import Foundation
import Support

/// A kind of distortion: the ranges that distortions are drawn from.
///
/// A new one is a file with its ranges, another with one draw of them (`DrawnDistortion`), and a line
/// in `DistortionKinds.all`.
protocol DistortionKind: Sendable {
  associatedtype Drawn: DrawnDistortion

  /// As the key `kind` names it in YAML.
  static var name: String { get }
  /// Its keys in YAML, without those of every kind: `version`, `description` and `kind`.
  static var settings: [SettingDeclaration] { get }
  /// A key that the JSON form of every draw has, and of no other kind; `nil` for `standard`.
  static var jsonKey: String? { get }

  /// The names that mean one of this kind without a file; none of most kinds.
  static var presets: [String] { get }
  /// What these names are, for people; `nil` for none.
  static var presetsInWords: String? { get }
  /// What one of `presets` means.
  init?(preset name: String)

  /// - Parameters:
  ///   - values: by the keys of `settings`.
  ///   - identity: the distortion's.
  /// - Throws: `UserError` naming file and line for a value that makes no sense.
  init(yaml values: SettingsReader, identity: String) throws

  /// Every range as YAML, in the order of a file: read again, they are the same.
  var written: [(key: String, value: String)] { get }

  /// The distortion at an address, which depends on nothing else.
  ///
  /// - Parameters:
  ///   - item: the image's name within its set.
  ///   - draw: which repetition, from 0.
  func draw(seed: UInt64, item: String, draw: Int) -> Drawn
}

extension DistortionKind {
  static var presets: [String] { [] }
  static var presetsInWords: String? { nil }
  init?(preset name: String) { return nil }

  static func drawn(json: Data, name: String) throws -> any DrawnDistortion {
    try Drawn(json: json, name: name)
  }
}

/// The kinds that there are.
enum DistortionKinds {
  /// By their names.
  static let all: [any DistortionKind.Type] = [
    DistortionRanges.self, PrintDistortion.self, CorruptionDistortion.self,
  ]

  /// The distortion that a name without a file means.
  static func preset(_ name: String) -> (any DistortionKind)? {
    all.lazy.compactMap { $0.init(preset: name) }.first
  }

  /// What names without a file there are, for people.
  static let presetsInWords = all.compactMap { $0.presetsInWords }

  /// What is meant where YAML names no kind and JSON has no key of another.
  static let standard: any DistortionKind.Type = DistortionRanges.self
}

extension ClosedRange<Double> {
  /// Numbers as short as they are when they read back as the same.
  var yaml: String { "[\(lowerBound), \(upperBound)]" }
}
