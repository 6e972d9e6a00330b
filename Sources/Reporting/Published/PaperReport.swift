import Evaluation
import Foundation
import Support

/// Published tables, tested as ours are, for GitHub and for a terminal.
public struct PaperReport: Sendable {
  private let tables: PublishedTables
  private let workingFolder: String

  /// - Parameter workingFolder: paths below it are written relative to it.
  public init(
    _ tables: PublishedTables, workingFolder: String = FileManager.default.currentDirectoryPath
  ) {
    self.tables = tables
    self.workingFolder = workingFolder
  }

  /// The whole report; it depends on the files only.
  public var markdown: String {
    var text = "# \(tables.title)\n\n"
    if !tables.description.isEmpty { text += "\(tables.description)\n\n" }
    for experiment in tables.experiments {
      let paper = PaperTables(experiment: experiment)
      text += """
        ## \(paper.title)

        \(experiment.published?.source ?? ""). \(paper.summary)

        \(paper.numbers.markdown)
        \(paper.judged.markdown)
        \(paper.sizes.markdown)

        """
    }
    text += "## How to read this\n\n\(Self.reading)\n\n## The printed percentages as counts\n\n"
    for experiment in tables.experiments {
      text += "\(PaperTables(experiment: experiment).counts.markdown)\n"
    }
    text += """
      A percentage is possible only if it corresponds to a whole number of the set's images. Where \
      several counts round to the printed number, the nearest is used above; where the exact value \
      lies halfway between two printed numbers, either rounding is accepted.

      ## Provenance

      \(files.markdown)
      """
    return text
  }

  /// The tables alone, for a terminal.
  public var text: String {
    var text = "\(tables.title)\n"
    for experiment in tables.experiments {
      let paper = PaperTables(experiment: experiment)
      text += "\n\(paper.title)\n\n\(paper.numbers.text)\n\(paper.judged.text)\n"
      text += "\(paper.sizes.text)\n\(paper.summary)\n"
    }
    return text + "\n\(Self.reading)\n"
  }

  private var files: Table {
    func shown(_ path: String) -> String { Provenance.shown(path, workingFolder) }
    return Table(
      columns: ["what", "file", "SHA-256"], labels: 3,
      rows: [["tables", shown(tables.file), Markdown.code(tables.digest)]]
        + tables.experiments.map {
          ["published numbers of \($0.name)", shown($0.file), Markdown.code($0.digest)]
        })
  }

  private static let reading = """
    In brackets: the 95 % interval (Wilson), given the size of the set. Points: corrected minus \
    uncorrected, as printed.

    Before and after are the same images, so what counts is how many the correction fixed and how \
    many it broke. The totals give only the difference of these two counts, so each improvement is \
    tested in three ways. **Unpaired**: as if before and after were different images (Newcombe's \
    interval for independent proportions, the two-proportion test); usually conservative, since an \
    image that is right before tends to be right after, but not a bound: negatively correlated \
    results would be worse. **At best**: no image was broken, so that as few as possible changed; \
    McNemar's exact p is then as small as the totals allow, and if even this p is large, the \
    improvement is not significant under any pairing. **At worst**: as many images fixed and broken \
    as the totals allow; if even this p is small, the improvement is significant under any pairing. \
    (Holm): the p to its left, corrected for the number of improvements in the table; p below 0.05 \
    is conventionally called significant.

    "Broken, at most for p < 0.05" is how many images the correction may have broken if McNemar's p \
    (before Holm's correction) is to stay below 0.05. The images for 80 % power are those with which \
    McNemar's test would detect, at the 5 % level, an improvement of that size in 80 of 100 \
    repetitions: n = (1.960 √ψ + 0.842 √(ψ − δ²))² / δ² (Connor 1987), with δ the improvement and ψ \
    the share of images that change: δ itself where none is broken, and p(1 − q) + q(1 − p) where \
    before (p) and after (q) are independent. Where images that are right before tend to be right \
    after, the truth lies in between.

    A sharper test would need to know which images were right before and after, that is, the \
    prediction for each image; these are not published. Our own tables keep them, so they need none \
    of these bounds.
    """
}
