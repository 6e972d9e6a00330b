import ArgumentParser
import Datasets

/// `--classes`: which classes networks tell apart and labels count in.
struct ClassOptions: ParsableArguments {
  @Option(
    name: .customLong("classes"),
    help: ArgumentHelp(
      """
      The list of classes of networks that were trained on others than ImageNet's 1,000, in the order of \
      their logits, as data sets call them: a class on each line, or JSON (class_to_idx, id2label).
      """, valueName: "file"), completion: .file())
  var file: String?

  /// The classes: ImageNet's where no file is given.
  ///
  /// - Throws: `UserError` naming the file when it is no list.
  func list() throws -> ClassList { try file.map { try ClassList(file: $0) } ?? .imageNet() }
}
