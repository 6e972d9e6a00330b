import Support

/// A way in which labelled images can be laid out on disk. A new one is a new file that makes a value of
/// this type, and a line in `all`.
struct DatasetLayout: Sendable {
  /// What a layout found at a path.
  struct Contents {
    var items: [LabelledItem]
    /// See `LabelledDataset.settings`.
    var settings: [String] = []
    /// See `LabelledDataset.classes`.
    var classes: [Int]?
    /// See `LabelledDataset.hasCanonical`.
    var hasCanonical = true
    /// Notes for the user that are not errors, e.g. files that were left out.
    var notes: [String] = []
  }

  /// A short name, e.g. `class-folders`.
  let name: String
  /// What it looks like, for the error that lists the supported layouts.
  let summary: String
  /// Whether it is one of ImageNet's own, which says classes of ImageNet-1k only.
  let isImageNet: Bool
  /// Reads a path (a file or a folder that exists), whose labels are of these classes, or returns `nil` when
  /// it has another layout.
  let read: @Sendable (FolderListing.Entry, ClassList) throws -> Contents?
  /// What a setting under which images were photographed belongs to; none in most layouts.
  let strata: @Sendable (_ setting: String) -> [PhotoStratum]

  init(
    name: String, summary: String, isImageNet: Bool = false,
    strata: @escaping @Sendable (String) -> [PhotoStratum] = { _ in [] },
    read: @escaping @Sendable (FolderListing.Entry, ClassList) throws -> Contents?
  ) {
    (self.name, self.summary, self.strata, self.read) = (name, summary, strata, read)
    self.isImageNet = isImageNet
  }

  /// In the order in which they are tried: `labels.csv` wins over what file names suggest.
  static let all: [DatasetLayout] = [
    .described, .labelledFolder, .classArchives, .webDataset, .validationArchive, .validationFolder,
    .classFolders, .imageNetES, .imageNetC,
  ]
}

extension LabelledDataset {
  /// The names of all layouts, sorted.
  public static var layouts: [String] { DatasetLayout.all.map(\.name).sorted() }
}
