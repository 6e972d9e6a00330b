import ArgumentParser

/// `--batch`, shared by every command that shows images to a network.
struct BatchOptions: ParsableArguments {
  @Option(name: .customLong("batch"), help: "Images per batch.")
  var size = 16

  func validate() throws {
    guard (1...4096).contains(size) else {
      throw ValidationError("--batch \(size): must be 1 to 4096")
    }
  }
}
