import ArgumentParser
import Tracking

/// `--database` of commands that look at what is there and create nothing.
struct DatabaseOptions: ParsableArguments {
  @Option(
    name: .customLong("database"),
    help: ArgumentHelp("The database of results.", valueName: "file"))
  var path = "realitygap.sqlite"

  /// - Throws: `UserError` when there is no such database or it cannot be used.
  func open() throws -> Store {
    try Store(path: path, options: Store.Options(mustExist: true)).trusted()
  }

  /// For commands that change nothing: the file and its folder need not be writable.
  ///
  /// - Throws: As `open()`.
  func openToRead() throws -> Store {
    try Store(path: path, options: Store.Options(mustExist: true, access: .read)).trusted()
  }
}

extension Store {
  /// The same, whose files count as known.
  func trusted() -> Store {
    FileTrust.shared.trust(self)
    return self
  }

  /// Opens a database for a command that writes results, and says it where the place is not good for that.
  ///
  /// - Throws: `UserError` as `init(path:options:)`.
  static func toWrite(_ path: String, _ options: Options = Options()) throws -> Store {
    let store = try Store(path: path, options: options).trusted()
    if let note = store.placeNote { OpenLine.note("warning: \(note)") }
    return store
  }
}
