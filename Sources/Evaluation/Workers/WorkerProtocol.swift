import Foundation
import Support
import Tensors

/// Version 2 of what the program and a worker say to each other (Documentation/Workers.md). Numbers have
/// the lowest byte first.
enum WorkerProtocol {
  static let version = 2
  /// Bytes of the header of an answer: a word of four letters, the batch's number, images and classes.
  static let answerHeaderLength = 16
  /// The longest first line of a worker.
  static let helloLimit = 1 << 16

  /// The header of a batch `[N, H, W, C]` that has a number of its own.
  static func request(_ number: UInt32, _ shape: [Int]) -> [UInt8] {
    Array("RGRQ".utf8)
      + ([number] + shape.map(UInt32.init(truncatingIfNeeded:))).flatMap { value in
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
      }
  }

  /// Which batch an answer is of, its images and classes.
  ///
  /// - Throws: `WorkerFailure` when it is no answer.
  static func answer(_ header: [UInt8]) throws -> (number: UInt32, images: Int, classes: Int) {
    guard header.count == answerHeaderLength, header.starts(with: "RGAN".utf8) else {
      throw WorkerFailure(
        "wrote something else than an answer to its standard output: \(printable(header))",
        remedy: "what it has to say besides belongs on its standard error")
    }
    let numbers = [4, 8, 12].map { place in
      header.withUnsafeBytes { bytes in
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
      }
    }
    let (images, classes) = (Int(numbers[1]), Int(numbers[2]))
    // Each for itself, so that the product does not overflow.
    guard images <= 1 << 28, classes <= 1 << 28, images * classes <= 1 << 28 else {
      throw WorkerFailure("answers \(images) × \(classes) numbers, more than any batch has")
    }
    return (numbers[0], images, classes)
  }

  /// The beginning of bytes, for a message.
  static func printable(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(60), as: UTF8.self)
    return "\"" + String(text.map { $0.isASCII && !$0.isNewline && $0 >= " " ? $0 : "?" }) + "\""
  }
}

/// The first line that a worker writes, JSON: which model it is.
struct WorkerHello: Decodable, Sendable {
  let version: Int
  /// For people.
  let name: String
  /// SHA-256 of all that decides its logits.
  let digest: String
  /// Numbers of an answer an image.
  let classes: Int
  /// Of the libraries that compute.
  let versions: [String: String]

  private enum CodingKeys: String, CodingKey {
    case version = "realitygap_worker"
    case name, digest, classes, versions
  }

  /// - Throws: `WorkerFailure` for a line that is none, of another version or of other classes.
  init(line: [UInt8], classes expected: Int) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(line))
    } catch {
      throw WorkerFailure(
        "began with \(WorkerProtocol.printable(line)), which is not a worker's first line",
        remedy: "Documentation/Workers.md says what that has to be")
    }
    guard version == WorkerProtocol.version else {
      throw WorkerFailure(
        "speaks version \(version) of the protocol, not \(WorkerProtocol.version)",
        remedy: "use the worker of this version of realitygap")
    }
    guard digest.utf8.count == 64, digest.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
      throw WorkerFailure(
        "gives the digest \(digest.prefix(80)), which is no SHA-256 in hexadecimal")
    }
    guard classes == expected else {
      throw WorkerFailure(
        "has \(classes) classes, not \(expected)",
        remedy: "say with --classes FILE which classes it has")
    }
  }

  /// Name and versions, for provenance.
  var source: String {
    let list = versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return ([name] + list).joined(separator: ", ")
  }

  /// The versions alone.
  var engineVersion: String {
    versions.isEmpty
      ? "unknown"
      : versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }
}

/// What a worker did wrong: a sentence without its subject.
struct WorkerFailure: Error {
  let problem: String
  let remedy: String?

  init(_ problem: String, remedy: String? = nil) {
    (self.problem, self.remedy) = (problem, remedy)
  }
}
