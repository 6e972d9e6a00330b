import Foundation
import SystemCrypto

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
        hash.update(piece)
      }
    } catch {
      throw UserError("\(path): reading failed (\(error.localizedDescription))")
    }
    return hash.finish()
  }

  /// The library that computes digests, e.g. `OpenSSL 3.0.19 27 Jan 2026`.
  public static var library: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

  /// The digest of parts, one after the other, as if they were joined.
  public static func sha256(parts: some Sequence<some ContiguousBytes>) -> String {
    var hash = SHA256()
    for part in parts { hash.update(part) }
    return hash.finish()
  }

  /// The digest of bytes in memory.
  public static func sha256(_ bytes: some DataProtocol) -> String {
    var hash = SHA256()
    for region in bytes.regions { hash.update(region) }
    return hash.finish()
  }
}

/// One digest in the making, by libcrypto (which uses the processor's SHA instructions).
private struct SHA256: ~Copyable {
  private let context = EVP_MD_CTX_new()
  /// Whether libcrypto did all that it was asked for.
  private var isSound: Bool

  init() { isSound = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 }

  deinit { EVP_MD_CTX_free(context) }

  mutating func update(_ bytes: some ContiguousBytes) {
    let isDone = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1 }
    isSound = isSound && isDone
  }

  consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    isSound = EVP_DigestFinal_ex(context, &digest, &length) == 1 && isSound
    // Without memory, or where a policy forbids it. A wrong digest would pass for another file's.
    precondition(isSound, "libcrypto cannot compute SHA-256")
    return digest.prefix(Int(length)).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
