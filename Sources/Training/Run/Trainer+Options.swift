import Models

extension Trainer {
  /// How a run behaves.
  public struct Options: Sendable {
    /// Whether the run in the folder goes on; otherwise there must be none.
    public var resume: Bool
    /// Threads that decode and distort ahead.
    public var loaders: Int
    /// The folder in which photographs that the distortion makes are kept; `nil` for one in the run's.
    public var photographs: String?
    /// Whether a photo that cannot be used ends the run.
    public var isStrict: Bool
    /// Called after each step with the step, the total, and the phase's name.
    public var progress: @Sendable (Int, Int, String, [(name: String, value: Float)]) -> Void
    /// Called with the step from which a run continues.
    public var resumed: @Sendable (Int) -> Void
    /// A line for the user.
    public var note: @Sendable (String) -> Void
    /// The processes that train together.
    package var group: any ProcessGroup = SingleProcess()
    /// The program's SHA-256; processes must agree in it.
    package var program = ""
    /// Asked after each step; `true` saves and ends the run as interrupted.
    public var shouldStop: @Sendable () -> Bool

    /// By default a new run, silent, that nothing stops.
    public init(
      resume: Bool = false, loaders: Int = 2, photographs: String? = nil, isStrict: Bool = false,
      progress:
        @escaping @Sendable (Int, Int, String, [(name: String, value: Float)]) -> Void = {
          _, _, _, _ in
        },
      resumed: @escaping @Sendable (Int) -> Void = { _ in },
      note: @escaping @Sendable (String) -> Void = { _ in },
      shouldStop: @escaping @Sendable () -> Bool = { false }
    ) {
      self.resume = resume
      self.loaders = loaders
      self.photographs = photographs
      self.isStrict = isStrict
      self.progress = progress
      self.resumed = resumed
      self.note = note
      self.shouldStop = shouldStop
    }
  }

  /// A corrector from which training starts.
  public struct Origin: Sendable {
    /// Its file.
    public var path: String
    /// The stages to take over, if their architecture is the new one's.
    public var stages: Set<CorrectorConfiguration.Stage>

    /// By default all stages are taken over.
    public init(
      path: String,
      stages: Set<CorrectorConfiguration.Stage> = Set(CorrectorConfiguration.Stage.allCases)
    ) {
      self.path = path
      self.stages = stages
    }
  }

  /// Thrown when `Options.shouldStop` said so; everything up to there is saved.
  public struct Stopped: Error, Sendable {}
}
