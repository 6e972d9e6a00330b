import Tensors
import Testing
import WeightFiles

@Suite("Import of weights")
struct ImportTests {
  @Test(
    "every form of one state dict gives the same tensors",
    arguments: [
      "zip.pth", "zip_protocol3.pth", "zip_protocol4.pth", "zip_protocol5.pth", "zip64.pth",
      "big_endian.pth", "legacy.pth", "legacy_protocol3.pth", "legacy_protocol4.pth",
      "legacy_protocol5.pth", "float16.pth", "bfloat16.pth", "float64_legacy.pth",
      "checkpoint.pth", "checkpoint_legacy.pth", "model.pth", "parameters.pth", "views.pth",
      "views_legacy.pth", "plain.safetensors", "float16.safetensors", "bfloat16.safetensors",
      "h5py.h5",
    ])
  func sameTensors(_ name: String) throws {
    expectEqual(try WeightImporter.importFile(try fixture(name)).weights, try network())
  }

  @Test("the order of a state dict is kept, from .pth to HDF5 and back")
  func order() throws {
    let folder = try TemporaryFolder()
    let weights = try WeightImporter.importFile(try fixture("zip.pth")).weights
    #expect(weights.names == (try network()).names)
    try weights.write(folder.file("w.h5"))
    #expect(try StateDict.load(folder.file("w.h5")).names == weights.names)
  }

  @Test("integers, booleans, scalars, empty and repeated tensors become float32")
  func kinds() throws {
    let weights = try WeightImporter.importFile(try fixture("kinds.pth")).weights
    for name in ["int64", "int32", "int16", "int8", "uint8"] {
      #expect(weights[name]?.elements == [0, 1, 2, 100], "\(name)")
    }
    #expect(weights["bool"]?.elements == [0, 1, 1, 1])
    #expect(weights["empty"]?.shape == [0, 3])
    #expect(weights["scalar"]?.shape == [])
    #expect(weights["scalar"]?.elements == [2.5])
    #expect(weights["repeated"]?.shape == [3, 1])
    #expect(weights["repeated"]?.elements == [1.5, 1.5, 1.5])
  }

  @Test(
    "what a pickle must not ask for is named and refused",
    arguments: [
      ("malicious.pth", "asks for posix.system; refused"),
      ("malicious_legacy.pth", "asks for posix.system; refused"),
      ("namespace.pth", "asks for argparse.Namespace; refused"),
      ("whole_module.pth", "asks for torch.nn.modules.linear.Linear; refused"),
    ])
  func refused(_ name: String, _ reason: String) throws {
    let line = try complaint { _ = try WeightImporter.importFile(try fixture(name)) }
    #expect(line.contains(name))
    #expect(line.contains(reason))
    #expect(!line.contains("\n"))
  }

  @Test(
    "files of another kind are told apart",
    arguments: [
      ("not_state_dict.pth", "holds no state dict"), ("compressed.pth", "compressed"),
      ("plain.pickle", "neither a PyTorch file"),
    ])
  func otherKinds(_ name: String, _ reason: String) throws {
    let line = try complaint { _ = try WeightImporter.importFile(try fixture(name)) }
    #expect(line.contains(name))
    #expect(line.contains(reason))
  }

  @Test("missing and empty files and tar archives are named")
  func missing() throws {
    let folder = try TemporaryFolder()
    let absent = try complaint { _ = try WeightImporter.importFile(folder.file("absent.pth")) }
    #expect(absent.contains("absent.pth: no such file"))
    let empty = try folder.write([], to: "empty.pth")
    #expect(try complaint { _ = try WeightImporter.importFile(empty) }.contains("empty file"))
    var bytes = [UInt8](repeating: 0, count: 512)
    bytes.replaceSubrange(0..<6, with: Array("pickle".utf8))
    bytes.replaceSubrange(257..<262, with: Array("ustar".utf8))
    let tar = try folder.write(bytes, to: "old.pth")
    #expect(try complaint { _ = try WeightImporter.importFile(tar) }.contains("tar format"))
  }
}
