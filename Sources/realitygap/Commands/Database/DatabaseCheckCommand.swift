import ArgumentParser
import Support

/// `realitygap database check`: whether the file can be trusted.
struct DatabaseCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Examine the file, its references, its cells and predictions.",
    discussion: "Prints one line a problem and fails when there is any.")

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let result = try database.openToRead().check()
    guard result.problems.isEmpty else {
      for problem in result.problems { print(problem) }
      throw UserError(
        "\(database.path): \(result.problems.count) "
          + (result.problems.count == 1 ? "problem" : "problems"),
        remedy: "restore a copy, or delete the runs concerned")
    }
    let size = result.size
    print(
      "\(database.path): ok, \(size.runs) runs, \(size.cells) cells, \(size.predictions) "
        + "predictions, \(size.failures) failures")
  }
}
