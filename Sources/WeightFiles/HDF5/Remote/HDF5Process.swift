import Support

/// A process that reads HDF5 files for this one. At the other end of its socket is `HDF5Server`, or what a
/// damaged file made of it: nothing that comes from there is believed.
public protocol HDF5Process: AnyObject, Sendable {
  /// The socket, a stream, which is open as long as this object lives.
  var descriptor: Int32 { get }
  /// How long all answers about one file may be waited for.
  var seconds: Int { get }
  /// Ends the process where it has not ended, and says why there is no answer.
  func failure(_ fault: HDF5Fault) -> UserError
}

/// Why there is no answer from an `HDF5Process`.
public enum HDF5Fault: Error {
  /// It is gone.
  case ended
  /// It takes too long.
  case late
  /// What it answers is no answer to what was asked.
  case nonsense
}
