import Foundation
import Reporting
import Support

/// Properties of the terminal behind a standard stream.
enum Terminal {
  /// Whether a stream leads to a terminal.
  static func isOne(_ descriptor: Int32) -> Bool { isatty(descriptor) != 0 }

  /// The columns of the terminal as it is now: the window may be resized at any time. If it does
  /// not say, `COLUMNS`; `nil` if that is not set either, or there is no terminal.
  static func columns(of descriptor: Int32) -> Int? {
    guard isOne(descriptor) else { return nil }
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return variable("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// Whether a stream's terminal understands escape sequences.
  static func understandsEscapes(_ descriptor: Int32) -> Bool {
    isOne(descriptor) && !["", "dumb"].contains(variable("TERM") ?? "")
  }

  /// Whether results may be in colour and bold: on a terminal, unless `NO_COLOR`
  /// (https://no-color.org) or `TERM=dumb` says otherwise.
  static var isStyled: Bool {
    understandsEscapes(STDOUT_FILENO) && (variable("NO_COLOR") ?? "").isEmpty
  }

  /// How tables are set on standard output.
  ///
  /// - Parameter whole: where all columns are when some do not fit, e.g. `--json`.
  private static func medium(whole: String) -> TableMedium {
    TableMedium(columns: columns(of: STDOUT_FILENO), isStyled: isStyled, whole: whole)
  }

  /// What `make` says, with its tables set for standard output, see `medium(whole:)`.
  static func set<Result>(whole: String, _ make: () throws -> Result) rethrows -> Result {
    try TableMedium.$current.withValue(medium(whole: whole), operation: make)
  }

  /// A text of tables and prose for standard output: prose is broken between words.
  static func fitted(_ text: String) -> String {
    guard let columns = columns(of: STDOUT_FILENO) else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      TerminalText.width(line) <= columns
        ? String(line) : TerminalText.wrap(String(line), to: columns).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func variable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name]
  }
}
