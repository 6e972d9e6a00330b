import CFuzzer
import Foundation

/// Not in a main.swift: the compiler takes no statements at the top level of what is built for libFuzzer, whose own
/// main may take the place of this one.
@main
enum FuzzProgram {
  static func main() {
    exit(rg_fuzz_run(CommandLine.argc, CommandLine.unsafeArgv))
  }
}

/// Called by libFuzzer, whose own main serves as well, before anything else: FUZZ_TARGET names what reads the inputs;
/// all else is libFuzzer's (-help=1).
@_cdecl("LLVMFuzzerInitialize")
func initialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> Int32 {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  if name == "list" {
    for target in FuzzTarget.all { print(target.name, target.kind) }
    exit(0)
  }
  guard let chosen = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("FUZZ_TARGET: one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
    exit(64)
  }
  FuzzTarget.current = chosen
  return 0
}

/// Called by libFuzzer with each input; 0, or -1 for one that is not to be kept.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  FuzzTarget.run(UnsafeRawBufferPointer(start: data, count: size))
}
