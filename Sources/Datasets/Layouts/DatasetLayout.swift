import Support

/// A way in which labelled images can be laid out on disk. A new one is a new file that makes a value of
/// this type, and a line in `all`.
struct DatasetLayout: Sendable {
  /// What a layout found at a path.
  struct Contents {
    var items: [LabelledItem]
    /// Notes for the user that are not errors, e.g. files that were left out.
    var notes: [String] = []
  }

  /// A short name, e.g. `class-folders`.
  let name: String
  /// What it looks like, for the error that lists the supported layouts.
  let summary: String
  /// Reads a path (a file or a folder that exists), or returns `nil` when it has another layout.
  let read: @Sendable (FolderListing.Entry) throws -> Contents?

  /// In the order in which they are tried: `labels.csv` wins over what file names suggest.
  static let all: [DatasetLayout] = [
    .labelledFolder, .validationArchive, .validationFolder, .classFolders,
  ]
}

extension LabelledDataset {
  /// The names of all layouts, sorted.
  public static var layouts: [String] { DatasetLayout.all.map(\.name).sorted() }
}
