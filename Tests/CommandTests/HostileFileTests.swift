import Foundation
import Support
import Testing

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

  @Test("a strange HDF5 file that the first reading does not get through is not opened")
  func unread() throws {
    // So little memory is too little for any file.
    expectFailure(
      try run("REALITYGAP_LIMIT_HDF5_BYTES=1000", ["inspect", fixture("h5py.h5")]),
      "damaged HDF5 file (the HDF5 library, in a process of its own,")
    expectSuccess(try Command.run(["inspect", fixture("h5py.h5")], in: folder))
  }

  @Test(
    "files on which HDF5 1.10 crashes, always or now and then, are one line",
    arguments: ["crash.h5", "crash-attribute.h5", "uninitialised.h5"])
  func crashing(_ name: String) throws {
    let path = Repository.path("Tests/CommandTests/Fixtures/\(name)")
    for _ in 0..<4 {
      expectFailure(try Command.run(["inspect", path], in: folder), name)
      expectFailure(
        try Command.run(["import", path, "--allow-unknown", "--output", "w.h5"], in: folder), name)
    }
  }

  @Test("a program that was started with SIGCHLD ignored learns how the first reading ended")
  func ignoredChildren() throws {
    let output = try Command.shell(
      #"trap "" CHLD; exec "$RG" inspect "$1""#, [fixture("h5py.h5")], in: folder)
    #expect(output.status == 0)
    #expect(output.errors.isEmpty)
  }

  @Test("files that the database knows are opened without a first reading")
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
