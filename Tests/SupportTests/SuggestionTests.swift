import Support
import Testing

@Suite("Did you mean")
struct SuggestionTests {
  @Test(
    "the nearest name is found where one is near",
    arguments: [
      ("sede", "seed"), ("Seed", "seed"), ("drwas", "draws"), ("titel", "title"),
      ("vesion", "version"), ("frobnicate", nil), ("x", nil), ("seed", nil), ("", nil),
    ])
  func nearest(name: String, expected: String?) {
    #expect(
      Suggestion.nearest(to: name, among: ["version", "seed", "draws", "title"]) == expected)
  }

  @Test("the remedy lists what there is and ends with the nearest")
  func remedy() {
    #expect(Suggestion.remedy(for: "b", among: ["alpha", "beta"]) == "choose from alpha, beta")
    #expect(
      Suggestion.remedy(for: "bta", among: ["alpha", "beta"], lead: "it has")
        == "it has alpha, beta; did you mean beta?")
  }
}
