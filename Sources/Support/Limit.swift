import Foundation

/// A bound on what a file or an answer from outside may take, so that a hostile one costs an error and not
/// the machine's memory. An environment variable changes it.
public struct Limit: Sendable {
  /// The environment variable, e.g. `REALITYGAP_LIMIT_PIXELS`.
  public let variable: String
  /// What holds where the variable is not set.
  public let standard: Int
  /// What is counted, in the plural, e.g. `pixels`.
  public let unit: String
  /// Of what, for the reference, e.g. `of an image`.
  public let meaning: String
  private let setting: Result<Int, UserError>

  /// A limit whose variable ends so.
  package init(
    _ name: String, _ standard: Int, _ unit: String, _ meaning: String,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    variable = Limits.prefix + name
    (self.standard, self.unit, self.meaning) = (standard, unit, meaning)
    guard let text = environment[variable] else {
      setting = .success(standard)
      return
    }
    let number = Int(text).flatMap { $0 > 0 ? $0 : nil }
    setting =
      number.map(Result.success)
      ?? .failure(
        UserError("\(variable)=\(text): not a whole number above 0", remedy: "correct or unset it"))
  }

  /// The number that holds.
  ///
  /// - Throws: `UserError` where the environment variable is no number.
  public var value: Int { get throws { try setting.get() } }

  /// Refuses what is more.
  ///
  /// - Parameter subject: what is too large, e.g. `photo.png: an image of 10×10`.
  /// - Throws: `UserError` that names the limit and how to raise it.
  public func check(_ amount: Int, _ subject: @autoclosure () -> String) throws {
    if amount > (try value) { throw try exceeded(by: subject()) }
  }

  /// The error for what is more.
  ///
  /// - Throws: As `value`.
  public func exceeded(by subject: String) throws -> UserError {
    UserError("\(subject): more than the limit of \(try value) \(unit)", remedy: remedy)
  }

  /// How to raise it.
  public var remedy: String { "if it is to be trusted, raise the limit with \(variable)" }
}
