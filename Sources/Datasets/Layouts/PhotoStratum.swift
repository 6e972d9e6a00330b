/// What some of the settings have in common under which the images of a set were photographed.
public struct PhotoStratum: Sendable, Hashable {
  /// What was varied, e.g. `light`.
  public let factor: String
  /// Its value, e.g. `l1`.
  public let value: String

  /// What ImageNet-C's settings vary beside the severity.
  public static let corruption = "corruption"

  /// The strata that a setting belongs to, one for each factor of the layout.
  ///
  /// - Parameters:
  ///   - setting: one of `LabelledDataset.settings`.
  ///   - layout: the set's; one without settings has no strata.
  public static func all(ofSetting setting: String, layout: String) -> [PhotoStratum] {
    DatasetLayout.all.first { $0.name == layout }?.strata(setting) ?? []
  }
}
