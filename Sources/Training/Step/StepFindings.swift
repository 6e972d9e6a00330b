import NeuralNetworks

/// What the microbatches of a step tell beside their gradients: losses, and moments for the running
/// statistics of batch norms. Every process computes the same kinds, so that numbers suffice between them.
struct StepFindings {
  typealias Losses = [(name: String, value: Float)]

  private let statistics: [BatchNormStatistics]
  /// Of this process, by microbatch.
  private var losses: [Losses] = []
  /// Of its losses, those from here on are errors.
  private var firstError = 0
  /// Of this process, by microbatch and statistic.
  private var moments: [[[BatchMoments]]] = []

  /// From here on the running statistics wait for `settle`.
  init(_ statistics: [BatchNormStatistics]) {
    self.statistics = statistics
    for values in statistics { values.waiting = [] }
  }

  /// Running statistics are updated at once again; what waits is forgotten.
  func end() { for values in statistics { values.waiting = nil } }

  /// Forgets the moments since the last microbatch's, of a pass that will be made again.
  func forget() { for values in statistics { values.waiting = [] } }

  /// A microbatch's losses and errors, with the moments since the one before.
  mutating func add(_ losses: Losses, errors: Losses = []) {
    self.losses.append(losses + errors)
    firstError = losses.count
    moments.append(statistics.map { $0.waiting ?? [] })
    forget()
  }

  /// Updates the running statistics, in the order of the microbatches.
  ///
  /// - Returns: the mean of each over all microbatches of all processes.
  /// - Throws: `UserError` when a process is lost.
  func settle(_ group: any ProcessGroup) throws -> (losses: Losses, errors: Losses) {
    var own: [Double] = []
    for (losses, moments) in zip(losses, moments) {
      own += losses.map { Double($0.value) }
      for pass in moments.joined() { own += [Double(pass.count)] + pass.mean + pass.variance }
    }
    var sums = [Double](repeating: 0, count: losses.first?.count ?? 0)
    var count = 0
    for numbers in try group.gather(own) {
      var rest = numbers[...]
      while !rest.isEmpty {
        for index in sums.indices { sums[index] += rest.removeFirst() }
        apply(&rest)
        count += 1
      }
    }
    let means = zip(losses.first ?? [], sums).map {
      (name: $0.name, value: Float($1 / Double(count)))
    }
    return (Array(means.prefix(firstError)), Array(means.dropFirst(firstError)))
  }

  private func apply(_ numbers: inout ArraySlice<Double>) {
    for (values, passes) in zip(statistics, moments.first ?? []) {
      for pass in passes {
        func take(_ count: Int) -> [Double] {
          defer { numbers.removeFirst(count) }
          return Array(numbers.prefix(count))
        }
        let count = Int(take(1)[0])
        values.apply(
          BatchMoments(
            mean: take(pass.mean.count), variance: take(pass.variance.count), count: count))
      }
    }
  }
}
