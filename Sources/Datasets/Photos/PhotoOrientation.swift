import Foundation

/// Whether a photo is turned as its EXIF or XMP orientation says. One rule for labelled sets, folders
/// of photos and single files:
///
/// Photos are turned upright, as Pillow's `ImageOps.exif_transpose` does. Only those in ImageNet's own
/// layouts (class folders, the validation files in a folder or an archive) are read as stored:
/// torchvision does not look at the orientation, and published numbers were made so.
public enum PhotoOrientation: Sendable, Equatable {
  case upright
  case asStored

  /// The orientation of a file that is not read through a labelled set, the same as if it were: as
  /// stored below a folder named by a WordNet id and for a validation file of ILSVRC2012, unless a
  /// `labels.csv` lies beside it or, up to the set's folder, above it.
  ///
  /// - Parameter path: of the file.
  public static func ofFile(_ path: String) -> PhotoOrientation {
    let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    guard let parts = PathName.normal(whole)?.split(separator: "/"), let name = parts.last else {
      return .upright
    }
    let folders = parts.dropLast()
    let classFolder = folders.lastIndex { ImageNetClasses.isWordNetID($0) }
    guard classFolder != nil || ValidationLabels.number(file: name) != nil else { return .upright }
    // The set's folder holds the folders of classes; a list may lie beside its `images/`.
    let shallowest = classFolder ?? max(folders.count - 1, 0)
    let isListed = (shallowest...folders.count).contains { depth in
      FolderListing.exists("/" + (folders.prefix(depth) + ["labels.csv"]).joined(separator: "/"))
    }
    return isListed ? .upright : .asStored
  }
}
