import Evaluation
import Foundation
import NeuralNetworks
import Support
import Tensors

/// What this process is and runs on, for the provenance of results.
enum Surroundings {
  /// The program's version.
  static let version = "0.1.0"

  static func environment(
    _ compute: ComputeOptions, backend: any Backend, context: ComputeContext
  ) -> RunEnvironment {
    RunEnvironment(
      engine: compute.engine.rawValue, engineVersion: backend.versions,
      precision: compute.precision.rawValue, threads: context.pool.threads,
      versions: ["realitygap": version, "engine": backend.versions],
      commit: commit(), command: command)
  }

  /// The command line as it could be typed again.
  static var command: String {
    let arguments = CommandLine.arguments
    let program = (arguments.first ?? "realitygap").split(separator: "/").last.map(String.init)
    return ([program ?? "realitygap"] + arguments.dropFirst().map(quoted)).joined(separator: " ")
  }

  private static func quoted(_ argument: String) -> String {
    let isPlain = argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0) }
    return isPlain && !argument.isEmpty
      ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }

  /// The commit that the program was built from, `-dirty` where the checkout differed from it; `nil`
  /// where that is not known: for a build outside a checkout, or a program copied without its files.
  static func commit() -> String? { facts("commit.txt")?.first }

  /// The compiler that the program was built with; `nil` where that is not known.
  static func toolchain() -> String? { facts("toolchain.txt")?.first }

  /// The Swift packages that the program was built with, name, version and commit per line; `nil` where
  /// that is not known.
  static func packages() -> [String]? { facts("packages.txt") }

  /// The lines that the plugin `BuildFacts` wrote beside the program.
  private static func facts(_ name: String) -> [String]? {
    guard let data = try? resources.read(name) else { return nil }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static let resources = ResourceFolder(
    name: "realitygap_realitygap.resources", sources: nil)
}
