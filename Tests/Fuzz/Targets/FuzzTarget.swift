import Foundation
import Support

/// What reads bytes from outside, by name.
struct FuzzTarget: Sendable {
  /// As `make fuzz TARGETS=` calls it; its seeds are made under the same name.
  let name: String
  /// What it reads, by the name of a target. Several targets read parts of one kind, and share its time.
  let kind: String
  /// Reads an input. May throw what its callers expect, which no finding is.
  let read: @Sendable (UnsafeRawBufferPointer) throws -> Void
  /// Whether an error is one that the target's callers expect.
  let expects: @Sendable (any Error) -> Bool

  init(
    _ name: String, of kind: String? = nil,
    expects: @escaping @Sendable (any Error) -> Bool = { _ in false },
    read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) {
    (self.name, self.kind, self.read, self.expects) = (name, kind ?? name, read, expects)
  }

  static let all = weights + images + data + texts + exchange

  /// The one that this process runs.
  nonisolated(unsafe) static var current = all[0]

  /// Runs the current target; what ends otherwise than by returning or an error for people is a finding.
  static func run(_ input: UnsafeRawBufferPointer) -> Int32 {
    do {
      try current.read(input)
    } catch is NotKept {
      return -1
    } catch is UserError {
    } catch {
      guard current.expects(error) else {
        fatalError("an error that is not for people: \(type(of: error)) \(error)")
      }
    }
    return 0
  }
}

/// Thrown for an input that is not the target's to read.
struct NotKept: Error {}
