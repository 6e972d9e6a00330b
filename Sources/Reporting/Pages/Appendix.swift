/// How a report's numbers came about, as its template sets it: tables and a block of commands.
struct Appendix: Encodable {
  let files, settings: String
  /// `nil` where none is known.
  let commands: String?
  /// The configuration of a training run, as JSON.
  let configuration: String?

  /// - Parameter commands: what was typed, those that are not known left out.
  init(files: Table, settings: Table, commands: [String], configuration: String? = nil) {
    self.files = files.markdown.trimmedLines
    self.settings = settings.markdown.trimmedLines
    let typed = commands.filter { !$0.isEmpty }
    self.commands =
      typed.isEmpty ? nil : Markdown.block(typed.joined(separator: "\n")).trimmedLines
    self.configuration = configuration
  }
}
