import Datasets
import Foundation
import Mustache
import Support

/// The templates of reports, which lay out the pages: the program's own, or those of a folder.
public struct ReportTemplates: Sendable {
  /// A page's kind, by its template: `NAME.mustache`.
  public enum Page: String, CaseIterable, Sendable {
    case experiment
    case training
    case comparison
    /// The report that a run writes.
    case short
  }

  /// The part that the pages of an experiment share.
  private static let shared = "results"

  /// `nil` for the program's own.
  private let folder: String?

  /// - Parameter folder: of templates that replace the program's own; those that it lacks stay.
  /// - Throws: `UserError` when it is not a folder, or holds none of the templates.
  public init(folder: String? = nil) throws {
    self.folder = folder
    guard let folder else { return }
    var isFolder: ObjCBool = false
    let files = FileManager.default
    guard files.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw UserError("\(folder): no such folder", remedy: "give --templates a folder")
    }
    let names = Page.allCases.map { "\($0.rawValue).mustache" }
    guard names.contains(where: { files.fileExists(atPath: "\(folder)/\($0)") }) else {
      throw UserError(
        "\(folder): holds no template", remedy: "put \(names.joined(separator: " or ")) into it")
    }
  }

  /// The program's own templates, in `realitygap_Reporting.resources` beside it.
  private static let resources = ResourceFolder(
    name: "realitygap_Reporting.resources",
    sources: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Resources"))

  /// A page with its values set in.
  ///
  /// - Throws: `UserError` naming the template and the line when it cannot be read.
  func render(_ page: Page, _ values: some Encodable) throws -> String {
    let library = MustacheLibrary(templates: [Self.shared: try template(Self.shared)])
    let tree = try JSONValue(encoding: values).templateValue ?? [:]
    return try template(page.rawValue).render(tree, library: library)
  }

  private func template(_ name: String) throws -> MustacheTemplate {
    let (text, place) = try source("\(name).mustache")
    do {
      // A page holds Markdown, in which HTML's escapes would be wrong.
      return try MustacheTemplate(string: "{{% CONTENT_TYPE: TEXT}}\n" + text)
    } catch let error as MustacheTemplate.ParserError {
      // The first line is the one above.
      let line = error.context.lineNumber - 1
      throw UserError(
        "\(place), line \(line): not a Mustache template (\(Self.words(error.error)))",
        remedy: "see the program's own for an example")
    }
  }

  private func source(_ name: String) throws -> (text: String, place: String) {
    if let folder {
      let path = "\(folder)/\(name)"
      if FileManager.default.fileExists(atPath: path) {
        guard let data = FileManager.default.contents(atPath: path),
          let text = String(validating: data, as: UTF8.self)
        else { throw UserError("\(path): cannot be read as UTF-8 text") }
        return (text, path)
      }
    }
    let data = try Self.resources.read("Templates/\(name)")
    return (String(decoding: data, as: UTF8.self), name)
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case MustacheTemplate.Error.sectionCloseNameIncorrect: "a section is closed by another name"
    case MustacheTemplate.Error.unfinishedName: "a tag is not finished"
    case MustacheTemplate.Error.expectedSectionEnd: "a section is never closed"
    default: "\(error)"
    }
  }
}
