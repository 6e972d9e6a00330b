import ArgumentParser
import Interchange
import Support
import Tracking

/// `realitygap export tensorboard`.
struct ExportTensorBoardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensorboard",
    abstract: "Write event files for TensorBoard, one per run.",
    discussion: """
      Each run gets a folder ID-NAME in the output folder: its metrics and the top-1 of its cells as \
      scalars, pictures of held-out photos as images, configuration, versions and notes as texts. \
      View them with tensorboard --logdir FOLDER. Exporting again replaces the files. NaN and \
      infinite values are kept; a note on stderr names them, and those out of a float's range. \
      If a run trained in several phases, each has its own losses: train/loss/PHASE.
      """)

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
  var folder: String?

  @Argument(
    help: ArgumentHelp("The same as --output.", valueName: "folder"), completion: .directory)
  var place: String?

  @OptionGroup var scope: ScopeOptions

  private var output: String { folder ?? place ?? "" }

  func validate() throws {
    guard (folder == nil) != (place == nil), !output.isEmpty else {
      throw ValidationError("give --output FOLDER")
    }
  }

  func run() throws {
    let store = try scope.database.openToRead()
    let progress = Progress()
    for run in try store.runs(in: scope.scope) {
      let page = try RunSnapshot(run, store: store)
      page.notes.forEach(progress.note)
      let file = try TensorBoardExport.write(page, to: output)
      file.notes.forEach(progress.note)
      print("\(file.path): \(file.events) events")
    }
  }
}
