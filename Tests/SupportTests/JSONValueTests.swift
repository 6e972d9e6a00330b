import Support
import Testing

@Suite("JSON of any form")
struct JSONValueTests {
  private static let json = """
    {"b": [{"name": "x", "n": 1}, {"name": "y", "n": 2.5}], "a": [1, [2], {}], "c": [3, null], \
    "e": [], "s": 18446744073709551615}
    """

  @Test(
    "leaves are named by their keys, and elements by name, in brackets or by position",
    arguments: [
      (
        JSONValue.ElementNaming.names,
        ["a.1=1", "a.2=2", "b.x.n=1", "b.y.n=2.5", "c=3 ", "e=", "s=18446744073709551615"]
      ),
      (
        .brackets,
        [
          "a[0]=1", "a[1]=2", "b[0].n=1", "b[0].name=x", "b[1].n=2.5", "b[1].name=y", "c=3 ", "e=",
          "s=18446744073709551615",
        ]
      ),
      (
        .positions,
        [
          "a.0=1", "a.1.0=2", "b.0.n=1", "b.0.name=x", "b.1.n=2.5", "b.1.name=y", "c.0=3", "c.1=",
          "s=18446744073709551615",
        ]
      ),
    ])
  func leaves(naming: JSONValue.ElementNaming, expected: [String]) throws {
    let leaves = try #require(JSONValue(json: Self.json)).leaves(naming).map { path, value in
      "\(path)=\(value.isComposed ? value.elements.map(\.plain).joined(separator: " ") : value.plain)"
    }
    #expect(leaves == expected)
  }

  @Test("what is read is written again as it was")
  func roundTrip() throws {
    let text = #"{"a":[1,2.5,true,null],"s":18446744073709551615,"t":"a/b"}"#
    #expect(try JSONValue(json: text)?.line() == text)
    #expect(
      try JSONValue(encoding: ["myKey": ["myKey": 1e-5]]).line() == #"{"myKey":{"myKey":1e-05}}"#)
    #expect(JSONValue(json: "{") == nil)
  }
}
