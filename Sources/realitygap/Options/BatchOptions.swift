import ArgumentParser

/// `--batch`, shared by every command that shows images to a network.
struct BatchOptions: ParsableArguments {
  @Option(name: .customLong("batch"), help: "Images per batch.")
  var size = 16

  func validate() throws { try check("batch", size, in: 1...4096) }
}
