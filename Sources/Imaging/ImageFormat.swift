import CPNG
import CWebP
import Support

/// The kinds of image file that are read; all but WebP are written, too. A file is recognised by its first bytes,
/// whatever its name; what is written follows the ending of the name.
public enum ImageFormat: String, CaseIterable, Sendable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"
  case ppm = "PPM"

  /// The endings of file names, in small letters, the usual one first.
  public var endings: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg"]
    case .png: ["png"]
    case .webp: ["webp"]
    case .ppm: ["ppm"]
    }
  }

  /// The formats, as people read them: `JPEG, PNG, WebP or PPM`.
  public static let choiceText =
    allCases.dropLast().map(\.rawValue).joined(separator: ", ") + " or \(ppm.rawValue)"
  /// Those that are written.
  public static let written = allCases.filter { $0 != .webp }

  /// All endings, as people read them: `.jpg, .jpeg, .png, .webp, .ppm`.
  public static let endingsText =
    allCases.flatMap(\.endings).map { ".\($0)" }.joined(separator: ", ")

  /// What the ending of a file's name asks for, in any case of letters; `nil` for another ending
  /// or none.
  public init?(ending name: String) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).last?
      .split(separator: ".", omittingEmptySubsequences: false)
    guard let parts, parts.count > 1, let ending = parts.last?.lowercased(),
      let format = Self.allCases.first(where: { $0.endings.contains(ending) })
    else { return nil }
    self = format
  }

  /// Whether a file's name ends as that of an image that can be read, so that folders are searched
  /// without opening every file.
  public static func isImageName(_ name: String) -> Bool { ImageFormat(ending: name) != nil }

  /// What a file that starts with these bytes is; `nil` for everything else.
  public init?(content bytes: UnsafeRawBufferPointer) {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: PNG.signature) {
      self = .png
    } else if WebP.starts(bytes) {
      self = .webp
    } else if bytes.starts(with: Array("P6".utf8)) {
      self = .ppm
    } else {
      return nil
    }
  }

  /// Whether this build knows the format: PNG and WebP need the package traits of these names.
  public var isAvailable: Bool {
    switch self {
    case .png: rg_png_is_available() != 0
    case .webp: rg_webp_is_available() != 0
    case .jpeg, .ppm: true
    }
  }
}
