@testable import Datasets
@testable import Evaluation
import Foundation
@testable import Interchange
import Support
@testable import Tracking
@testable import Training

extension FuzzTarget {
  static let texts = [
    FuzzTarget("yaml") { bytes in
      let path = try Place.file(bytes)
      var settings = try YAMLSettings(file: path)
      try settings.set("a.b=1", option: "--set")
      _ = try settings.root.line()
    },
    FuzzTarget("training", of: "yaml") { _ = try TrainingConfiguration(file: try Place.file($0)) },
    FuzzTarget("experiment", of: "yaml") { _ = try Experiment(file: try Place.file($0)) },
    FuzzTarget("sweep", of: "yaml") { _ = try Sweep(file: try Place.file($0)) },
    FuzzTarget("set", of: "yaml") { _ = try SetDescription(file: try Place.file($0)) },
    FuzzTarget("distortion", of: "yaml") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let distortion = try Distortion(yaml: text, file: "input", identity: "input")
      let again = try Distortion(definition: distortion.definition, identity: "input")
      guard again.definition == distortion.definition else {
        fatalError("a definition that reads back as another")
      }
    },
    FuzzTarget("json") { bytes in
      guard let value = JSONValue(json: String(decoding: bytes, as: UTF8.self)) else { return }
      _ = try value.line()
      _ = value.leaves(.brackets)
    },
    FuzzTarget("predictions") { _ = try PredictionFile(path: try Place.file($0)) },
    FuzzTarget("sqlite") { bytes in
      let path = try Place.file(bytes, named: "results.sqlite")
      let store = try Store(path: path, options: .init(mustExist: true, access: .snapshot))
      _ = try store.check()
      _ = try store.runSummaries()
      for run in try store.runs().prefix(4) { _ = try store.cells(run: run.id) }
    },
  ]
}
