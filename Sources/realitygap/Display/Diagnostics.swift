import Logging
import Synchronization

/// What `--verbose` adds: swift-log's messages as plain lines on standard error.
enum Diagnostics {
  private static let isStarted = Mutex(false)

  /// Sends all log messages to standard error; without `verbose` only warnings and worse. The first
  /// call counts: swift-log is set up once per process.
  static func start(verbose: Bool) {
    let wasStarted = isStarted.withLock { started in
      defer { started = true }
      return started
    }
    if wasStarted { return }
    LoggingSystem.bootstrap { label in
      var handler = LineHandler(label: label)
      handler.logLevel = verbose ? .debug : .warning
      return handler
    }
  }
}

/// One line per message: level, label, text, then metadata as key=value.
private struct LineHandler: LogHandler {
  let label: String
  var logLevel: Logger.Level = .warning
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    StandardStreams.writeError("\(event.level) \(label): \(event.message)\(details)\n")
  }
}
