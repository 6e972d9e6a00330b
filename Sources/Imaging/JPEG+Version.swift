import CJPEG

extension JPEG {
  /// The JPEG library that the program was built with, e.g. `libjpeg-turbo 2.1.5`.
  public static var libraryVersion: String { String(cString: rg_jpeg_library()) }
}
