import Foundation
import Support
import Tensors

/// A set of images with their classes.
public struct LabelledDataset: Sendable {
  /// What the experiment calls it.
  public let name: String
  /// The folder or archive that was opened.
  public let path: String
  /// Which of the layouts it has, e.g. `class-folders`.
  public let layout: String
  /// Sorted by name (as bytes); names are unique.
  public let items: [LabelledItem]
  /// Notes for the user that are not errors, one line each, e.g. files left out.
  public let notes: [String]
  /// Whether the images were computed to look like photographs of prints: the folder's
  /// `manifest.json` has the key `simulated` and it is true.
  public let isSimulated: Bool
  /// The settings under which every image was photographed, e.g. `param_control/l1/param_1`, in the order
  /// in which raw draws count the photographs; empty where the photos themselves are all there is.
  public let settings: [String]
  /// The classes that labels count in.
  public let classList: ClassList
  /// The classes that a prediction can be, ascending; `nil` for all.
  public let classes: [Int]?
  /// Whether there are canonical images; where there are none, items have photographs alone.
  public let hasCanonical: Bool

  /// Opens a set and finds out which layout it has: a folder in torchvision's layout, the
  /// validation files flat in one folder, `ILSVRC2012_img_val.tar`, a folder with `labels.csv`, a
  /// part of ImageNet-ES, ImageNet-C, or a YAML file that describes a set.
  ///
  /// Images are not read yet; one that turns out to be damaged is an error when it is used.
  ///
  /// - Parameter classes: that labels count in; `nil` for ImageNet's.
  /// - Throws: `UserError` naming the path when no layout fits, the set is empty, a class is
  ///   unknown, a label is out of range, a listed file is missing or appears twice.
  public init(name: String, path: String, classes list: ClassList? = nil) throws {
    let list = try list ?? .imageNet()
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let place = try FolderListing.place(name, path: path, remedy: "check --data \(name)=\(path)")
    let layouts = DatasetLayout.all.filter { list.isImageNet || !$0.isImageNet }
    for layout in layouts {
      guard let contents = try layout.read(place, list) else { continue }
      self.name = name
      self.path = path
      self.layout = layout.name
      items = contents.items.sorted { FolderListing.precedes($0.name, $1.name) }
      settings = contents.settings
      classList = list
      classes = contents.classes
      hasCanonical = contents.hasCanonical
      let manifest = place.isFolder ? try SetManifest.read(folder: path) : nil
      isSimulated = manifest?.simulated == true
      notes =
        contents.notes + Self.notes(manifest, layout, items)
        + [Self.noteOfSharedFiles(items)].compactMap { $0 }
      guard !items.isEmpty else { throw UserError("\(path): contains no images") }
      for (item, next) in zip(items, items.dropFirst())
      where item.name.utf8.elementsEqual(next.name.utf8) {
        throw UserError(
          "\(path): \(item.name) appears twice",
          remedy: item.place == next.place
            ? "remove one of its lines" : "keep only one of \(item.place), \(next.place)")
      }
      return
    }
    let known = layouts.map(\.summary).joined(separator: "; ")
    let what =
      list.isImageNet ? "labelled images" : "images labelled by the classes of \(list.title)"
    throw UserError(
      "\(path): not a set of \(what)\(try Self.cause(place))",
      remedy: "supported are: \(known)")
  }

  /// Why a path that looks like a set is not one; empty where unknown.
  private static func cause(_ place: FolderListing.Entry) throws -> String {
    guard place.isFolder else {
      let start = try ReadableFile(path: place.path).read(at: 0, upTo: ForeignContent.length)
      return ForeignContent(start).map { " but \($0.what)" } ?? ""
    }
    let folders = try FolderListing(path: place.path).entries.filter(\.isFolder).map(\.name)
    guard !folders.isEmpty, folders.allSatisfy({ Int($0) != nil }) else { return "" }
    return " (its folders are named by numbers, which torchvision sorts as text, 0, 1, 10, 100, "
      + "so they may not be the class indices: name them by WordNet id, or say so in a YAML file)"
  }

  /// What the manifest of a folder with `labels.csv` adds.
  private static func notes(
    _ manifest: SetManifest?, _ layout: DatasetLayout, _ items: [LabelledItem]
  ) -> [String] {
    guard let manifest, layout.name == DatasetLayout.labelledFolder.name else { return [] }
    let leftOut = manifest.leftOut
    return [
      leftOut > 0 ? "\(leftOut.counted("photo")) had been left out when the set was made" : nil,
      manifest.note(names: items.map(\.name)),
    ].compactMap { $0 }
  }

  /// A note on images that are one file, by links, and have different labels; `nil` for none.
  private static func noteOfSharedFiles(_ items: [LabelledItem]) -> String? {
    var first: [FileIdentity: Int] = [:]
    var pairs: [(LabelledItem, LabelledItem)] = []
    for (index, item) in items.enumerated() {
      guard let identity = item.identity else { continue }
      if let known = first[identity] {
        if items[known].label != item.label { pairs.append((items[known], item)) }
      } else {
        first[identity] = index
      }
    }
    return pairs.first.map { a, b in
      "labels contradict each other: \(pairs.count.counted("image")) linked to the file of another, e.g. "
        + "\(a.name) (\(a.label)) and \(b.name) (\(b.label))"
    }
  }

  /// Opens what an option `--data NAME=PATH` names.
  ///
  /// - Throws: `UserError` when the option has another form, and as `init(name:path:)` does.
  public init(option: String, classes: ClassList? = nil) throws {
    let (name, path) = try Self.parse(option: option)
    try self.init(name: name, path: path, classes: classes)
  }

  /// Splits `NAME=PATH` at its first equals sign.
  ///
  /// - Throws: `UserError` when either part is missing.
  public static func parse(option: String) throws -> (name: String, path: String) {
    let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw UserError("--data \(option): not of the form NAME=PATH")
    }
    return (String(parts[0]), String(parts[1]))
  }

  /// Photos without labels as a set whose classes say nothing, for benchmarks: each photo is of
  /// class 0.
  package init(name: String, unlabelled folder: PhotoFolder) throws {
    self.name = name
    path = folder.path
    layout = "photos"
    notes = folder.notes
    isSimulated = false
    settings = []
    classList = try .imageNet()
    classes = nil
    hasCanonical = true
    items = folder.photos.map { LabelledItem($0, label: 0) }
  }

  private init(_ whole: LabelledDataset, items: [LabelledItem]) {
    name = whole.name
    path = whole.path
    layout = whole.layout
    notes = whole.notes
    isSimulated = whole.isSimulated
    settings = whole.settings
    classList = whole.classList
    classes = whole.classes
    hasCanonical = whole.hasCanonical
    self.items = items
  }

  /// A pseudo-random subset of at most `limit` images, still sorted by name.
  ///
  /// Each name gets a 64-bit number from `RandomStream(seed:purpose:item:)` with purpose `subset`;
  /// the smallest `limit` numbers are kept. So the subset depends on names and seed only, is the
  /// same in every layout, and a smaller limit gives a subset of a larger one's. (The first images
  /// by name would all be of one class in torchvision's layout.)
  public func limited(to limit: Int, seed: UInt64) -> LabelledDataset {
    guard limit < items.count else { return self }
    let keyed = items.map { item in
      var stream = RandomStream(seed: seed, purpose: "subset", item: item.name)
      return (key: stream.next(), item: item)
    }
    let kept = keyed.sorted { $0.key < $1.key }.prefix(max(limit, 0)).map(\.item)
    return LabelledDataset(self, items: kept.sorted { FolderListing.precedes($0.name, $1.name) })
  }

  /// The images of some names, still sorted; names that the set does not have are passed over.
  public func restricted(to names: some Collection<String>) -> LabelledDataset {
    let names = Set(names)
    return LabelledDataset(self, items: items.filter { names.contains($0.name) })
  }

  /// Tells sets apart without reading the images: SHA-256 over a line `name`, tab, `label`, tab,
  /// `size in bytes` for each item in order, each ended by a line feed; a cropped item's line has
  /// another tab and its crop. Where predictions are among some classes, a last line has `classes`, a tab
  /// and their indices; where classes are not ImageNet's, one has `class list`, a tab and `ClassList.digest`.
  /// Where the set lies and in which layout does not matter.
  public var fingerprint: String {
    var lines = items.map { "\($0.name)\t\($0.labelText)\t\($0.content)\n" }
    if let classes {
      lines.append("classes\t\(classes.map(String.init).joined(separator: " "))\n")
    }
    if !classList.isImageNet { lines.append("class list\t\(classList.digest)\n") }
    return FileDigest.sha256(Array(lines.joined().utf8))
  }
}
