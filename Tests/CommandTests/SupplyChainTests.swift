import Foundation
import Testing

@Suite("What the program consists of, and what it keeps to itself")
struct SupplyChainTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("--version --verbose lists compiler, packages and libraries, each with a version")
  func versions() throws {
    let output = try Command.run(["--version", "--verbose"], in: folder)
    expectSuccess(output)
    let lines = output.lines
    #expect(lines.first?.hasPrefix("realitygap ") == true)
    #expect(lines.contains { $0.hasPrefix("Toolchain: ") && $0.contains("Swift version ") })
    let listed = lines.filter { $0.hasPrefix("  ") }
    for name in [
      "GRDB.swift", "swift-argument-parser", "Yams", "FlyingFox", "SQLite", "HDF5", "libjpeg",
      "zlib", "OpenSSL", "OpenBLAS",
    ] {
      let line = listed.first { $0.dropFirst(2).hasPrefix(name) }
      #expect(line?.contains { $0.isNumber } == true, "\(name): \(output.text)")
    }
  }

  @Test("what signs in at MLflow is in no database, report, export, log or error")
  func secrets() throws {
    let secrets = ["tok-815-secret", "pass-4711-secret"]
    // Also as base64, in which it is sent.
    let coded = Data("somebody:\(secrets[1])".utf8).base64EncodedString()
    let script = """
      export MLFLOW_TRACKING_TOKEN=\(secrets[0]) MLFLOW_TRACKING_URI=http://127.0.0.1:9
      "$RG" reproduce sample --no-corrector --limit 2 --draws 1 --verbose --database r.sqlite --output reports
      "$RG" report sample --format markdown,latex,csv,json --database r.sqlite --output reports
      "$RG" export csv --database r.sqlite --output csv
      "$RG" export tensorboard --database r.sqlite --output events
      "$RG" export mlflow --database r.sqlite
      "$RG" export mlflow --database r.sqlite --tracking-uri http://somebody:\(secrets[1])@127.0.0.1:9
      "$RG" runs show 1 --database r.sqlite
      """
    let output = try Command.shell(script, in: folder)
    expectSuccess(output)
    #expect(output.errorLines.filter { $0.contains("cannot be reached") }.count == 2)
    let files = try #require(FileManager.default.enumerator(atPath: folder.path))
    var count = 0
    for case let name as String in files {
      guard let content = FileManager.default.contents(atPath: folder.file(name)) else { continue }
      count += 1
      for secret in secrets + [coded] {
        #expect(content.range(of: Data(secret.utf8)) == nil, "\(name)")
      }
    }
    #expect(count >= 10, "standard output and error, a database, reports, exports")
  }
}
