import Dashboard
import FlyingFox
import Foundation
import GRDB
import Support
import Testing
import Tracking

@Suite struct LiveTests {
  @Test func `a page says after which change it was made, a report that it does not follow`() throws
  {
    let bench = try Bench()
    defer { bench.remove() }
    let before = bench.database.current
    let text = bench.ask("/").text
    #expect(text.contains("data-live=\"/events\" data-change=\"\(before)\""))
    Thread.sleep(forTimeInterval: 0.25)
    try bench.store.note("new", run: bench.run)
    Thread.sleep(forTimeInterval: 0.25)
    let later = bench.ask("/runs/\(bench.run)").text
    #expect(later.contains("data-change=\"\(bench.database.current)\""))
    #expect(bench.database.current != before)
    #expect(!bench.ask("/nothing").text.contains("data-change"))
  }

  @Test(arguments: [
    "/look?cell=1", "/thumbnail?cell=1", "/parts/compare?run=1", "/parts/experiment?name=x",
    "/parts/confusions?name=x", "/images?outcome=wrong", "/images?rotation_from=9",
  ])
  func `what takes long is made aside`(target: String) throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(bench.site.isSlow(Bench.request(target)))
  }

  @Test(arguments: [
    "/", "/runs/1", "/runs/1/curve?metric=x", "/images?cell=1", "/images?outcome=all&label=",
    "/experiments/x", "/compare?run=1&run=2", "/assets/app.js", "/events",
  ])
  func `what is quick is not`(target: String) throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(!bench.site.isSlow(Bench.request(target)))
  }

  @Test func `HEAD of events has headers at once and ends`() async throws {
    let bench = try Bench()
    defer { bench.remove() }
    let server = try DashboardServer(
      host: "127.0.0.1", port: 0, handler: bench.site, changes: bench.database)
    let running = server.start()
    let text: String = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            let wire = try Wire(port: server.port)
            wire.send("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return wire.receive()
          })
      }
    }
    server.stop()
    try await running.value
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(text.contains("Content-Type: text/event-stream\r\n"))
    #expect(text.hasSuffix("\r\n\r\n"))
    #expect(!text.contains("event: change"))
  }

  @Test func `a page that is left frees its place at once`() async throws {
    let bench = try Bench()
    defer { bench.remove() }
    var limits = ServerLimits()
    limits.streams = 1
    let server = try DashboardServer(
      host: "127.0.0.1", port: 0, handler: bench.site, changes: bench.database, limits: limits)
    let running = server.start()
    let texts: [String] = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            func listen() throws -> Wire {
              let wire = try Wire(port: server.port)
              wire.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
              return wire
            }
            var first: Wire? = try listen()
            var texts = [first?.receive(until: "event: change") ?? ""]
            texts.append(try listen().receive(until: "\r\n\r\n"))
            first = nil
            // Well before the next sign of life would find out.
            for _ in 0..<50 where texts.count < 3 {
              let text = try listen().receive(until: "\r\n\r\n")
              if text.hasPrefix("HTTP/1.1 200") { texts.append(text) }
              Thread.sleep(forTimeInterval: 0.05)
            }
            return texts
          })
      }
    }
    server.stop()
    try await running.value
    #expect(texts.map { String($0.prefix(12).suffix(3)) } == ["200", "503", "200"])
  }
}

@Suite struct RunListTests {
  /// Runs whose process never was on this machine's list, one that lives, and one that is finished.
  private func bench() throws -> Bench {
    let bench = try Bench(name: "alive")
    for name in ["dead", "finished"] {
      let run = try bench.store.startRun(
        NewRun(
          kind: .train, name: name, configuration: "{}", command: "realitygap train",
          versions: ["realitygap": "0.1"]))
      if name == "finished" { try bench.store.finishRun(run, status: .finished) }
    }
    // The same boot, and a process that is not there.
    try DatabaseQueue(path: bench.database.path).write {
      try $0.execute(
        sql: "UPDATE runs SET pid = 4194300, process_start = NULL, host = host WHERE name = 'dead'")
      try $0.execute(
        sql: """
          UPDATE runs SET heartbeat_at = '2020-01-01T00:00:00.000Z', host = 'elsewhere',
            started_at = '2020-01-01T00:00:00.000Z', pid_namespace = 'pid:[1]' WHERE name = 'dead'
          """)
    }
    return bench
  }

  @Test(arguments: [
    ("running", ["alive"]), ("interrupted", ["dead"]), ("finished", ["finished"]), ("failed", []),
  ])
  func `runs are filtered by the status that is shown`(status: String, names: [String]) throws {
    let bench = try bench()
    defer { bench.remove() }
    let text = bench.ask("/?status=\(status)").text
    for name in ["alive", "dead", "finished"] {
      #expect(text.contains(">\(name)</a>") == names.contains(name), "\(name)")
    }
    #expect(text.contains("of \(names.count)<"))
  }

  @Test func `runs are sorted by the status that is shown`() throws {
    let bench = try bench()
    defer { bench.remove() }
    let text = bench.ask("/?sort=status&direction=ascending").text
    let places = try ["finished", "dead", "alive"].map {
      try #require(text.range(of: ">\($0)</a>")).lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test func `runs are sorted by their cells' best top-1, those without cells last`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    _ = try bench.addCells()
    // The first page says what is counted, the next ones have it.
    _ = bench.ask("/?sort=top1")
    var text = ""
    for _ in 0..<100 {
      text = bench.ask("/?sort=top1").text
      if !text.contains("still counted") { break }
      Thread.sleep(forTimeInterval: 0.05)
    }
    let evaluation = try #require(text.range(of: ">little</a>")).lowerBound
    let training = try #require(text.range(of: ">sample</a>")).lowerBound
    #expect(evaluation < training)
    // The better cell comes first.
    let best = try #require(text.range(of: "100.00</b> corrected")).lowerBound
    #expect(best < (try #require(text.range(of: "50.00</b> distorted")).lowerBound))
  }
}

@Suite struct DatabaseStateTests {
  private func edit(_ path: String, _ statements: String...) throws {
    let queue = try DatabaseQueue(path: path)
    for statement in statements { try queue.write { try $0.execute(sql: statement) } }
    try queue.close()
  }

  @Test func `a database that a newer program brought up to date has a page that says so`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    #expect(bench.ask("/").status == 200)
    try edit(
      bench.database.path, "CREATE TABLE future (x)",
      "INSERT INTO grdb_migrations VALUES ('of the future')")
    let (status, text, _) = bench.ask("/")
    #expect(status == 503)
    #expect(text.contains("written by a newer version of realitygap"))
    try edit(
      bench.database.path, "DELETE FROM grdb_migrations WHERE identifier = 'of the future'",
      "DROP TABLE future")
    #expect(bench.ask("/").status == 200)
  }

  @Test func `a database that another program locks has a page that says so`() throws {
    let folder = NSTemporaryDirectory() + "/realitygap-busy-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/results.sqlite"
    try { _ = try Store(path: path) }()
    let site = try { () -> DashboardSite in
      try DashboardSite(try WatchedDatabase(path: path), networks: Bench.noNetworks)
    }()
    #expect(site.page("/").status.code == 200)
    // Another file of the same name, which is locked as a whole.
    let other = "\(folder)/other.sqlite"
    try { _ = try Store(path: other) }()
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    let locked = try DatabaseQueue(path: other, configuration: configuration)
    try locked.write { try $0.execute(sql: "INSERT INTO distortions VALUES ('a', 'b')") }
    for suffix in ["", "-wal", "-shm"] {
      unlink(path + suffix)
      rename(other + suffix, path + suffix)
    }
    let reply = site.page("/")
    #expect(reply.status.code == 503)
    #expect(String(decoding: reply.body, as: UTF8.self).contains("keeps the database locked"))
    try locked.close()
  }

  @Test func `a file that is no database has a page that says so`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    for suffix in ["", "-wal", "-shm"] { unlink(bench.database.path + suffix) }
    try Data(String(repeating: "some text ", count: 500).utf8).write(
      to: URL(fileURLWithPath: bench.database.path))
    let (status, text, _) = bench.ask("/runs/1")
    #expect(status == 503)
    #expect(text.contains("not an SQLite database"))
  }
}

@Suite struct CellPageTests {
  @Test func `an experiment's page comes before its confusions are counted`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    _ = try bench.addCells()
    let page = bench.ask("/experiments/little").text
    #expect(page.contains("data-part=\"/parts/confusions?name=little\""))
    #expect(page.contains("/compare?cell=1&amp;cell=2"))
    let part = bench.ask("/parts/confusions?name=little")
    #expect(part.status == 200)
    #expect(part.text.contains("<caption>") || part.text.contains("predicted"))
    #expect(part.text.contains("great white shark") || part.text.contains("tiger shark"))
    #expect(bench.ask("/parts/confusions?name=none").status == 404)
  }

  @Test func `cells are compared, each image with a link to its page`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (distorted, corrected) = try bench.addCells()
    #expect(bench.ask("/compare?cell=\(distorted)&cell=\(corrected)").status == 200)
    let (status, text, _) = bench.ask("/parts/compare?cell=\(distorted)&cell=\(corrected)")
    #expect(status == 200)
    #expect(text.contains("href=\"/image?cell=\(corrected)&amp;item=1&amp;draw=1\""))
    #expect(bench.ask("/compare?cell=1&cell=99").status == 404)
  }

  @Test func `runs are compared with their curves over each other`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let other = try bench.store.startRun(
      NewRun(
        kind: .train, name: "other", configuration: "{}", command: "realitygap train",
        versions: ["realitygap": "0.1"]))
    try bench.store.record(
      metrics: [
        MetricValue(step: 1, name: "train/loss", value: 2),
        MetricValue(step: 1, name: "alone", value: 2),
      ], run: other)
    let text = bench.ask("/compare?run=\(bench.run)&run=\(other)").text
    #expect(text.contains("data-metric=\"train/loss\""))
    #expect(text.contains("/runs/\(other)/curve?metric=train%2Floss"))
    #expect(text.contains("class=\"curve s1\""))
    #expect(!text.contains("data-metric=\"alone\""), "nothing lies over it")
  }

  @Test func `draws are found by the strength of their distortion`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (cell, _) = try bench.addCells()
    func count(_ filter: String) -> Int {
      bench.ask("/images?cell=\(cell)\(filter)").text.components(
        separatedBy: "<li><a href=\"/image?"
      ).count - 1
    }
    #expect(count("") == 4)
    #expect(count("&rotation_from=0") == 4)
    #expect(count("&rotation_from=180") == 0)
    // Each draw is either below a bound or above it.
    let few = count("&rotation_to=2.5")
    #expect(few + count("&rotation_from=2.500000001") == 4)
    #expect(bench.ask("/images?cell=\(cell)&rotation_from=x").status == 400)
  }

  @Test func `another program's classifier is named, not looked for`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (cell, _) = try bench.addCells(engine: CellIdentity.externalEngine)
    let photo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Experiments/sample/images/imagenet_03_990.jpg")
    let (status, text, _) = bench.ask(
      "/photo?cell=\(cell)", method: .POST, headers: [HTTPHeader("X-Photo"): "1"],
      body: try Data(contentsOf: photo))
    #expect(status == 200)
    #expect(text.contains("another program computed it"))
    #expect(!text.contains("w.h5"))
  }
}

@Suite struct UnfiniteTests {
  @Test func `infinite values are counted and not drawn`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    try bench.store.record(
      metrics: [
        MetricValue(step: 1, name: "x", value: 1),
        MetricValue(step: 2, name: "x", value: .infinity),
        MetricValue(step: 3, name: "x", value: 3), MetricValue(step: 4, name: "x", value: .nan),
        MetricValue(step: 5, name: "x", value: -.infinity),
      ], run: bench.run)
    let (status, text, _) = bench.ask("/runs/\(bench.run)/curve?metric=x")
    #expect(status == 200)
    let json = try #require(JSONValue(json: text))
    #expect(json["unfinite"] == .integer(3))
    #expect(json["count"] == .integer(5))
    #expect(bench.ask("/runs/\(bench.run)").status == 200)
    #expect(bench.ask("/").status == 200)
  }
}

@Suite struct ExportTests {
  @Test func `what cannot be said of one experiment is said on its page and ends nothing`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (distorted, corrected) = try bench.addCells(wrong: 5000)
    let folder = "\(bench.folder)/export"
    _ = try bench.site.export(to: folder)
    for name in [
      "experiment-little", "compare-cells-\(distorted)-\(corrected)", "images-\(corrected)",
    ] {
      let page = try String(contentsOfFile: "\(folder)/\(name).html", encoding: .utf8)
      #expect(page.contains("<p class=\"problem\">"), "\(name)")
    }
    let page = try String(contentsOfFile: "\(folder)/experiment-little.html", encoding: .utf8)
    #expect(page.contains("5000: not one of the 1000 of ImageNet-1k"))
  }

  @Test func `an experiment whose pictures cannot be made does not end an export`() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (distorted, corrected) = try bench.addCells()
    let folder = "\(bench.folder)/export"
    let said = try bench.site.export(to: folder)
    #expect(said.contains("files"))
    func page(_ name: String) throws -> String {
      try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }
    let experiment = try page("experiment-little.html")
    let compared = "compare-cells-\(distorted)-\(corrected).html"
    #expect(experiment.contains("href=\"\(compared)\""))
    #expect(experiment.contains("href=\"images-\(corrected).html\""))
    #expect(!experiment.contains("href=\"/"))
    #expect(try page(compared).contains("Images fixed and broken"))
    #expect(!(try page(compared).contains("href=\"/")))
    // The photos are not there.
    #expect(try page("images-\(corrected).html").contains("class=\"problem\""))
  }
}
