import Foundation
import Support

/// What decides the results of a run, as it is stored with the run: one type for each kind of run,
/// which the run is stored with and which reports read.
public protocol RunConfiguration: Codable, Sendable {}

extension RunConfiguration {
  /// One line with sorted keys in snake case, see `JSONValue.storedText(of:)`.
  ///
  /// - Throws: What encoding throws, e.g. for a number that is not finite.
  public func json() throws -> String { try JSONValue.storedText(of: self) }

  /// Reads what `json()` wrote, also when keys were in camel case.
  ///
  /// - Throws: `DecodingError` for anything else.
  public init(stored json: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Self.self, from: Data(json.utf8))
  }

  /// Reads what `json()` wrote, also when keys were in camel case; `nil` when it is something else.
  public init?(json: String) {
    guard let value = try? Self(stored: json) else { return nil }
    self = value
  }
}

/// What is stored with a run as its configuration.
public enum StoredConfiguration: Sendable {
  case evaluation(EvaluationConfiguration)
  case imported(ImportConfiguration)
  case training(TrainingRunConfiguration)
  case agreement(AgreementConfiguration)
  /// An empty object: nothing was stored.
  case none
  /// Something else, and what of it cannot be read, e.g. `training.phases is missing`.
  case unreadable(String)
}

extension RunRecord {
  /// The run's configuration in the type of its kind.
  public var stored: StoredConfiguration {
    if configuration == "{}" { return .none }
    do {
      switch kind {
      case .evaluate:
        if let imported = ImportConfiguration(json: configuration) { return .imported(imported) }
        return .evaluation(try EvaluationConfiguration(stored: configuration))
      case .train: return .training(try TrainingRunConfiguration(stored: configuration))
      case .agreement: return .agreement(try AgreementConfiguration(stored: configuration))
      }
    } catch {
      return .unreadable(Self.words(error))
    }
  }

  /// Of a run that evaluates; `nil` where there is none that can be read.
  public var evaluation: EvaluationConfiguration? {
    if case .evaluation(let configuration) = stored { configuration } else { nil }
  }

  /// What decides the results of a training run; `nil` of any other run and where it cannot be read.
  public var training: TrainingRunConfiguration? {
    if case .training(let configuration) = stored { configuration } else { nil }
  }

  /// A sentence without full stop where the configuration cannot be read.
  public var unreadConfiguration: String? {
    guard case .unreadable(let reason) = stored else { return nil }
    return "the configuration of run \(id) cannot be read: \(reason)"
  }

  private static func words(_ error: any Error) -> String {
    func place(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
      (path + [last].compactMap { $0 }).map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
        .joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, let context):
      "\(place(context.codingPath, key)) is missing"
    case DecodingError.valueNotFound(_, let context): "\(place(context.codingPath)) is missing"
    case DecodingError.typeMismatch(_, let context):
      context.codingPath.isEmpty
        ? "it is not a JSON object" : "\(place(context.codingPath)) is of another type"
    case DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not JSON" : "\(place(context.codingPath)) \(context.debugDescription)"
    default: "\(error)"
    }
  }
}
