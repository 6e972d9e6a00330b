import Reporting
import Support
import Testing
import Tracking

@Suite("Runs as text")
struct RunTextTests {
  @Test("a sparkline goes from lowest to highest, averages neighbours and leaves gaps")
  func sparkline() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([7, 0, .nan, .infinity, 3.5]) == "█▁  ▅")
    #expect(Sparkline.text([2, 2, 2]) == "▅▅▅")
    #expect(Sparkline.text([1]) == "▅")
    #expect(Sparkline.text([]) == "" && Sparkline.text([.nan, .nan]) == "")
    #expect(Sparkline.text((0..<1000).map(Double.init), width: 8) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([-1e308, 1e308]) == "▁█")
  }

  @Test("a metric's best value is its lowest, or its highest where more is better")
  func best() throws {
    func summary(_ name: String) throws -> MetricSummary {
      try #require(
        MetricSummary.all(
          [.nan, 3, 1, 2].enumerated().map { .init(step: $0, name: name, value: $1) }
        ).first)
    }
    let loss = try summary("train/loss")
    #expect(loss.best?.step == 2 && loss.first.isNaN && loss.last == 2)
    for name in ["validation/psnr", "validation/ssim", "train/images_per_second"] {
      #expect(try summary(name).best?.step == 1)
    }
    #expect(MetricSummary.all([.init(step: 1, name: "x", value: .nan)]).first?.best == nil)
  }

  @Test("CSV fields are quoted where they must be, and read back as they were")
  func csv() throws {
    let fields = ["plain", "a,b", "say \"x\"", "two\nlines", "", "Ä"]
    let line = CSV.line(fields)
    #expect(line.hasPrefix("plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",,Ä\n"))
    #expect(try CSV.rows(of: line.utf8, name: "x").map(\.fields) == [fields])
  }

  @Test("JSON goes there and back; what is no number becomes null")
  func json() throws {
    let text = #"{"a":[1,2.5,true,null,"x"],"b":{}}"#
    #expect(try JSONValue(json: text)?.line() == text)
    #expect(try JSONValue.list([.number(.nan), .number(.infinity)]).line() == "[null,null]")
    #expect(JSONValue(json: "{") == nil)
  }
}
