import ArgumentParser
import Support

/// `realitygap database vacuum`: gives room back.
struct DatabaseVacuumCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vacuum",
    abstract: "Rewrite the file without what was deleted and what no cell uses.")

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let size = try database.open().vacuum()
    print("\(database.path): \(size.before) bytes before, \(size.after) after")
  }
}
