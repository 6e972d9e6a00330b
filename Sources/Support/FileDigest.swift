import Crypto
import Foundation

/// SHA-256 of files and bytes, as lower-case hexadecimal (64 characters).
public enum FileDigest {
  /// The digest of a whole file, read in pieces of 1 MiB, so that memory does not depend on its size.
  ///
  /// - Throws: `UserError` naming the file when it cannot be read.
  public static func sha256(path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw UserError("\(path): cannot be read", remedy: "check that it exists and is readable")
    }
    defer { try? file.close() }
    var hash = SHA256()
    do {
      while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
        hash.update(data: piece)
      }
    } catch {
      throw UserError("\(path): reading failed (\(error.localizedDescription))")
    }
    return hexadecimal(hash.finalize())
  }

  /// The digest of bytes in memory.
  public static func sha256(_ bytes: some DataProtocol) -> String {
    hexadecimal(SHA256.hash(data: bytes))
  }

  private static func hexadecimal(_ digest: SHA256.Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in digest {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
