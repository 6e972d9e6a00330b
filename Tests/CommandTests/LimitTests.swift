import Foundation
import Testing

@Suite("What the system does not let the program have")
struct LimitTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("too few open files or too little memory is one line that names the limit")
  func tooLittle() throws {
    for files in [5, 9, 20] {
      let output = try Command.shell(
        #"ulimit -n \#(files) && exec "$RG" runs --database r.sqlite"#, in: folder)
      expectFailure(output, "at most \(files) files may be open", "ulimit -n")
    }
    for kilobytes in [300_000, 700_000, 1_500_000] {
      let output = try Command.shell(
        #"ulimit -v \#(kilobytes) && exec "$RG" runs --database r.sqlite"#, in: folder)
      expectFailure(output, "MB of memory may be used", "ulimit -v")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("r.sqlite")))
  }

  @Test("a database that may not grow names the limit, and the command goes on without it")
  func fileSize() throws {
    let bytes = 16 << 10
    let script = #"ulimit -f $(( \#(bytes) / 512 )) && exec "$RG" "$@""#
    let options = ["--draws", "1", "--limit", "2"]
    expectFailure(
      try Command.shell(script, Sample.arguments(options), in: folder), "r.sqlite",
      "16 KB (ulimit -f)", afterProgress: true)
    expectSuccess(try Sample.run(options, in: folder))
  }
}
