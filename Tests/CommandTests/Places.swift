import Foundation
import GRDB
import Support
import Testing
import WeightFiles

/// A folder of a test's own, removed with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "realitygap-commands-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in it.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file below the folder, with the folders that it needs.
  @discardableResult
  func add(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  @discardableResult
  func add(_ name: String, _ text: String) throws -> String { try add(name, Array(text.utf8)) }

  func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  /// SHA-256 of the pixels of a PPM file in it.
  func pixelDigest(_ name: String, side: Int) throws -> String {
    let bytes = try bytes(name)
    let header = Array("P6\n\(side) \(side)\n255\n".utf8)
    try #require(bytes.starts(with: header) && bytes.count == header.count + side * side * 3)
    return FileDigest.sha256(Data(bytes.dropFirst(header.count)))
  }

  /// Changes a database in it.
  func execute(_ database: String, _ statements: String) throws {
    try DatabaseQueue(path: file(database)).write { try $0.execute(sql: statements) }
  }

  /// All rows of a query on a database in it, each column as text.
  func rows(_ database: String, _ query: String) throws -> [[String]] {
    try DatabaseQueue(path: file(database)).read { database in
      try Row.fetchAll(database, sql: query).map { row in
        row.databaseValues.map { value in
          switch value.storage {
          case .null: "NULL"
          case .int64(let number): "\(number)"
          case .double(let number): "\(number)"
          case .string(let text): text
          case .blob(let data): "\(data.count) bytes"
          }
        }
      }
    }
  }
}

/// What ships in the repository.
enum Repository {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  static func path(_ name: String) -> String { "\(root)/\(name)" }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static let weights = path("Experiments/sample/squeezenet1_1.h5")
  static let photo = path("Experiments/sample/images/imagenet_00_243.jpg")

  /// The sample's photos, by name.
  static func photos() throws -> [String] {
    let folder = path("Experiments/sample/images")
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .map { "\(folder)/\($0)" }
  }
}

enum Fixture {
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)").path
  }
}

/// Whether this processor computes in bfloat16: without AVX-512 commands refuse it.
let hasBfloat16: Bool = {
  guard engines.contains("onednn"),
    let processor = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
  else { return false }
  return processor.contains(" avx512bw")
}()

/// The engines that this build has, as `--engine` calls them.
let engines: [String] = {
  guard let folder = try? TemporaryFolder() else { return ["auto"] }
  return ["auto", "onednn", "openblas"].filter { engine in
    let arguments = ["classify", "--weights", Repository.weights, "--engine", engine]
    return (try? Command.run(arguments + [Repository.photo], in: folder))?.status == 0
  }
}()
