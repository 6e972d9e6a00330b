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
      cells, versions and hashes as tags, reports, correctors and pictures as artifacts. Exporting \
      again updates the same MLflow run, which is identified by the tag realitygap.run_uid. NaN \
      and infinite values are sent as such, with a note on stderr. If a run trained in several \
      phases, each has its own losses: train/loss/PHASE.

      MLFLOW_TRACKING_URI is the default of --tracking-uri. MLFLOW_TRACKING_TOKEN, or \
      MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, authenticate as they do for MLflow's \
      own clients.
      """)

  @Option(
    name: .customLong("tracking-uri"),
    help: ArgumentHelp("The server, e.g. http://127.0.0.1:5000.", valueName: "uri"))
  var trackingURI: String?

  @Option(
    name: .customLong("experiment-name"),
    help: ArgumentHelp("The MLflow experiment; created if missing.", valueName: "name"))
  var experimentName = "realitygap"

  @Flag(name: .customLong("no-artifacts"), help: "Do not upload files.")
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
          + "\(sent.metrics) new metric values, \(sent.artifacts) files")
    }
  }
}
