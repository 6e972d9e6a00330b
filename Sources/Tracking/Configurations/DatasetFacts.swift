/// What kind of set a dataset was when a run opened it, for titles and descriptions that say what was
/// measured. What was left out of it are the run's `DataNote`s and its cells' failed items.
public struct DatasetFacts: Codable, Sendable, Equatable {
  /// The layout, e.g. `class-folders`.
  public let layout: String
  /// Images that were evaluated, those that failed included.
  public let images: Int
  /// Images that the set had without a limit.
  public let available: Int
  /// The requested limit on images, or `nil`.
  public let limit: Int?
  /// Whether its images are photographs of prints, real or simulated ones.
  public let printed: Bool
  /// Whether its images were computed to look like photographs of prints.
  public let simulated: Bool
  /// The settings under which every image was photographed, in the order in which raw draws count the
  /// photographs; `nil` where there is one raw view of each image.
  public let settings: [String]?

  /// The facts of a set when it was opened.
  public init(
    layout: String, images: Int, available: Int, limit: Int?, printed: Bool, simulated: Bool,
    settings: [String]? = nil
  ) {
    (self.layout, self.images, self.available) = (layout, images, available)
    (self.limit, self.printed, self.simulated) = (limit, printed, simulated)
    self.settings = settings
  }
}
