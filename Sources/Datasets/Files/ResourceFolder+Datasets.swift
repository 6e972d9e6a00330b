import Foundation
import Support

extension ResourceFolder {
  /// The files of this target: ImageNet's classes and labels, distortions, recipes of prints.
  package static let datasets = ResourceFolder(
    name: "realitygap_Datasets.resources",
    sources: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Resources"))
}
