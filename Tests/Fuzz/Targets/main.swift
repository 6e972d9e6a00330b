import CFuzzer
import Foundation

// FUZZ_TARGET names what reads the inputs; all else is libFuzzer's (-help=1).

let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
if name == "list" {
  print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
  exit(0)
}
guard let chosen = FuzzTarget.all.first(where: { $0.name == name }) else {
  print("FUZZ_TARGET: one of \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
  exit(64)
}
FuzzTarget.current = chosen
exit(
  rg_fuzz_run(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
    FuzzTarget.run(UnsafeRawBufferPointer(start: data, count: size))
  })
