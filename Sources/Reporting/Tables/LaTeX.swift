/// Texts and tables for LaTeX, with the package `booktabs`.
public enum LaTeX {
  private static let commands: [Character: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#",
    "%": "\\%", "_": "\\_", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}",
    "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "''",
    "−": "$-$", "–": "--", "—": "---", "×": "$\\times$", "→": "$\\to$", "°": "$^\\circ$",
    "…": "\\ldots{}", "λ": "$\\lambda$", "θ": "$\\theta$", "ŷ": "$\\hat{y}$", "≥": "$\\ge$",
    "≤": "$\\le$", "²": "$^2$", "\u{a0}": "~",
  ]

  /// A text with everything escaped that means something to LaTeX; line breaks become spaces.
  public static func escaped(_ text: String) -> String {
    text.map { character in
      if let command = commands[character] { return command }
      return character.isNewline ? " " : String(character)
    }.joined()
  }

  /// A floating table with rules of `booktabs`, a caption and a label for `\ref`.
  ///
  /// - Parameter label: letters, digits and hyphens; others become hyphens.
  public static func table(_ table: Table, caption: String, label: String) -> String {
    func line(_ cells: [String]) -> String {
      "    " + cells.map(escaped).joined(separator: " & ") + " \\\\\n"
    }
    let columns = table.alignments.map { $0 == .left ? "l" : "r" }.joined()
    let name = String(
      label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
    return """
      % Needs \\usepackage{booktabs}.
      \\begin{table}
        \\centering
        \\caption{\(escaped(caption))}
        \\label{tab:\(name)}
        \\begin{tabular}{\(columns)}
          \\toprule
      \(line(table.columns))    \\midrule
      \(table.rows.map(line).joined())    \\bottomrule
        \\end{tabular}
      \\end{table}

      """
  }
}
