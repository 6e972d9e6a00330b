import ArgumentParser
import Dashboard
import Evaluation
import Foundation
import NeuralNetworks
import Support
import Synchronization
import Tensors

/// `realitygap serve`: the database as pages in a browser.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Show runs, curves, comparisons and images as pages in a browser.",
    discussion: """
      Serves pages of a database on this machine until Ctrl-C, and never writes to it. Pages follow a \
      run while it computes. Only this machine can see them unless --host says otherwise; there is no \
      password, so do not show them to a network that you do not trust.

      --export writes the same pages, without images on demand, as a folder that opens from disk.
      """)

  @OptionGroup var database: DatabaseOptions

  @Option(help: "The port; 0 takes one that is free.")
  var port: UInt16 = 6007

  @Option(help: "The address to listen on; 0.0.0.0 for every network of this machine.")
  var host = "127.0.0.1"

  @Flag(help: "Open the first page in the browser.")
  var open = false

  @Option(
    help: ArgumentHelp(
      "Write the pages into this folder instead of serving them.", valueName: "folder"),
    completion: .directory)
  var export: String?

  @OptionGroup var compute: ComputeOptions

  func run() throws {
    let watched = try WatchedDatabase(path: database.path)
    let site = try DashboardSite(watched, networks: try networks())
    if let export {
      let summary = try site.export(to: export)
      print(summary)
      return
    }
    let server = try DashboardServer(host: host, port: port, handler: site, changes: watched)
    print("\(database.path): \(server.address) (stop with Ctrl-C)")
    try StandardStreams.finishOutput()
    if open { Self.openBrowser(server.address) }
    Interruption.takeOver(saying: "stopping")
    try Self.serve(server)
    throw Interruption.interrupted("stopped")
  }

  /// Serves until somebody asks to stop.
  private static func serve(_ server: DashboardServer) throws {
    let (running, ended) = (server.start(), DispatchSemaphore(value: 0))
    let result = Mutex(Result<Void, any Error>.success(()))
    Task {
      let end = await running.result
      result.withLock { $0 = end }
      ended.signal()
    }
    while ended.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      if Interruption.isRequested { server.stop() }
    }
    try result.withLock { $0 }.get()
  }

  /// Networks are loaded when a page asks for them.
  ///
  /// - Throws: As `ComputeOptions.makeContext()`.
  private func networks() throws -> DashboardNetworks {
    let (compute, context) = (compute, try compute.makeContext())
    return DashboardNetworks(
      corrector: { try compute.corrector($0, context) },
      stages: {
        try StagedCorrector(path: $0, backend: try compute.makeBackend(), context: context)
      },
      classifier: {
        try LoadedClassifier(
          $0, backend: try compute.makeBackend(), precision: compute.precision, context: context)
      })
  }

  /// A browser that cannot be opened is no reason to stop: the address is printed.
  private static func openBrowser(_ address: String) {
    let process = Process()
    #if os(macOS)
      process.executableURL = URL(fileURLWithPath: "/usr/bin/open")
    #else
      process.executableURL = URL(fileURLWithPath: "/usr/bin/xdg-open")
    #endif
    process.arguments = [address]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { OpenLine.note("no browser could be opened: \(address)") }
  }
}
