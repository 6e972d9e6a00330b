import Foundation
import Support
import Testing
import WeightFiles

@Suite("realitygap classify")
struct ClassifyTests {
  private struct Line: Decodable {
    struct Entry: Decodable {
      let index: Int
      let wnid: String
      let name: String
      let logit: Float
      let probability: Double
    }
    let image: String
    let top5: [Entry]
  }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func classify(_ arguments: [String]) throws -> Output {
    try Command.run(["classify", "--weights", Repository.weights] + arguments, in: folder)
  }

  @Test("every build has auto and openblas")
  func engineList() {
    #expect(engines.contains("auto") && engines.contains("openblas"))
  }

  @Test("the sample: golden logits, 14 right at top-1 and 17 at top-5", arguments: engines)
  func sample(engine: String) throws {
    let photos = try Repository.photos()
    let output = try classify(["--json", "--logits", "l.h5", "--engine", engine] + photos)
    expectSuccess(output)
    #expect(output.errors.isEmpty)

    let golden = try HDF5File(path: Fixture.path("squeezenet1_1_logits.h5")).tensor("logits")
    let logits = try HDF5File(path: folder.file("l.h5")).tensor("logits")
    #expect(logits.shape == [20, 1000] && golden.shape == [20, 1000])
    let expected = golden.elements.map(Double.init)
    let mean = expected.reduce(0, +) / Double(expected.count)
    let variance = expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(expected.count)
    let worst = zip(logits.elements, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(worst / variance.squareRoot() < 5e-3)

    let lines = try output.lines.map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    #expect(lines.map(\.image) == photos)
    let rows = try CSV.rows(path: Repository.path("Experiments/sample/labels.csv")).dropFirst()
    let labels = Dictionary(uniqueKeysWithValues: rows.map { ($0.fields[0], Int($0.fields[1])) })
    var (top1, top5) = (0, 0)
    for (row, line) in lines.enumerated() {
      let label = try #require(labels[URL(fileURLWithPath: line.image).lastPathComponent])
      top1 += line.top5.first?.index == label ? 1 : 0
      top5 += line.top5.contains { $0.index == label } ? 1 : 0
      #expect(line.top5.count == 5)
      #expect(zip(line.top5, line.top5.dropFirst()).allSatisfy { $0.logit >= $1.logit })
      let all = Array(logits.elements[row * 1000..<(row + 1) * 1000])
      let sum = all.reduce(0) { $0 + exp(Double($1)) }
      for entry in line.top5 {
        #expect(entry.logit == all[entry.index])
        #expect(abs(entry.probability - exp(Double(entry.logit)) / sum) < 1e-6)
      }
    }
    #expect(top1 == 14)
    #expect(top5 == 17)
  }

  @Test("a line of --json has the keys that CONTRACT.md names, and no other")
  func jsonKeys() throws {
    let output = try classify(["--json", Repository.photo])
    let line = try #require(output.lines.first)
    #expect(output.lines.count == 1)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(Set(object.keys) == ["image", "top5"])
    let entries = try #require(object["top5"] as? [[String: Any]])
    #expect(entries.count == 5)
    for entry in entries {
      #expect(Set(entry.keys) == ["index", "wnid", "name", "logit", "probability"])
    }
    #expect(entries.first?["wnid"] as? String == "n02108422")
    #expect(entries.first?["index"] as? Int == 243)
  }

  @Test("classes do not depend on threads and batch")
  func threadsAndBatch() throws {
    func classes(_ options: [String]) throws -> [[Int]] {
      let output = try classify(["--json"] + options + Repository.photos())
      expectSuccess(output)
      return try output.lines.map {
        try JSONDecoder().decode(Line.self, from: Data($0.utf8)).top5.map(\.index)
      }
    }
    let whole = try classes(["--threads", "2", "--batch", "20"])
    #expect(whole.count == 20)
    #expect(try classes(["--threads", "1", "--batch", "7"]) == whole)
    #expect(try classes(["--threads", "3", "--batch", "1"]) == whole)
  }

  @Test("people see the file, then five classes with percent and index")
  func text() throws {
    let output = try classify([Repository.photo])
    #expect(output.lines.count == 6)
    #expect(output.lines.first == Repository.photo)
    #expect(output.lines[1].contains("Bullmastiff (243)") && output.lines[1].contains(" %"))
  }

  @Test("names with spaces, equals signs, quotes and letters beyond ASCII are read")
  func oddNames() throws {
    let bytes = try Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg")
    let names = ["a b.jpg", "x=1,2.jpg", "'quoted\".jpg", "Größe 漢字.jpg", "-dash.jpg"]
    for name in names { try folder.add("in ÿ/\(name)", bytes) }
    let output = try classify(["--json"] + names.map { "in ÿ/\($0)" })
    expectSuccess(output)
    let images = try output.lines.map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).image
    }
    #expect(images == names.map { "in ÿ/\($0)" })
  }

  @Test("images that cannot be used end it with one line that names them")
  func badImages() throws {
    let photo = try Repository.bytes("Experiments/sample/images/imagenet_00_243.jpg")
    try folder.add("empty.jpg", "")
    try folder.add("cut.jpg", photo.prefix(3000))
    try folder.add("text.jpg", "hello, world")
    try folder.add("head.jpg", photo.prefix(3))
    expectFailure(try classify(["missing.jpg"]), "missing.jpg", "no such file")
    expectFailure(try classify(["empty.jpg"]), "empty.jpg", "empty")
    expectFailure(try classify(["cut.jpg"]), "cut.jpg", "truncated")
    expectFailure(try classify(["text.jpg"]), "text.jpg", "not a JPEG")
    expectFailure(try classify(["head.jpg"]), "head.jpg")
    expectFailure(try classify(["."]), ".: not a regular file")
    // Bytes that are not UTF-8 do not reach the program unchanged; they must not crash it either.
    let odd = try Command.shell(
      #""$RG" classify --weights "$1" "$(printf 'b\377.jpg')""#, [Repository.weights], in: folder)
    expectFailure(odd, "no such file")
  }
}
