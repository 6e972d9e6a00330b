import Datasets
import Foundation
import Support
import Testing

@Suite("Distortion parameters as JSON")
struct DistortionJSONTests {
  private let valid = """
    {"rotation": -0.476204464901814, "translate": [2, -11], "scale": 0.9396950210299321,
     "shear": 0.07841273062271092, "brightness": 1.0436924144249484, "contrast": 0.8423301719274383,
     "saturation": 1.0059543195209026, "hue": 0.02597654404336039,
     "order": ["contrast", "brightness", "hue", "saturation"], "interpolation": "nearest"}
    """

  private func read(_ json: String) throws -> DistortionParameters {
    try DistortionParameters(json: Data(json.utf8), name: "p.json")
  }

  @Test("Every field is read")
  func fields() throws {
    let read = try read(valid)
    let expected = try DistortionParameters(
      rotation: -0.476204464901814, translateX: 2, translateY: -11, scale: 0.9396950210299321,
      shear: 0.07841273062271092, brightness: 1.0436924144249484, contrast: 0.8423301719274383,
      saturation: 1.0059543195209026, hue: 0.02597654404336039,
      order: [.contrast, .brightness, .hue, .saturation], interpolation: .nearest)
    #expect(read == expected)
  }

  @Test("What is written reads back as the same, to the last bit")
  func roundTrip() throws {
    for draw in 0..<200 {
      let drawn = DistortionRanges.paper.draw(seed: 9, item: "a.jpg", draw: draw)
      #expect(try read(drawn.json) == drawn)
    }
    let small = try DistortionParameters(
      rotation: 1e-9, translateX: 0, translateY: 0, scale: 1, shear: -1e-300, brightness: 0,
      contrast: 0, saturation: 0, hue: -0.5, order: [], interpolation: .bilinear)
    #expect(try read(small.json) == small)
  }

  @Test(
    "What is wrong is named with the file",
    arguments: [
      ("\"hue\": 0.02597654404336039,", "", "the key \"hue\" is missing"),
      ("\"hue\":", "\"tint\": 1, \"hue\":", "unknown key \"tint\""),
      ("[2, -11]", "[2.5, 0]", "translate"),
      ("[2, -11]", "[2]", "translate"),
      ("[2, -11]", "[2, 1000000]", "translate: 1000000 is not possible"),
      ("[2, -11]", "[1e300, 0]", "translate"),
      ("-0.476204464901814", "\"left\"", "rotation has a value of the wrong type"),
      ("-0.476204464901814", "null", "rotation has a value of the wrong type"),
      ("-0.476204464901814", "1e999", "p.json"),
      ("0.9396950210299321", "0", "scale: 0.0 is not possible"),
      ("0.9396950210299321", "-1", "scale: -1.0 is not possible"),
      ("0.07841273062271092", "90", "shear: 90.0 is not possible"),
      ("1.0436924144249484", "-0.1", "brightness: -0.1 is not possible"),
      ("0.8423301719274383", "-0.1", "contrast: -0.1 is not possible"),
      ("1.0059543195209026", "-0.1", "saturation: -0.1 is not possible"),
      ("0.02597654404336039", "0.51", "hue: 0.51 is not possible"),
      ("[\"contrast\",", "[\"gamma\",", "unknown step \"gamma\""),
      ("[\"contrast\",", "[\"hue\",", "a step appears twice"),
      ("\"nearest\"", "\"cubic\"", "interpolation: unknown name \"cubic\""),
      ("{", "", "not valid JSON"),
      ("{", "[{", "not valid JSON"),
    ])
  func errors(old: String, new: String, part: String) throws {
    let json = valid.replacingOccurrences(of: old, with: new)
    #expect(json != valid)
    let error = #expect(throws: UserError.self) { try read(json) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("p.json: ") && text.contains(part), "\(text)")
  }

  @Test("An array in place of the object, and a file that is missing, are errors")
  func otherInput() {
    #expect(throws: UserError.self) { try read("[1, 2]") }
    #expect(throws: UserError.self) { try Distortion.drawn(path: "/nonexistent/p.json") }
  }
}
