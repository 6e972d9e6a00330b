import Dashboard
import FlyingFox
import Foundation
import Support
import Testing
import Tracking

@Suite struct SiteTests {
  @Test func `the list of runs shows a run with its last value`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (status, text, _) = bench.ask("/")
    #expect(status == 200)
    #expect(text.contains("<a href=\"/runs/\(bench.run)\">sample</a>"))
    #expect(text.contains("1 to 1 of 1"))
    #expect(text.contains("loss 20"))
  }

  @Test func `a run that does not fit is not in the list`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(!bench.ask("/?text=other").text.contains("/runs/\(bench.run)"))
    #expect(bench.ask("/?text=AMPL").text.contains("/runs/\(bench.run)"))
    #expect(!bench.ask("/?kind=evaluate").text.contains("/runs/\(bench.run)"))
  }

  @Test(arguments: [
    "/?sort=password", "/?kind=x", "/?offset=-1", "/?offset=99999999999999999999", "/compare",
    "/compare?run=1", "/compare?run=1&run=x", "/image", "/look", "/images?cell=zero",
    "/thumbnail?cell=1%00",
  ])
  func `a query that makes no sense is refused`(target: String) throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(bench.ask(target).status == 400)
  }

  @Test(arguments: [
    "/runs/99", "/runs/x", "/runs/-1", "/runs/1/pictures/5", "/runs/1/pictures/..%2f..%2fetc",
    "/assets/..%2fPages%2frun.mustache", "/assets/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd",
    "/experiments/none", "/parts/file?key=x&name=../x", "/compare?run=98&run=99",
    "/runs/1/curve?metric=none", "/images?cell=77", "/thumbnail?cell=77&item=1",
  ])
  func `what is not there is not found`(target: String) throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(bench.ask(target).status == 404)
  }

  @Test func `names from the database are text, not markup`() throws {
    let bench = try Bench(name: "<script>alert(1)</script>")
    defer { bench.remove() }
    try bench.store.tag("\"><img src=x>", value: "<b>", run: bench.run)
    for target in ["/", "/runs/\(bench.run)"] {
      let text = bench.ask(target).text
      #expect(!text.contains("<script>alert"))
      #expect(!text.contains("<img src=x>"))
      #expect(text.contains("&lt;script&gt;alert(1)"))
    }
  }

  @Test func `data in a page cannot end its element`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let name = "x</script><script>alert(1)</script>"
    try bench.store.record(
      metrics: [MetricValue(step: 1, name: name, value: 1, phase: name)], run: bench.run)
    let folder = "\(bench.folder)/export"
    _ = try bench.site.export(to: folder)
    let page = try String(contentsOfFile: "\(folder)/run-\(bench.run).html", encoding: .utf8)
    #expect(!page.contains("<script>alert"))
  }

  @Test(arguments: [HTTPMethod.POST, .PUT, .DELETE, .PATCH, .OPTIONS])
  func `nothing can be changed`(method: HTTPMethod) throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (status, _, reply) = bench.ask("/runs/\(bench.run)", method: method)
    #expect(status == 405)
    #expect(reply.headers["Allow"] == "GET, HEAD")
  }

  @Test func `a photo is taken from the own page alone`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(bench.ask("/photo?cell=1", method: .POST, body: Data([1])).status == 403)
    #expect(bench.ask("/photo?cell=1").status == 405)
    let own: HTTPHeaders = [HTTPHeader("X-Photo"): "1"]
    #expect(bench.ask("/photo?cell=1", method: .POST, headers: own, body: Data([1])).status == 404)
  }

  @Test func `a curve is cut where a phase begins`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let json = try #require(
      JSONValue(json: bench.ask("/runs/\(bench.run)/curve?metric=train/loss").text))
    let phases = try #require(json["phases"]?.elements)
    #expect(phases.map { $0["name"] } == [.text("a"), .text("b")])
    #expect(phases.map { $0["points"]?.elements.count } == [10, 10])
    #expect(json["count"] == .integer(20))
  }

  @Test func `a part of a curve is asked for by its steps`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let text = bench.ask("/runs/\(bench.run)/curve?metric=train/loss&from=9&to=12").text
    #expect(JSONValue(json: text)?["count"] == .integer(4))
  }

  @Test func `a database that is gone has a page that says so, and comes back`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let path = bench.database.path
    let suffixes = ["", "-wal", "-shm"]
    for suffix in suffixes { rename(path + suffix, path + "-away" + suffix) }
    let (status, text, _) = bench.ask("/")
    #expect(status == 503)
    #expect(text.contains("there is no such database"))
    for suffix in suffixes { rename(path + "-away" + suffix, path + suffix) }
    #expect(bench.ask("/").status == 200)
  }

  @Test func `another database in its place is shown`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let other = try Bench(name: "another")
    defer { other.remove() }
    _ = bench.ask("/")
    for suffix in ["", "-wal", "-shm"] {
      unlink(bench.database.path + suffix)
      rename(other.database.path + suffix, bench.database.path + suffix)
    }
    #expect(bench.ask("/").text.contains(">another</a>"))
  }

  @Test func `a change of the database is noticed`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let before = bench.database.current
    Thread.sleep(forTimeInterval: 0.25)
    let same = bench.database.current
    try bench.store.note("new", run: bench.run)
    Thread.sleep(forTimeInterval: 0.25)
    #expect(bench.database.current != same)
    #expect(before <= same)
  }

  @Test func `exported pages are beside each other and load nothing from a server`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let folder = "\(bench.folder)/export"
    let said = try bench.site.export(to: folder)
    #expect(said.hasPrefix("\(folder)/index.html: "))
    let page = try String(contentsOfFile: "\(folder)/run-\(bench.run).html", encoding: .utf8)
    #expect(page.contains("src=\"assets/chart.js\""))
    #expect(page.contains("class=\"data\""))
    #expect(!page.contains("href=\"/"))
    let list = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
    #expect(list.contains("href=\"run-\(bench.run).html\""))
  }
}
