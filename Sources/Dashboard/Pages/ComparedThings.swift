import Support

/// What an address says is compared: runs, or cells.
struct ComparedThings {
  /// Whether they are cells.
  let areCells: Bool
  /// Of runs or cells, two to eight, each once.
  let ids: [Int64]

  /// - Throws: `PageError` unless there are two to eight numbers.
  init(_ query: Query) throws {
    let cells = query.all("cell")
    areCells = !cells.isEmpty
    ids =
      (areCells ? cells : query.all("run")).flatMap { $0.split(separator: ",") }
      .compactMap { Int64($0) }.distinct
    guard (2...8).contains(ids.count) else {
      throw PageError.badRequest("Choose two to eight runs in the list of runs.")
    }
  }

  /// Two cells.
  init(cells: [Int64]) { (areCells, ids) = (true, cells) }

  /// As arguments of `compare`.
  var subjects: [String] { ids.map { "\(areCells ? "evaluation" : "run"):\($0)" } }

  /// As the values of an address.
  var values: [(String, String)] { ids.map { (areCells ? "cell" : "run", "\($0)") } }

  /// `Runs 1, 2 compared`.
  var title: String {
    "\(areCells ? "Cells" : "Runs") \(ids.map(String.init).joined(separator: ", ")) compared"
  }

  /// A text that other things do not have.
  var key: String { subjects.joined(separator: "-") }
}
