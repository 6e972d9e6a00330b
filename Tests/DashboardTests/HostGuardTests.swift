import Dashboard
import Testing

@Suite struct HostGuardTests {
  @Test(arguments: ["127.0.0.1:6007", "localhost:6007", "LOCALHOST", "[::1]:6007", "127.0.0.1"])
  func `a name of this machine is answered`(host: String) {
    #expect(HostGuard(host: "127.0.0.1").allows(host))
  }

  @Test(arguments: [
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:6007", "", ":6007",
    "127.0.0.1:6007:1", "[::1", "10.0.0.1", "localhost:x",
  ])
  func `another name is not`(host: String) {
    #expect(!HostGuard(host: "127.0.0.1").allows(host))
  }

  @Test func `a missing name is not answered`() {
    #expect(!HostGuard(host: "0.0.0.0").allows(nil))
  }

  @Test func `addresses in digits are answered where all networks are served, names are not`() {
    let guarded = HostGuard(host: "0.0.0.0")
    #expect(guarded.allows("192.168.1.7:6007"))
    #expect(!guarded.allows("rebound.example:6007"))
    #expect(!guarded.allows("1.2.3.999"))
  }
}
