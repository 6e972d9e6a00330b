import Support

extension JSONValue {
  /// Keys as runs had them before all were in snake case.
  private static let earlierKeys = [
    "batchSize": "batch_size", "checkpointEvery": "checkpoint_every",
    "deviationPlanes": "deviation_planes", "distortionFile": "distortion_file",
    "firstKernel": "first_kernel", "learningRate": "learning_rate",
    "reportEvery": "report_every", "startsAsIdentity": "starts_as_identity",
    "validateEvery": "validate_every",
  ]

  /// The same with the present names of earlier keys. Other keys stay as they are: a dataset may be
  /// called `myPhotos`.
  package var withPresentKeys: JSONValue {
    switch self {
    case .object(let members):
      .object(
        Dictionary(
          members.map { (Self.earlierKeys[$0] ?? $0, $1.withPresentKeys) },
          uniquingKeysWith: { $1 }))
    case .list(let elements): .list(elements.map(\.withPresentKeys))
    case .null, .flag, .integer, .unsigned, .number, .text: self
    }
  }
}
