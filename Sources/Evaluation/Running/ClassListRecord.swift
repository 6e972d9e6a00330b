import Datasets
import Tracking

extension ClassListRecord {
  /// A list as the store knows it; `nil` for ImageNet's.
  public init?(_ list: ClassList) {
    guard !list.isImageNet else { return nil }
    self.init(digest: list.digest, ids: list.ids)
  }
}

extension Store {
  /// The classes that a cell's labels and predictions count in.
  ///
  /// - Throws: `UserError` when the database lacks them.
  public func classes(of cell: EvaluationRecord) throws -> ClassList {
    guard let digest = cell.classList else { return try .imageNet() }
    return try ClassList(
      ids: try classes(ofList: digest).ids, title: "the classes of \(cell.dataset)")
  }
}
