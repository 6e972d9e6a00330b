import SystemZlib

/// The library that unpacks PyTorch's files.
public enum Zlib {
  /// E.g. `zlib 1.2.13`.
  public static var libraryVersion: String { "zlib \(String(cString: zlibVersion()))" }
}
