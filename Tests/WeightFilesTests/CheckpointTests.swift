import Support
import Testing
import WeightFiles

@Suite("Checkpoints")
struct CheckpointTests {
  /// Knows the fixtures' network, as the program knows its models.
  private func identify(_ shapes: [String: [Int]]) -> String? {
    let shape = shapes["features.0.weight"]
    return shapes.count == 4 && shape == [2, 3, 2, 2] ? "tiny" : nil
  }

  private func importing(_ name: String, _ stateDict: String?) throws -> ImportedWeights {
    try WeightImporter.importFile(
      try fixture(name), stateDict: stateDict, identify: identify)
  }

  @Test(
    "wrappers' prefixes come off, in any order, when a known network is left",
    arguments: [
      ("compiled", "_orig_mod."), ("ddp_compiled", "module._orig_mod."),
      ("compiled_ddp", "_orig_mod.module."), ("lightning", "model."), ("swa", "module."),
      ("half", "module."), ("nested.ema.module", "net."),
    ])
  func wrapped(_ name: String, _ prefix: String) throws {
    let imported = try importing("wrapped.pth", name)
    #expect(imported.model == "tiny")
    expectEqual(imported.weights, try network())
    #expect(imported.source.contains("wrapped.pth, \(name) under \(prefix) (SHA-256 "))
    #expect(imported.notes.contains { $0.contains("took \(name); it also holds") })
    #expect(imported.notes.contains { $0.hasSuffix("removed the prefix \(prefix) from all names") })
  }

  @Test("words that FSDP puts inside of names come out")
  func inner() throws {
    let imported = try importing("wrapped.pth", "fsdp")
    expectEqual(imported.weights, try network())
    #expect(imported.notes.contains { $0.contains("FSDP") })
  }

  @Test("losses, measures and counters beside the network are left out by name")
  func bookkeeping() throws {
    let lightning = try importing("wrapped.pth", "lightning").notes
    #expect(lightning.contains { $0.contains("left out criterion.weight, train_acc.total") })
    let averaged = try importing("wrapped.pth", "swa").notes
    #expect(averaged.contains { $0.contains("left out n_averaged") })
  }

  @Test("two averaged state dicts of one rank are not chosen between")
  func ambiguous() throws {
    let line = try complaint { _ = try importing("wrapped.pth", nil) }
    #expect(line.contains("several networks: swa (tiny), nested.ema.module (tiny)"), "\(line)")
    #expect(line.contains("choose with --state-dict"))
  }

  @Test("an unknown name of a state dict lists those there are")
  func unknownName() throws {
    let line = try complaint { _ = try importing("timm.pth", "model") }
    #expect(line.contains("holds no state dict named model; it has state_dict, state_dict_ema"))
    let plain = try complaint { _ = try importing("zip.pth", "model") }
    #expect(plain.contains("it is one itself"), "\(plain)")
  }

  @Test("averaged weights are taken first, as timm takes them, and the others are named")
  func averaged() throws {
    for (file, name, other) in [
      ("timm.pth", "state_dict_ema", "state_dict"), ("torchvision.pth", "model_ema", "model"),
    ] {
      let imported = try WeightImporter.importFile(try fixture(file)) { shapes in
        shapes.count == 52 && shapes["features.0.weight"] != nil ? "squeezenet1_1" : nil
      }
      #expect(imported.weights["classifier.1.bias"]?.elements.allSatisfy { $0 == 0.5 } == true)
      #expect(imported.notes.contains { $0.contains("took \(name); it also holds \(other) ") })
    }
  }

  @Test("a wrong CRC-32 is damage, with the entry and its place; archives without any are sound")
  func checksums() throws {
    expectEqual(try importing("no_checksums.pth", nil).weights, try network())
    let folder = try TemporaryFolder()
    let bytes = try fixtureBytes("zip.pth")
    // -1, -0.875: the first numbers of the first tensor.
    let start: [UInt8] = [0, 0, 0x80, 0xBF, 0, 0, 0x60, 0xBF]
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: start) })
    for change in [0, 1, 7, 90] {
      var damaged = bytes
      damaged[place + change] ^= 1
      let line = try complaint {
        _ = try WeightImporter.importFile(try folder.write(damaged, to: "flip.pth"))
      }
      #expect(line.contains("CRC-32 of its entry zip/data/0 (bytes \(place) to "), "\(line)")
    }
  }

  @Test("a hash in a file's name is compared, where it is one")
  func nameHash() throws {
    let folder = try TemporaryFolder()
    let bytes = try fixtureBytes("zip.pth")
    let digest = try FileDigest.sha256(path: try fixture("zip.pth"))
    func notes(_ name: String) throws -> [String] {
      try WeightImporter.importFile(try folder.write(bytes, to: name)).notes
    }
    #expect(try notes("net-\(digest.prefix(8)).pth").isEmpty)
    #expect(try notes("net-\(digest).pth.tar").isEmpty)
    let wrong = try complaint { _ = try notes("net-0676ba61.pth") }
    #expect(wrong.contains("begins \(digest.prefix(8)), not 0676ba61"), "\(wrong)")
    // A date or a count of steps may be meant.
    let date = try notes("net-20240131.pth")
    #expect(date.count == 1 && date[0].contains("20240131"))
    for name in [
      "net-550e8400-e29b-41d4-a716-44665544abcd.pth", "net-abc.pth", "net-0676BA61.pth",
      "net_0676ba61.pth", "net-0676ba61", "net-0676ba61 (1).pth",
    ] {
      #expect(try notes(name).isEmpty, "\(name)")
    }
  }

  @Test(
    "files of another kind are named for what they are, by import and as HDF5",
    arguments: [
      ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
      ("\n <!DOCTYPE html>\n<html>", "web page"), ("<?xml version=\"1.0\"?><Error>", "XML"),
      ("Entry not found", "text that begins \"Entry not found\""),
      ("BZh91AY", "compressed with bzip2"), ("", "empty file"),
    ])
  func otherKinds(_ text: String, _ reason: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(text.utf8), to: "w.pth")
    for line in [
      try complaint { _ = try WeightImporter.importFile(path) },
      try complaint { _ = try StateDict.load(path) },
    ] {
      #expect(line.contains(reason), "\(line)")
      #expect(!line.contains("damaged"))
    }
  }

  @Test("TorchScript is told from torch.save's archives")
  func torchScript() throws {
    let line = try complaint { _ = try importing("torchscript.pt", nil) }
    #expect(line.contains("a TorchScript archive"), "\(line)")
  }
}
