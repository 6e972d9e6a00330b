import Foundation
import Support

/// What a shell may have done to the standard streams: closed them, filled the disk behind them, or
/// limited the size of files.
enum StandardStreams {
  /// Called once, before anything is opened.
  static func protect() {
    // Beyond `ulimit -f`, a write is then a reported error, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    // Else the next file that is opened would take the place of a closed stream, and text would be
    // written into it.
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Writes to standard error; when that fails, there is nowhere to report it.
  static func writeError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes out what `print` has buffered.
  ///
  /// - Throws: `UserError` when it cannot be written, e.g. into a file on a full disk.
  static func finishOutput() throws {
    guard fflush(nil) == 0 else {
      throw UserError("standard output: cannot be written (\(String(cString: strerror(errno))))")
    }
  }
}
