import Foundation
import Support
import Testing
import WeightFiles

/// Files that are sound but not plain: packed, virtual, linked, newer, never written.
@Suite("HDF5 storage")
struct HDF5StorageTests {
  private func file(_ name: String) throws -> HDF5File { try HDF5File(path: try fixture(name)) }

  /// 0, 0, 0, 1, 1, 1, …, as the script's `table`, in rows of 20.
  private let table = (0..<400).map { Float($0 / 3) }

  @Test(
    "filters are undone: LZF alone and behind shuffle, chains, checksums, scale-offset, n-bit",
    arguments: ["lzf", "shuffle_lzf", "chained", "fletcher32", "scaleoffset", "nbit", "compact"])
  func packed(_ name: String) throws {
    #expect(try file("packed.h5").tensor(name).elements == table)
  }

  @Test("chunks that LZF could not pack are read")
  func incompressible() throws {
    let packed = try file("packed.h5")
    #expect(try packed.tensor("noise_lzf").elements == packed.tensor("noise").elements)
  }

  @Test("a failed Fletcher-32 is damage, with the dataset's name")
  func damage() throws {
    let folder = try TemporaryFolder()
    var bytes = Data(try fixtureBytes("packed.h5"))
    // Where the elements from 300 on lie, in each dataset that stores them plainly.
    let elements = table[300..<320].flatMap { withUnsafeBytes(of: $0) { Array($0) } }
    var place = bytes.range(of: Data(elements))
    while let found = place {
      bytes[found.lowerBound] ^= 1
      place = bytes.range(of: Data(elements), in: found.upperBound..<bytes.endIndex)
    }
    let damaged = try HDF5File(path: try folder.write(Array(bytes), to: "damaged.h5"))
    let line = try complaint { _ = try damaged.tensor("fletcher32") }
    #expect(line.contains("damaged HDF5 file (dataset fletcher32"), "\(line)")
    #expect(line.contains("Fletcher32"), "\(line)")
  }

  @Test("a filter that is not there is named, with a remedy that brings it")
  func plugin() throws {
    let line = try complaint { _ = try file("plugin.h5").tensor("zstd") }
    #expect(line.contains("plugin.h5: dataset zstd is packed with the filter Zstandard"), "\(line)")
    #expect(line.contains("number 32015") && line.contains("hdf5plugin"), "\(line)")
    #expect(!line.contains("damaged"))
    #expect(try file("plugin.h5").datasets()[0].problem?.contains("Zstandard") == true)
  }

  @Test("a form that is newer than the library is said to be so")
  func newer() throws {
    // A library of another version may read it.
    do {
      #expect(try StateDict.load(try fixture("newer.h5"))["w"]?.elements == table)
    } catch let error as UserError {
      #expect(error.problem.contains("newer form than HDF5"), "\(error)")
      #expect(error.remedy?.contains("h5py") == true)
      #expect(!error.problem.contains("damaged"))
    }
  }

  @Test("a superblock of a version that does not exist is no damage for certain")
  func superblock() throws {
    let folder = try TemporaryFolder()
    var bytes = try fixtureBytes("newer.h5")
    bytes[8] = 9
    let line = try complaint {
      _ = try HDF5File(path: try folder.write(bytes, to: "nine.h5"))
    }
    #expect(line.contains("newer form than HDF5"), "\(line)")
  }

  @Test(
    "what was never written is not zeros",
    arguments: [
      ("contiguous", "was created but never written"), ("chunked", "was created but never written"),
      ("part", "was written only in part (2 of its 4 chunks are missing)"),
      ("outside", "stores its numbers in external files"),
    ])
  func unwritten(_ name: String, _ reason: String) throws {
    let unwritten = try file("unwritten.h5")
    let line = try complaint { _ = try unwritten.tensor(name) }
    #expect(line.contains("unwritten.h5: dataset \(name) \(reason)"), "\(line)")
    #expect(!line.contains("damaged"))
    #expect(try unwritten.datasets().first { $0.name == name }?.problem?.hasPrefix(reason) == true)
    #expect(try unwritten.tensor("empty").shape == [0, 20])
  }

  @Test("virtual datasets are read from others of their file")
  func virtual() throws {
    let virtual = try file("virtual.h5")
    #expect(try virtual.tensor("whole").elements == table)
    let swapped = Array(table[200...] + table[..<200])
    #expect(try virtual.tensor("swapped").elements == swapped)
    var rows: [Float] = []
    for row in stride(from: 0, to: 200, by: 20) {
      rows += table[200 + row..<220 + row]
      rows += table[row..<20 + row]
    }
    #expect(try virtual.tensor("rows").elements == rows)
  }

  @Test(
    "a virtual dataset without its source is not zeros",
    arguments: [
      ("misnamed", "its source nothing is missing"),
      ("hole", "200 of its 400 elements have no source"),
      ("hollow", "was written only in part"), ("twice", "so is its source whole"),
    ])
  func virtualGone(_ name: String, _ reason: String) throws {
    let line = try complaint { _ = try file("virtual.h5").tensor(name) }
    #expect(line.contains("virtual.h5: dataset \(name) is virtual"), "\(line)")
    #expect(line.contains(reason), "\(line)")
    #expect(!line.contains("damaged"))
  }

  @Test("soft links to datasets are followed, links to groups are named")
  func links() throws {
    let links = try file("links.h5")
    #expect(try links.tensor("soft").elements == table)
    let contents = try links.contents()
    #expect(contents.datasets.map(\.name) == ["soft", "store/w"])
    #expect(contents.links.map(\.name) == ["external", "group"])
    #expect(contents.links[1].target == "/store" && contents.links[1].problem == nil)
  }

  /// Both lead to table of packed.h5, which is beside them: the SHA-256 of a weight file says which numbers it has.
  @Test(
    "nothing is read from other files",
    arguments: [("links.h5", "external"), ("virtual.h5", "elsewhere")])
  func otherFiles(_ name: String, _ dataset: String) throws {
    let linking = try file(name)
    let problem = "\(name): dataset \(dataset) is in another file"
    #expect(try complaint { _ = try linking.tensor(dataset) }.contains(problem))
    #expect(try complaint { _ = try linking.integers(dataset) }.contains(problem))
    let link = try #require(linking.contents().links.first { $0.name == dataset })
    #expect(link.target == "packed.h5:\(name == "links.h5" ? "/" : "")table")
    #expect(link.problem == "links to other files are not followed")
    let line = try complaint { _ = try StateDict.load(linking.path) }
    #expect(line.contains("\(dataset) is a link to packed.h5:"), "\(line)")
  }

  @Test("what a link to another file leads to is neither there nor absent")
  func throughOtherFile() throws {
    let links = try file("links.h5")
    #expect(try complaint { _ = try links.contains("external") }.contains("in another file"))
    #expect(
      try complaint { _ = try links.attributes(of: "external") }.contains("in another file"))
  }

  @Test(
    "a link that leads nowhere is named, with where it leads",
    arguments: [
      ("broken_soft.h5", "/nowhere/w"), ("broken_external.h5", "nowhere.h5:/w"),
    ])
  func brokenLinks(_ name: String, _ target: String) throws {
    let line = try complaint { _ = try StateDict.load(try fixture(name)) }
    #expect(line.contains("gone is a link to \(target), which cannot be opened"), "\(line)")
    #expect(try file(name).tensor("w").elements == table)
  }

  @Test("a file whose writer was killed is told from a damaged one")
  func unfinished() throws {
    let line = try complaint { _ = try file("unfinished.h5") }
    #expect(line.contains("its writer ended without closing it") && line.contains("h5clear"))
  }

  @Test("a root without tensors says where they are")
  func groups() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("groups.h5")
    try HDF5Writer.create(path) { try (try network()).write(to: $0, group: "state_dict") }
    #expect(try complaint { _ = try StateDict.load(path) }.contains("but in /state_dict"))
    expectEqual(try WeightImporter.importFile(path).weights, try network())
  }
}
