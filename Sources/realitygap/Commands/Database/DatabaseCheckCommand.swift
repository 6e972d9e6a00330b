import ArgumentParser
import Support

/// `realitygap database check`: the integrity of the file.
struct DatabaseCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the integrity of the file, its references, cells and predictions.",
    discussion: "Prints one line per problem and fails if there are any.")

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let result = try database.openToRead().check()
    guard result.problems.isEmpty else {
      for problem in result.problems { print(problem) }
      throw UserError(
        "\(database.path): \(result.problems.count) "
          + (result.problems.count == 1 ? "problem" : "problems"),
        remedy: "restore a backup, or delete the affected runs")
    }
    let size = result.size
    print(
      "\(database.path): ok, \(size.runs) runs, \(size.cells) cells, \(size.predictions) "
        + "predictions, \(size.failures) failures")
  }
}
