import Evaluation
import Support

/// An ablation of the stages, samplers and losses of a corrector, as a Markdown page.
public struct AblationReport {
  /// A file whose hash the page names.
  public struct Source {
    /// What it is, in words.
    public let what: String
    /// As the page shall name it.
    public let path: String
    /// SHA-256.
    public let digest: String
    /// Its origin, in words.
    public let origin: String

    /// A file with its digest.
    public init(what: String, path: String, digest: String, origin: String = "") {
      (self.what, self.path) = (what, path)
      (self.digest, self.origin) = (digest, origin)
    }
  }

  private let rows: [Agreement.Row]
  private let variants: [Agreement.Row]
  private let photos: String
  private let sources: [Source]
  private let command: String

  /// - Parameters:
  ///   - rows: the corrector's stages and samplers, and the bounds.
  ///   - variants: other correctors.
  ///   - photos: what was measured on, in words.
  ///   - command: as it could be typed again.
  public init(
    rows: [Agreement.Row], variants: [Agreement.Row], photos: String, sources: [Source],
    command: String
  ) {
    (self.rows, self.variants, self.photos) = (rows, variants, photos)
    (self.sources, self.command) = (sources, command)
  }

  /// A section that lists photos; empty when there are none.
  private static func section(_ title: String, _ photos: [(name: String, what: String)]) -> String {
    guard !photos.isEmpty else { return "" }
    let lines = photos.map { "- \(Markdown.code($0.name)): \($0.what)" }
    return "## \(title)\n\n\(lines.joined(separator: "\n"))\n\n"
  }

  /// The page.
  public var markdown: String {
    let files = Table(
      columns: ["what", "file", "origin", "SHA-256"], labels: 4,
      rows: sources.map { [$0.what, $0.path, $0.origin, Markdown.code($0.digest)] })
    let others =
      variants.isEmpty
      ? ""
      : """
      ## Variants

      The same with one change each, trained for fewer steps than the corrector above: compare them
      with each other only.

      \(AgreementTable.table(variants).markdown)

      """
    let leftOut = Self.section(
      "Photos left out", (rows.first?.leftOut ?? []).map { ($0.name, $0.reason) })
    let damaged = Self.section(
      "Damaged photos, decoded as Pillow does",
      (rows.first?.damaged ?? []).map { ($0.name, Markdown.plain($0.damage)) })
    return """
      # Ablation of the corrector

      Agreement: how often the classifier's top-1 on restored images equals its top-1 on the canonical
      ones, on \(photos), with its 95 % interval (clustered by photo). MSE: against the canonical
      pixels, in the range 0 to 1; the last column divides it by that of the distorted images. No
      labels are used, so a corrector can be selected by this table without touching a test set.
      Differences of a point or two are within the variation from one set of photos to another.

      ## Correctors

      \(AgreementTable.table(rows.filter { !$0.isCeiling }).markdown)
      \(others)## Bounds

      Upper bounds from knowing the distortion: the true inverse of the affine map, and for each image
      the 3×4 colour matrix that fits best.

      \(AgreementTable.table(rows.filter(\.isCeiling)).markdown)
      \(leftOut)\(damaged)## Provenance

      \(files.markdown)
      \(Markdown.block(command))
      """
  }
}
