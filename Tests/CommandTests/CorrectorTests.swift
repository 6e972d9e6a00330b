import Foundation
import Support
import Testing

/// The corrector that ships, and the commands that use one.
@Suite("realitygap with a corrector")
struct CorrectorTests {
  let folder: TemporaryFolder
  static let corrector = Repository.path("Experiments/sample/corrector.h5")
  static let lattice = Repository.path("Experiments/sample/corrector-lattice.h5")

  init() throws { folder = try TemporaryFolder() }

  /// The first photos of the sample, in a folder of their own.
  private func photos(_ count: Int) throws -> String {
    for path in try Repository.photos().prefix(count) {
      let name = URL(fileURLWithPath: path).lastPathComponent
      try folder.add("photos/\(name)", try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    return folder.file("photos")
  }

  /// 20 photographs cannot tell how much better (Reports/sample.md); two points are what these draws
  /// leave no doubt about.
  @Test(
    "the sample shows G and G with the lattice, the correctors that ship; both are clearly better")
  func sample() throws {
    let output = try Command.run(
      [
        "reproduce", "sample", "--database", "r.sqlite", "--reports", "reports", "--draws", "20",
      ], in: folder)
    expectSuccess(output)
    let cells = try folder.rows(
      "r.sqlite",
      "SELECT condition, correct, total, corrector FROM top1 ORDER BY condition, corrector")
    try #require(cells.map { $0[0] } == ["canonical", "corrected", "corrected", "distorted"])
    #expect(cells.map { $0[2] } == ["20", "400", "400", "400"])
    let digests = try [Self.corrector, Self.lattice].map { try FileDigest.sha256(path: $0) }
    #expect(cells[1...2].map { $0[3] } == digests.sorted())
    let right = cells.compactMap { Int($0[1]) }
    #expect(right[1...2].allSatisfy { $0 >= right[3] + 8 }, "\(right)")
    #expect(output.text.contains("McNemar"))
  }

  @Test("of the canonical images that were right, at most one is wrong after the corrector")
  func canonical() throws {
    func right(_ options: [String]) throws -> Int {
      struct Line: Decodable {
        struct Entry: Decodable { let index: Int }
        let image: String
        let top5: [Entry]
      }
      let output = try Command.run(
        ["classify", "--json", "--weights", Repository.weights] + options + Repository.photos(),
        in: folder)
      expectSuccess(output)
      return try output.lines.count { text in
        let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
        // imagenet_<number>_<class>.jpg
        let name = line.image.split(separator: "_").last?.split(separator: ".").first
        return name.flatMap { Int($0) } == line.top5.first?.index
      }
    }
    #expect(try right([]) == 14)
    #expect(try right(["--corrector", Self.corrector]) >= 13)
  }

  @Test("agreement prints rates with intervals, as a table and as JSON")
  func agreement() throws {
    let arguments = [
      "agreement", "--corrector", Self.corrector, "--images", try photos(3), "--draws", "2",
      "--weights", Repository.weights,
    ]
    let table = try Command.run(arguments, in: folder)
    expectSuccess(table)
    for word in ["distorted", "corrected", "canonical through G"] {
      #expect(table.text.contains(word), "\(table.text)")
    }
    struct Row: Decodable {
      let agreement: Double
      let mse: Double
    }
    let json = try Command.run(arguments + ["--json"], in: folder)
    expectSuccess(json)
    let rows = try json.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    #expect(rows.count == 3)
    #expect(rows[1].mse < rows[0].mse)
  }

  @Test("ablate writes stages, samplers, variants and bounds on one page")
  func ablate() throws {
    let output = try Command.run(
      [
        "ablate", "--corrector", Self.lattice, "--images", try photos(2), "--draws", "1",
        "--weights", Repository.weights, "--variant", "again=\(Self.lattice)", "--variant",
        Self.lattice, "--output", "ablation.md",
      ], in: folder)
    expectSuccess(output)
    let page = String(decoding: try folder.bytes("ablation.md"), as: UTF8.self)
    for row in [
      "| stn → color → unet, lattice (G) |", "| stn, bicubic |", "| color → unet |",
      "| stn, nearest |", "| again |",
      "| true inverse affine, bicubic, and best colour matrix |", "samples of 3803 photos",
      "| G given the true θ |", "| true lattice and best colour matrix |",
    ] {
      #expect(page.contains(row), "\(page)")
    }
  }

  @Test("bench train and bench table1 give one JSON object each, in either precision")
  func bench() throws {
    struct Line: Decodable {
      let unit: String
      let batch: Int
      let threads: Int
      let median: Double
    }
    let sizes = ["--width", "2", "--batch", "2", "--threads", "1", "--seconds", "0.01"]
    let table1 = ["table1", "--models", "squeezenet1_1", "--images", try photos(2)]
    let narrow = hasBfloat16 ? [["train", "--precision", "bfloat16"]] : []
    let works = [["train"], table1] + narrow
    for work in works {
      let output = try Command.run(["bench"] + work + sizes + ["--json", "-"], in: folder)
      expectSuccess(output)
      let line = try JSONDecoder().decode(Line.self, from: Data(output.text.utf8))
      #expect(line.unit == "images/s" && line.batch == 2 && line.threads == 1 && line.median > 0)
    }
    for wrong in [["--precision", "float16"], ["--width", "0"], ["--batch", "1"]] {
      #expect(try Command.run(["bench", "train"] + wrong, in: folder).status == 64)
    }
  }

  @Test("bench scaling gives one JSON object for each work and number of threads")
  func scaling() throws {
    struct Row: Decodable, Equatable {
      let work: String
      let images: Int
      let threads: Int
      let one_thread: Double
      let rehearsed: Double
      let measured: [Double]?
      let shared_bytes: Int?
    }
    let arguments = [
      "bench", "scaling", "--works", "squeezenet1_1,correct,train", "--width", "2", "--batch", "4",
      "--training-batch", "2", "--threads", "2", "--repetitions", "1",
    ]
    let output = try Command.run(arguments + ["--json", "-"], in: folder)
    expectSuccess(output)
    let rows = try output.text.split(separator: "\n").map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8))
    }
    let works = ["inference squeezenet1_1", "correct width 2", "train width 2"]
      .map { $0 + " float32" }
    #expect(rows.map(\.work) == works.flatMap { [$0, $0] })
    #expect(rows.map(\.threads) == [2, 4, 2, 4, 2, 4])
    #expect(rows.map(\.images) == [4, 4, 4, 4, 2, 2])
    #expect(rows.allSatisfy { $0.one_thread > 0 && ($0.measured != nil) == ($0.threads == 2) })
    #expect(rows.allSatisfy { $0.rehearsed > 0 })
    #expect(rows.map { $0.shared_bytes != nil } == [true, true, true, true, false, false])
    // Four images and the weights of SqueezeNet's last layers.
    #expect((2_408_448...400_000_000).contains(rows[0].shared_bytes ?? 0))
    let text = try Command.run(arguments, in: folder).text
    #expect(text.contains("to hand a loop over to 2 threads takes"), "\(text)")
    for wrong in [["--batch", "1"], ["--batch", "4", "--most", "8"], ["--most", "1"]] {
      #expect(try Command.run(["bench", "scaling"] + wrong, in: folder).status == 64)
    }
    let single = try Command.run(["bench", "scaling", "--threads", "1"], in: folder)
    #expect(single.status == 1 && single.errors.contains("two processors"), "\(single.errors)")
  }

  @Test("initial stages need a corrector, and must be stages")
  func initialStages() throws {
    let arguments = [
      "train", Repository.path("Experiments/train-sample.yaml"), "--images", try photos(1),
      "--output", "out", "--initial-stages",
    ]
    #expect(try Command.run(arguments + ["stn"], in: folder).status == 64)
    expectFailure(
      try Command.run(arguments + ["wings", "--initial", Self.corrector], in: folder),
      "--initial-stages wings", "stn, color, unet")
  }
}
