import Foundation
import Support
import Tensors
import Testing
import WeightFiles

@Suite("HDF5")
struct HDF5Tests {
  @Test("what is written is read back: types, shapes, nested groups, attributes")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("all.h5")
    let tensor = try ramp([2, 3, 1], start: -0.3)
    try HDF5Writer.create(path) { writer in
      try writer.write(tensor, to: "z.first")
      try writer.write(tensor, to: "adam/moments/first")
      try writer.write(integers: [-1, .max, .min], shape: [3], to: "adam/counters")
      try writer.write(Tensor(zeros: [0, 4]), to: "empty")
      try writer.write(Tensor(zeros: []), to: "scalar")
      try writer.setAttribute("note", .text("ŷ = G(x)"))
      try writer.setAttribute("note", .text("replaced ŷ"))
      try writer.setAttribute("names", .texts(["a", "", "long enough"]))
      try writer.setAttribute("step", .integer(1 << 60), of: "adam")
      try writer.setAttribute("rates", .reals([0.1, 2e-300]), of: "adam/counters")
    }
    let file = try HDF5File(path: path)
    let datasets = try file.datasets()
    #expect(
      datasets.map(\.name) == [
        "z.first", "adam/moments/first", "adam/counters", "empty", "scalar",
      ])
    #expect(
      datasets.map { "\($0.elementType)" } == [
        "float32", "float32", "int64", "float32", "float32",
      ])
    #expect(datasets[0].shape == [2, 3, 1])
    #expect(try file.tensor("z.first").elements == tensor.elements)
    #expect(try file.tensor("adam/moments/first").elements == tensor.elements)
    #expect(try file.integers("adam/counters") == [-1, .max, .min])
    #expect(try file.tensor("empty").shape == [0, 4])
    #expect(try file.tensor("scalar").elements == [0])
    #expect(try file.attributes()["note"]?.text == "replaced ŷ")
    #expect(try file.attributes()["names"] == .texts(["a", "", "long enough"]))
    #expect(try file.attributes(of: "adam")["step"]?.integer == 1 << 60)
    #expect(try file.attributes(of: "adam/counters")["rates"] == .reals([0.1, 2e-300]))
    #expect(try file.contains("adam/counters"))
    #expect(try !file.contains("adam"))
    #expect(try !file.contains("adam/absent"))
    #expect(try !file.contains("absent"))
  }

  @Test("files of h5py are read: half, double, big-endian, integers, gzip, groups, links")
  func h5py() throws {
    let file = try HDF5File(path: try fixture("kinds.h5"))
    let datasets = try file.datasets()
    #expect(datasets.first { $0.name == "float16" }?.elementType == .float16)
    #expect(try file.tensor("float16").elements == file.tensor("float16_widened").elements)
    #expect(try file.tensor("float64").elements == [0.1, .infinity, -1.5, 2])
    #expect(try file.tensor("big_endian").elements == [1.5, -2.5])
    #expect(try file.tensor("int16").elements == [-3, 300])
    #expect(try file.integers("int16") == [-3, 300])
    #expect(try file.integers("uint8") == [0, 255, 7, 8])
    #expect(try file.tensor("scalar").shape == [])
    #expect(try file.tensor("empty").shape == [0, 3])
    #expect(try file.tensor("packed").elements.allSatisfy { $0 == 0 })
    #expect(try file.tensor("outer/inner/deep").elements == [0, 1, 2])
    #expect(try file.attributes(of: "outer")["step"]?.integer == 12)
    let names = Set(datasets.map(\.name))
    #expect(names.contains("loop/inner/deep"))
    #expect(names.contains("soft"))
    #expect(!names.contains("gone"))
    #expect(datasets.first { $0.name == "text" }?.elementType == .text)
  }

  @Test("attributes of h5py are read: variable and fixed length, numbers, several")
  func attributes() throws {
    let file = try HDF5File(path: try fixture("h5py.h5"))
    #expect(
      try file.attributes() == [
        "architecture": .text("tiny"), "source": .text("fixed length"), "number": .integer(7),
        "half": .reals([0.5]), "texts": .texts(["a", "bé"]),
      ])
    let weights = try StateDict.load(try fixture("h5py.h5"))
    #expect(weights.attributes == ["architecture": "tiny", "source": "fixed length"])
  }

  @Test("the wrong kind of dataset is named")
  func wrongKind() throws {
    let file = try HDF5File(path: try fixture("kinds.h5"))
    #expect(try complaint { _ = try file.tensor("text") }.contains("dataset text holds no numbers"))
    #expect(try complaint { _ = try file.tensor("flags") }.contains("enumeration"))
    #expect(try complaint { _ = try file.tensor("nothing") }.contains("no dataset named nothing"))
    #expect(try complaint { _ = try file.tensor("outer") }.contains("no dataset named outer"))
    #expect(
      try complaint { _ = try file.integers("float64") }.contains("holds float64, not Int64"))
    #expect(try complaint { _ = try file.attributes(of: "no") }.contains("nothing named no"))
  }

  @Test("absurd extents are refused before memory is asked for")
  func claims() throws {
    let folder = try TemporaryFolder()
    var bytes = try fixtureBytes("h5py.h5")
    // The extents of features.0.weight, [2, 3, 2, 2], as the file has them.
    let extents: [UInt8] = [2, 3, 2, 2].flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] }
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: extents) })
    bytes[place + 5] = 1
    let file = try HDF5File(path: try folder.write(bytes, to: "claims.h5"))
    let line = try complaint { _ = try file.tensor("features.0.weight") }
    #expect(line.contains("more than the limit of 8589934592 bytes"), "\(line)")
  }

  @Test("a group that holds itself ends in a clear line")
  func cycle() throws {
    let file = try HDF5File(path: try fixture("cycle.h5"))
    #expect(try complaint { _ = try file.datasets() }.contains("deeper than 32"))
  }

  @Test("a failure while writing leaves the old file and nothing else")
  func atomic() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("w.h5")
    try (try network()).write(path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let line = try complaint {
      try HDF5Writer.create(path) { writer in
        try writer.write(Tensor([1, 2]), to: "a")
        throw UserError("interrupted")
      }
    }
    #expect(line == "interrupted")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(folder.contents == ["w.h5"])
    try HDF5Writer.create(path) { try $0.write(Tensor([1, 2]), to: "a") }
    #expect(try HDF5File(path: path).datasets().map(\.name) == ["a"])
    #expect(folder.contents == ["w.h5"])
  }

  @Test("the same content gives the same bytes, whenever it is written")
  func reproducible() async throws {
    let folder = try TemporaryFolder()
    for name in ["first", "second"] {
      try HDF5Writer.create(folder.file(name)) { writer in
        try (try network()).write(to: writer, group: "group/inner")
        try writer.setAttribute("source", .text("here"))
      }
      try await Task.sleep(for: .milliseconds(1100))  // the library counts whole seconds
    }
    let first = try Data(contentsOf: URL(fileURLWithPath: folder.file("first")))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("second"))) == first)
  }

  @Test("a reader keeps the old file while it is replaced")
  func replacedWhileOpen() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("w.h5")
    try HDF5Writer.create(path) { try $0.write(Tensor([1]), to: "old") }
    let reader = try HDF5File(path: path)
    try HDF5Writer.create(path) { try $0.write(Tensor([2]), to: "new") }
    #expect(try reader.tensor("old").elements == [1])
    #expect(try HDF5File(path: path).tensor("new").elements == [2])
  }

  @Test("names that cannot be, and names taken, are refused")
  func names() throws {
    let folder = try TemporaryFolder()
    for name in ["", "/a", "a/", "a//b", ".", "a/./b", "a\u{0}b"] {
      let line = try complaint {
        try HDF5Writer.create(folder.file("x.h5")) { try $0.write(Tensor([1]), to: name) }
      }
      #expect(line.contains("cannot name a dataset"), "\(name)")
    }
    let taken = try complaint {
      try HDF5Writer.create(folder.file("x.h5")) { writer in
        try writer.write(Tensor([1]), to: "a")
        try writer.write(Tensor([1]), to: "a")
      }
    }
    #expect(taken.contains("dataset a"))
    #expect(folder.contents.isEmpty)
  }

  @Test("outputs that cannot be written are named")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let weights = try network()
    #expect(
      try complaint { try weights.write(folder.file("no/w.h5")) }.contains("folder does not exist"))
    let file = try folder.write([1], to: "file")
    #expect(try complaint { try weights.write(file + "/w.h5") }.contains("does not exist"))
    #expect(try complaint { try weights.write(folder.path) }.contains("is not a regular file"))
    #expect(try complaint { try weights.write("/proc/w.h5") }.contains("cannot be written"))
  }

  @Test("many threads read and write at once")
  func threads() async throws {
    let folder = try TemporaryFolder()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          let path = folder.file("\(number).h5")
          for round in 0..<5 {
            let expected = Tensor([Float(number), Float(round)])
            try HDF5Writer.create(path) { try $0.write(expected, to: "group/x") }
            #expect(try HDF5File(path: path).tensor("group/x").elements == expected.elements)
            #expect(throws: UserError.self) { try HDF5File(path: path).tensor("absent") }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
