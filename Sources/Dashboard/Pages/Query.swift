import FlyingFox
import Support

/// The values of a request's query, each of which is checked where it is read.
struct Query: Sendable {
  private let items: [HTTPRequest.QueryItem]

  init(_ request: HTTPRequest) { items = request.query }

  /// Values by name.
  init(_ values: [String: String]) {
    items = values.map { HTTPRequest.QueryItem(name: $0.key, value: $0.value) }
  }

  /// The first value of a name; empty where there is none.
  subscript(name: String) -> String { items.first { $0.name == name }?.value ?? "" }

  /// Every value of a name.
  func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

  /// A number; `nil` where the value is empty.
  ///
  /// - Throws: `PageError` for what is none, or out of range.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    let text = self[name]
    guard !text.isEmpty else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw PageError.badRequest("\(name) must be a whole number.")
    }
    return number
  }

  /// As `integer`.
  func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    let text = self[name]
    guard !text.isEmpty else { return nil }
    guard let number = Double(text), range.contains(number) else {
      throw PageError.badRequest(
        "\(name) must be a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  /// One of a type's names; `nil` where the value is empty.
  ///
  /// - Throws: `PageError` for another name.
  func choice<Choice: RawRepresentable<String>>(_ name: String, _: Choice.Type) throws -> Choice? {
    let text = self[name]
    guard !text.isEmpty else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw PageError.badRequest("\(name) has a value that there is not.")
    }
    return choice
  }
}

/// Why there is no page.
struct PageError: Error {
  let status: HTTPStatusCode
  let message: String

  static func badRequest(_ message: String) -> PageError {
    PageError(status: .badRequest, message: message)
  }

  static func notFound(_ message: String) -> PageError {
    PageError(status: .notFound, message: message)
  }
}
