import ArgumentParser
import Support

/// `realitygap database vacuum`: reclaims disk space.
struct DatabaseVacuumCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vacuum",
    abstract: "Compact the file, dropping deleted rows and whatever no cell uses.")

  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let size = try database.open().vacuum()
    print("\(database.path): \(size.before) bytes before, \(size.after) after")
  }
}
