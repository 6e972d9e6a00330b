import Foundation
import Models
import Support
import Tensors
import Testing
import WeightFiles

@Suite("Corrector files")
struct CorrectorFileTests {
  private final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "realitygap-corrector-" + UUID().uuidString
    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder: Folder
  private let path: String
  private let corrector: Corrector

  init() throws {
    folder = try Folder()
    path = folder.path + "/corrector.h5"
    corrector = try Corrector(
      CorrectorConfiguration(
        stages: [.stn, .color, .unet],
        stn: .init(localisation: .init(view: 8, widths: [2]), sampling: .bicubic),
        color: .init(features: .init(view: 8, widths: [2], normalization: .batch)),
        unet: .init(width: 2, depth: 1)), seed: 3)
  }

  private func problem() -> String? {
    do {
      _ = try CorrectorFile.load(path)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("what is written is read: stages, numbers and statistics")
  func roundTrip() throws {
    for (_, statistics) in corrector.parameters.statistics {
      statistics.mean = Synthetic.noise("mean", shape: statistics.mean.shape) { $0 }
    }
    try CorrectorFile.write(corrector, to: path, notes: ["training": "sample"])
    let loaded = try CorrectorFile.load(path)
    #expect(loaded.configuration == corrector.configuration)
    let (a, b) = (corrector.parameters.state, loaded.parameters.state)
    #expect(a.names == b.names)
    for name in a.names { #expect(a[name]?.elements == b[name]?.elements, "\(name)") }
    #expect(try StateDict.load(path).attributes["training"] == "sample")
  }

  @Test("a missing file, text, and the weights of something else are no correctors")
  func others() throws {
    #expect(problem()?.hasPrefix(path) == true)
    try Data("no corrector".utf8).write(to: URL(fileURLWithPath: path))
    #expect(problem()?.hasPrefix(path) == true)
    var weights = StateDict()
    weights["w"] = Tensor([1, 2, 3])
    try weights.write(path)
    #expect(problem()?.hasPrefix("\(path): not a corrector") == true)
  }

  @Test("truncated anywhere it is an error that names the file", arguments: [0.0, 0.1, 0.5, 0.9])
  func truncated(part: Double) throws {
    try CorrectorFile.write(corrector, to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(Int(Double(bytes.count) * part)).write(to: URL(fileURLWithPath: path))
    let line = try #require(problem())
    #expect(line.hasPrefix(path), "\(line)")
  }

  @Test("tensors that are missing, misshapen or not finite are named")
  func tensors() throws {
    try CorrectorFile.write(corrector, to: path)
    let good = try StateDict.load(path)
    func problem(_ edit: (inout StateDict) -> Void) throws -> String? {
      var state = good
      edit(&state)
      try state.write(path)
      return self.problem()
    }
    let name = "unet.out.bias"
    // Another tensor makes up for the numbers that are missing.
    let spare = Tensor(zeros: [100])
    let missing = try problem {
      $0[name] = nil
      $0["spare"] = spare
    }
    #expect(missing == "\(path): \(name) is missing")
    #expect(try problem { $0[name] = Tensor(zeros: [4]) } == "\(path): \(name) is [4], not [3]")
    #expect(
      try problem { $0[name] = Tensor([0, .nan, 0]) } == "\(path): \(name) holds NaN or infinity")
    #expect(
      try problem { $0["color.norms.0.running_var"] = Tensor([1, .infinity]) }
        == "\(path): color.norms.0.running_var holds NaN or infinity")
  }

  @Test("a configuration that asks for more than the file holds is refused before memory is taken")
  func configuration() throws {
    try CorrectorFile.write(corrector, to: path)
    let good = try StateDict.load(path)
    let json = try #require(good.attributes["configuration"])
    func problem(_ found: String, _ replaced: String) throws -> String {
      try #require(json.contains(found), "\(json)")
      var state = good
      state.attributes["configuration"] = json.replacingOccurrences(of: found, with: replaced)
      try state.write(path)
      return try #require(self.problem())
    }
    #expect(try problem(#""depth":1"#, #""depth":5"#).contains("the file is damaged"))
    #expect(
      try problem(#""depth":1"#, #""depth":-1"#) == "\(path): corrector: unet: depth must be 1 to 5"
    )
    #expect(try problem(#""width":2"#, #""width":256"#).hasPrefix("\(path): holds "))
    let vast = try problem(
      #""view":8,"widths":[2]"#, #""hidden":4096,"view":256,"widths":[1024]"#)
    #expect(vast.contains("too many"), "\(vast)")
    #expect(try problem(#""stages":["stn","color","unet"]"#, #""stages":[]"#).contains("no stages"))
    #expect(try problem(#""depth":1"#, #""deep":1"#).hasPrefix("\(path): not a corrector"))
  }
}
