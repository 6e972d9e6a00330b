import Foundation
import Support
import Testing

@Suite("Child processes")
struct ChildProcessTests {
  /// A child whose standard output is a connection to this process.
  private static func shell(
    _ script: String, errors: Int32? = nil, leadsGroup: Bool = false
  ) throws -> (child: ChildProcess, output: Int32) {
    let (own, child) = try ChildProcess.connection()
    defer { close(child) }
    return (
      try ChildProcess(
        "/bin/sh", ["-c", script], input: child, output: child, errors: errors,
        environment: ["GIVEN": "a b"], leadsGroup: leadsGroup), own
    )
  }

  /// What comes until nobody holds the other end any more.
  private static func all(_ descriptor: Int32) -> String {
    defer { close(descriptor) }
    var text = ""
    var bytes = [UInt8](repeating: 0, count: 1000)
    while case let count = read(descriptor, &bytes, bytes.count), count > 0 {
      text += String(decoding: bytes[..<count], as: UTF8.self)
    }
    return text
  }

  @Test(
    "how one ended is told, again and again",
    arguments: [("exit 7", ChildProcess.Ending.status(7)), ("kill -ABRT $$", .signal(SIGABRT))])
  func endings(_ script: String, _ ending: ChildProcess.Ending) throws {
    let (child, output) = try Self.shell(script)
    #expect(Self.all(output).isEmpty)
    #expect(child.ending(within: 60) == ending)
    child.kill()
    #expect(child.end() == ending)
    #expect(child.ending() == ending)
  }

  @Test("one that goes on has no ending until it is ended")
  func ended() throws {
    let (child, output) = try Self.shell("echo; exec sleep 600")
    var byte: UInt8 = 0
    #expect(read(output, &byte, 1) == 1)
    #expect(child.ending(within: 0.02) == nil)
    #expect(child.end() == .signal(SIGKILL))
    close(output)
  }

  @Test("it ends with the object, and a group with all that it started")
  func group() throws {
    var child: ChildProcess?
    let output: Int32
    (child, output) = try Self.shell("sleep 600 & echo; wait", leadsGroup: true)
    var byte: UInt8 = 0
    #expect(read(output, &byte, 1) == 1)
    child = nil
    // Ends where neither the shell nor `sleep` is there any more.
    #expect(Self.all(output).isEmpty)
    #expect(child == nil)
  }

  @Test("it has the streams and the environment that it is given, and no descriptor of its parent")
  func streams() throws {
    let open = dup(STDERR_FILENO)
    defer { close(open) }
    let (own, childs) = try ChildProcess.connection()
    let script = """
      echo "$GIVEN"; echo oh >&2
      for d in 0 1 2 3 4 5 6 7 8 9 \(open); do [ ! -e /proc/$$/fd/$d ] || echo $d; done
      """
    let (child, output) = try Self.shell(script, errors: childs)
    close(childs)
    #expect(open > 2)
    #expect(Self.all(output) == "a b\n0\n1\n2\n")
    #expect(Self.all(own) == "oh\n")
    #expect(child.ending(within: 60) == .status(0))
  }

  @Test("what cannot be started says why")
  func notStarted() throws {
    let error = #expect(throws: ChildProcess.NotStarted.self) {
      _ = try ChildProcess("/nowhere", [], output: STDERR_FILENO)
    }
    #expect("\(try #require(error))" == "No such file or directory")
  }
}
