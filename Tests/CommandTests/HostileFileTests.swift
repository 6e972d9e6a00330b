import Foundation
import Support
import Testing
import WeightFiles

@Suite("Files that are made to harm")
struct HostileFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ name: String) -> String {
    Repository.path("Tests/WeightFilesTests/Fixtures/\(name)")
  }

  /// Runs the program with a variable of the environment.
  private func run(_ variable: String, _ arguments: [String]) throws -> Output {
    try Command.shell(
      #"variable=$1; shift; env "$variable" "$RG" "$@""#, [variable] + arguments, in: folder)
  }

  @Test("limits of images, lists and archives can be lowered, and the error names the variable")
  func limits() throws {
    expectFailure(
      try run(
        "REALITYGAP_LIMIT_PIXELS=1000", ["canonical", Repository.photo, "--output", "o.png"]),
      "more than the limit of 1000 pixels", "REALITYGAP_LIMIT_PIXELS")
    expectFailure(
      try run(
        "REALITYGAP_LIMIT_IMAGE_BYTES=99", ["canonical", Repository.photo, "--output", "o.png"]),
      "more than the limit of 99 bytes", "REALITYGAP_LIMIT_IMAGE_BYTES")
    let experiment = Repository.path("Experiments/sample.yaml")
    // The program's own list of classes has more.
    try folder.add("many.csv", "file,label\n" + String(repeating: "a.jpg,1\n", count: 3000))
    expectFailure(
      try run(
        "REALITYGAP_LIMIT_CSV_FIELDS=500",
        ["run", experiment, "--data", "sample=many.csv"]),
      "many.csv, line", "more than the limit of 500 fields")
    expectFailure(
      try run("REALITYGAP_LIMIT_YAML_BYTES=9", ["run", experiment, "--dry-run"]),
      "sample.yaml: more than the limit of 9 bytes")
    expectFailure(
      try run("REALITYGAP_LIMIT_YAML_VALUES=9", ["run", experiment, "--dry-run"]),
      "sample.yaml: more than the limit of 9 values")
  }

  @Test("a limit that there is not, and one that is no number, are errors")
  func badVariables() throws {
    expectFailure(
      try run("REALITYGAP_LIMIT_PIXEL=1", ["inspect", fixture("h5py.h5")]), "there is no such limit"
    )
    expectFailure(
      try run("REALITYGAP_LIMIT_PIXELS=1M", ["inspect", fixture("h5py.h5")]), "not a whole number")
  }

  @Test("tensors beyond the limit are refused, packed or not")
  func weights() throws {
    expectFailure(
      try run(
        "REALITYGAP_LIMIT_WEIGHT_BYTES=99",
        ["import", fixture("zip.pth"), "--allow-unknown", "--output", "w.h5"]),
      "its tensors: more than the limit of 99 bytes")
    expectFailure(
      try run(
        "REALITYGAP_LIMIT_SAFETENSORS_HEADER=99",
        ["import", fixture("plain.safetensors"), "--allow-unknown", "--output", "w.h5"]),
      "its header: more than the limit of 99 bytes")
  }

  @Test("what is no file that ends is neither waited for nor read on and on")
  func endless() throws {
    for name in ["w.pth", "w.h5", "w.safetensors"] {
      #expect(mkfifo(folder.file(name), 0o600) == 0)
      expectFailure(
        try Command.run(["inspect", name], in: folder), "\(name): not a regular file")
      expectFailure(
        try Command.run(["import", name, "--allow-unknown", "--output", "o.h5"], in: folder),
        "\(name): not a regular file")
    }
    try folder.add("e.yaml", "extends: /dev/zero\n")
    expectFailure(
      try Command.run(["run", "e.yaml", "--dry-run"], in: folder), "/dev/zero: not a regular file")
  }

  @Test("a strange HDF5 file is read by a process of its own")
  func unread() throws {
    // So little memory is too little for any file.
    expectFailure(
      try run("REALITYGAP_LIMIT_HDF5_BYTES=1000", ["inspect", fixture("h5py.h5")]),
      "damaged HDF5 file (the HDF5 library, in a process of its own,")
    expectSuccess(try Command.run(["inspect", fixture("h5py.h5")], in: folder))
  }

  @Test(
    "files on which HDF5 1.10 crashes or hangs, always or now and then, are read or are one line",
    arguments: ["crash.h5", "crash-attribute.h5", "uninitialised.h5", "endless.h5"])
  func crashing(_ name: String) throws {
    let path = Repository.path("Tests/CommandTests/Fixtures/\(name)")
    for arguments in [
      ["inspect", path], ["import", path, "--allow-unknown", "--output", "w.h5"],
    ] {
      for _ in 0..<4 {
        let began = ContinuousClock.now
        let output = try run("REALITYGAP_LIMIT_HDF5_SECONDS=2", arguments)
        #expect(ContinuousClock.now - began < .seconds(20))
        if output.status == 0 { expectNoCrash(output) } else { expectFailure(output, name) }
      }
    }
  }

  @Test("a file on which HDF5 1.10 crashes every time says so")
  func crash() throws {
    let path = Repository.path("Tests/CommandTests/Fixtures/crash.h5")
    expectFailure(
      try Command.run(["inspect", path], in: folder), "crash.h5: damaged HDF5 file",
      "(the HDF5 library, in a process of its own, crashed on it (signal")
  }

  /// Stops the child once it is the program (before that, this would stop who starts it, too), so that it never
  /// answers; now and then it is done before.
  private static let stopping = #"""
    REALITYGAP_LIMIT_HDF5_SECONDS=1 "$RG" inspect "$1" &
    while kill -0 $! 2>/dev/null; do
      child=; read -r child 2>/dev/null </proc/$!/task/$!/children
      grep -q read-hdf5 /proc/${child:-0}/cmdline 2>/dev/null && kill -STOP $child && break
    done
    wait $!
    """#

  @Test("a file that the HDF5 library never returns from is given up when its time is over")
  func waiting() throws {
    func inspect() throws -> Output {
      try Command.shell(Self.stopping, [fixture("h5py.h5")], in: folder)
    }
    var output = try inspect()
    for _ in 0..<20 where output.status == 0 { output = try inspect() }
    expectFailure(
      output, "h5py.h5: damaged HDF5 file", "did not get through it in 1 s",
      "REALITYGAP_LIMIT_HDF5_SECONDS")
  }

  @Test("a link to another file is not followed, so that a pipe is not waited for")
  func link() throws {
    try FileManager.default.copyItem(
      atPath: fixture("broken_external.h5"), toPath: folder.file("link.h5"))
    #expect(mkfifo(folder.file("nowhere.h5"), 0o600) == 0)
    let output = try Command.run(["inspect", "link.h5"], in: folder)
    expectSuccess(output)
    #expect(
      output.text.contains(
        "link to nowhere.h5:/w  (cannot be opened: links to other files are not followed)"))
    expectFailure(
      try Command.run(["import", "link.h5", "--allow-unknown", "--output", "w.h5"], in: folder),
      "link.h5: gone is a link to nowhere.h5:/w", "links to other files are not followed")
  }

  @Test("standard input is read under its name")
  func standardInput() throws {
    let output = try Command.shell(
      #""$RG" inspect /dev/stdin <"$1""#, [fixture("h5py.h5")], in: folder)
    expectSuccess(output)
    #expect(output.text.contains("features.0.weight"))
  }

  @Test("of a hundred files neither a process nor a descriptor is left")
  func nothingLeft() async {
    await #expect(processExitsWith: .success) {
      let path = Repository.path("Tests/WeightFilesTests/Fixtures/h5py.h5")
      func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      }
      var before = 0
      for round in 0...100 {
        // The first file lets Foundation open what it keeps.
        if round == 1 { before = try descriptors() }
        let file = try HDF5File(path: path) {
          try HDF5Child(program: Command.program, path: $0, seconds: 60, bytes: 1 << 34)
        }
        guard try file.attributes()["number"]?.integer == 7 else { exit(2) }
        if round % 2 == 0 { _ = try file.tensor("features.0.weight") }
      }
      guard waitpid(-1, nil, WNOHANG) < 0, errno == ECHILD else { exit(3) }
      guard try descriptors() == before else { exit(4) }
    }
  }

  @Test("a program that was started with SIGCHLD ignored learns how the reading ended")
  func ignoredChildren() throws {
    let output = try Command.shell(
      #"trap "" CHLD; exec "$RG" inspect "$1""#, [fixture("h5py.h5")], in: folder)
    #expect(output.status == 0)
    #expect(output.errors.isEmpty)
  }

  @Test("files that the database knows are read without a process of their own")
  func known() throws {
    let arguments = Sample.arguments([
      "--corrector", Repository.path("Experiments/sample/corrector.h5"),
    ])
    let strange = try run("REALITYGAP_LIMIT_HDF5_BYTES=1000", arguments)
    expectFailure(strange, "in a process of its own", afterProgress: true)
    expectSuccess(try Command.run(arguments, in: folder))
    expectSuccess(try run("REALITYGAP_LIMIT_HDF5_BYTES=1000", arguments))
  }
}
