import GRDB

/// Changes of a database that the program itself never makes.
enum SQL {
  static func run(_ statement: String, in path: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: statement) }
  }
}
