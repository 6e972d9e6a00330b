import ArgumentParser
import Foundation
import Interchange
import Support
import Tracking

/// `realitygap export mlflow`.
struct ExportMLflowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mlflow",
    abstract: "Send runs to an MLflow server.",
    discussion: """
      Each run becomes an MLflow run: configuration as parameters, metrics over steps, top-1 of its \
      cells, versions and hashes as tags, reports, correctors and pictures as artifacts. Exported \
      again, the same MLflow run is brought up to date: it is known by the tag realitygap.run_uid. \
      NaN and infinite values are sent as such, with a line on stderr. Where a run trained in \
      several phases, each has losses of its own: train/loss/PHASE.

      MLFLOW_TRACKING_URI stands in for --tracking-uri. MLFLOW_TRACKING_TOKEN, or \
      MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, sign in as they do for MLflow's own \
      programs.
      """)

  @Option(
    name: .customLong("tracking-uri"),
    help: ArgumentHelp("The server, e.g. http://127.0.0.1:5000.", valueName: "uri"))
  var trackingURI: String?

  @Option(
    name: .customLong("experiment-name"),
    help: ArgumentHelp("MLflow's experiment; made where it is missing.", valueName: "name"))
  var experimentName = "realitygap"

  @Flag(name: .customLong("no-artifacts"), help: "Send no files.")
  var noArtifacts = false

  @OptionGroup var scope: ScopeOptions

  func run() throws {
    let variables = ProcessInfo.processInfo.environment
    guard let uri = trackingURI ?? variables["MLFLOW_TRACKING_URI"], !uri.isEmpty else {
      throw ValidationError("give --tracking-uri, or set MLFLOW_TRACKING_URI")
    }
    let server = try MLflowServer(uri: uri, environment: variables)
    let store = try scope.database.openToRead()
    let progress = Progress()
    let export = MLflowExport(
      MLflowClient(server: server, transport: URLSessionTransport()),
      sendsArtifacts: !noArtifacts)
    let runs = try store.runs(in: scope.scope)
    let experiment = try export.experiment(named: experimentName)
    for run in runs {
      let snapshot = try RunSnapshot(run, store: store)
      snapshot.notes.forEach(progress.note)
      let sent = try export.send(snapshot, to: experiment)
      sent.notes.forEach(progress.note)
      print(
        "run \(run.id) \(run.name): \(sent.isNew ? "created" : "updated") \(sent.runID), "
          + "\(sent.metrics) new values of metrics, \(sent.artifacts) files")
    }
  }
}
