import ArgumentParser
import Interchange
import Support
import Tracking

/// `realitygap export tensorboard`.
struct ExportTensorBoardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensorboard",
    abstract: "Write event files for TensorBoard, one a run.",
    discussion: """
      Each run gets a folder ID-NAME in the output folder: its metrics and the top-1 of its cells as \
      scalars, pictures of held-out photos as images, configuration, versions and notes as texts. \
      Where a run trained in several phases, each has losses of its own: train/loss/PHASE. Look at \
      them with tensorboard --logdir FOLDER. Repeated, it replaces the files.
      """)

  @Argument(
    help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
  var output: String

  @OptionGroup var scope: ScopeOptions

  func run() throws {
    let store = try scope.database.open()
    let progress = Progress()
    for run in try store.runs(in: scope.scope) {
      let page = try RunSnapshot(run, store: store)
      page.notes.forEach(progress.note)
      let file = try TensorBoardExport.write(page, to: output)
      print("\(file.path): \(file.events) events")
    }
  }
}
