/// How a report's numbers came about, as its template sets it: tables and a block of commands.
struct Appendix: Encodable {
  let files, settings: String
  /// `nil` where none is known.
  var commands: String?
  /// The configuration of a training run, as JSON.
  var configuration: String?
}
