import Datasets
import Foundation
import Mustache
import Reporting
import Support

/// The templates of pages, read once.
struct PageTemplates: Sendable {
  /// A page's kind, by its template: `NAME.mustache`.
  enum Name: String, CaseIterable {
    case layout, charts, runs, run, compare, changes, experiments, experiment, confusions, images,
      image, problem
    case imageList = "image-list"
    case cellImages = "cell-images"
  }

  private let library: MustacheLibrary

  /// - Throws: `UserError` when the program's own files are missing or damaged.
  init() throws {
    var templates: [String: MustacheTemplate] = [:]
    for name in Name.allCases {
      let text = try DashboardFiles.resources.text("Pages/\(name.rawValue).mustache")
      do {
        templates[name.rawValue] = try MustacheTemplate(string: text)
      } catch {
        throw UserError("\(name.rawValue).mustache: cannot be read (\(error))")
      }
    }
    library = MustacheLibrary(templates: templates)
  }

  /// A page's inner part; texts are escaped.
  func render(_ name: Name, _ values: some Encodable) throws -> String {
    let tree = try JSONValue(encoding: values).templateValue ?? [:]
    guard let text = library.render(tree, withTemplate: name.rawValue) else {
      throw UserError("\(name.rawValue).mustache: the program's own data file is missing")
    }
    return text
  }
}

/// The files of this target.
enum DashboardFiles {
  static let resources = ResourceFolder(
    name: "realitygap_Dashboard.resources",
    sources: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Resources"))

  /// What pages load, by name, with its media type.
  static let assets = [
    "style.css": "text/css; charset=utf-8", "theme.js": "text/javascript; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8", "chart.js": "text/javascript; charset=utf-8",
    "images.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
  ]
}
