import Foundation
import Testing

/// The README and the pages of Documentation/ against the files that they show or speak of.
struct DocumentationTests {
  private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: checkout.appendingPathComponent(name), encoding: .utf8)
  }

  private static func pages() throws -> [String] {
    let folder = checkout.appendingPathComponent("Documentation").path
    return ["README.md"]
      + (try FileManager.default.contentsOfDirectory(atPath: folder))
      .filter { $0.hasSuffix(".md") }.map { "Documentation/\($0)" }
  }

  /// What stands between `<!-- begin FILE -->` and `<!-- end -->`, with FILE.
  private static func shownFiles(_ page: String) -> [(file: String, text: String)] {
    page.components(separatedBy: "<!-- begin ").dropFirst().map { part in
      let file = part.prefix { $0 != " " }
      let body = part.components(separatedBy: "\n<!-- end -->")[0]
      return (String(file), body.split(separator: "\n", maxSplits: 1).dropFirst().joined() + "\n")
    }
  }

  @Test("Numbers that a page shows are those of the report that they come from (make readme)")
  func generated() throws {
    var count = 0
    for page in try Self.pages() {
      for shown in Self.shownFiles(try Self.text(page)) {
        count += 1
        let content = try Self.text(shown.file)
        let expected = shown.file.hasSuffix(".txt") ? "```\n\(content)```\n" : content
        #expect(shown.text == expected, "\(page): \(shown.file) is stale; run make readme")
      }
    }
    #expect(count >= 3)
  }

  @Test("The README names every package that the bootstrap installs")
  func packages() throws {
    let (readme, bootstrap) = (try Self.text("README.md"), try Self.text("Scripts/bootstrap"))
    let lists = bootstrap.matches(of: /packages\+?=\(([^)]*)\)/)
    let packages = lists.flatMap { $0.1.split(separator: " ") }
    #expect(packages.count >= 7)
    for package in packages { #expect(readme.contains(package), "\(package)") }
  }

  @Test("Links between pages lead to files that are there")
  func links() throws {
    for page in try Self.pages() {
      let folder = Self.checkout.appendingPathComponent(page).deletingLastPathComponent()
      for link in try Self.text(page).matches(of: /\]\(([^)#]+)\)/) where !link.1.contains("://") {
        let target = folder.appendingPathComponent(String(link.1)).path
        #expect(FileManager.default.fileExists(atPath: target), "\(page): \(link.1)")
      }
    }
  }
}
