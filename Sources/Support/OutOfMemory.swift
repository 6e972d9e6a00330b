import Foundation

/// The end of the program where the system has no memory left: what needs it is too deep in a
/// computation to fail otherwise. What was stored is kept.
public enum OutOfMemory {
  /// Says how much was asked for, and ends the program with status 1.
  ///
  /// - Parameter bytes: what could not be had.
  public static func end(_ bytes: Int) -> Never {
    Unfinished.removeAll()
    let line = "Error: \(problem(bytes)); \(remedy)\n"
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    _exit(1)
  }

  static func problem(_ bytes: Int) -> String {
    "out of memory: \((bytes + (1 << 20) - 1) >> 20) MB more were needed"
      + (ProcessLimit.memory.current.map { ", and \($0 >> 20) MB are allowed (ulimit -v)" } ?? "")
  }

  static let remedy = "lower --batch or --threads, or end other programs"
}
