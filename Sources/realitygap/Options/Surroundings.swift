import Evaluation
import Foundation
import NeuralNetworks
import Tensors

/// What this process is and runs on, for the birth certificate of results.
enum Surroundings {
  /// The program's version.
  static let version = "0.1.0"

  static func environment(
    _ compute: ComputeOptions, engine: any ConvolutionEngine, context: ComputeContext
  ) -> RunEnvironment {
    RunEnvironment(
      engine: compute.engine.rawValue, engineVersion: engine.versions,
      precision: compute.precision.rawValue, threads: context.pool.threads,
      versions: ["realitygap": version, "engine": engine.versions],
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

  /// The commit of the checkout that the program was built in, when it still lies there. Another
  /// repository that it was copied into says nothing of it.
  static func commit() -> String? {
    guard var folder = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let git = gitFolder(of: folder)
      guard let head = text(git.appendingPathComponent("HEAD")) else { continue }
      let package = text(folder.appendingPathComponent("Package.swift"))
      guard package?.contains("name: \"realitygap\"") == true else { return nil }
      guard head.hasPrefix("ref: ") else { return head }
      let name = String(head.dropFirst(5))
      // A worktree shares its branches with the repository that it belongs to.
      let shared = text(git.appendingPathComponent("commondir")).map {
        URL(fileURLWithPath: $0, relativeTo: git)
      }
      for place in [git, shared].compactMap({ $0 }) {
        if let commit = text(place.appendingPathComponent(name)) { return commit }
        let packed = text(place.appendingPathComponent("packed-refs")) ?? ""
        let line = packed.split(separator: "\n").first { $0.hasSuffix(" " + name) }
        if let line { return String(line.prefix { $0 != " " }) }
      }
      return nil
    }
    return nil
  }

  /// `.git`, or the folder that it names where the checkout is a worktree.
  private static func gitFolder(of checkout: URL) -> URL {
    let git = checkout.appendingPathComponent(".git")
    guard let link = text(git), link.hasPrefix("gitdir: ") else { return git }
    return URL(fileURLWithPath: String(link.dropFirst(8)), isDirectory: true, relativeTo: checkout)
  }

  private static func text(_ url: URL) -> String? {
    (try? String(contentsOf: url, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
