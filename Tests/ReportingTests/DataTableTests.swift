import Foundation
import Reporting
import Support
import Testing

@Suite("Tables for other programs")
struct DataTableTests {
  private var table: DataTable {
    var table = DataTable(columns: ["name", "count", "value"])
    table.append([.text("a \"b\", c\nd\\"), .integer(3), .number(0.1)])
    table.append([.text("plain"), .null, .number(.nan)])
    return table
  }

  @Test("CSV comes back as it went in")
  func csv() throws {
    #expect(table.csv.hasPrefix("name,count,value\n"))
    let rows = try CSV.rows(of: Array(table.csv.utf8), name: "t")
    #expect(
      rows.map(\.fields) == [
        ["name", "count", "value"], ["a \"b\", c\nd\\", "3", "0.1"], ["plain", "", "nan"],
      ])
  }

  @Test("JSON has numbers as numbers, null for what is missing, and the columns in order")
  func json() throws {
    struct Line: Decodable, Equatable {
      let name: String
      let count: Int?
      let value: Double?
    }
    let lines = try JSONDecoder().decode([Line].self, from: Data(table.json.utf8))
    #expect(
      lines == [
        Line(name: "a \"b\", c\nd\\", count: 3, value: 0.1),
        Line(name: "plain", count: nil, value: nil),
      ])
    #expect(table.json.contains(#"{"name": "plain", "count": null, "value": null}"#))
    #expect(DataTable(columns: ["a"]).json == "[]\n")
  }

  @Test("what means something to LaTeX is escaped")
  func escaping() {
    #expect(
      LaTeX.escaped(##"50 % of a_b & #1 {x} $y ~^ \ <|>"##)
        == ##"50 \% of a\_b \& \#1 \{x\} \$y \textasciitilde{}\textasciicircum{} "##
        + ##"\textbackslash{} \textless{}\textbar{}\textgreater{}"##)
    #expect(LaTeX.escaped("−2.00–3.00\n°") == "$-$2.00--3.00 $^\\circ$")
  }

  @Test("a LaTeX table has booktabs' rules, a caption and a label")
  func latex() {
    var table = Table(columns: ["top-1 %", "ŷ"])
    table.append(["A & B", "+1.00"])
    #expect(
      LaTeX.table(table, caption: "50 %", label: "my_set") == #"""
        % Needs \usepackage{booktabs}.
        \begin{table}
          \centering
          \caption{50 \%}
          \label{tab:my-set}
          \begin{tabular}{lr}
            \toprule
            top-1 \% & $\hat{y}$ \\
            \midrule
            A \& B & +1.00 \\
            \bottomrule
          \end{tabular}
        \end{table}

        """#)
  }
}
