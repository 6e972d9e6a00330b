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
    var folder = OfFolder()
    return folder.of(path)
  }

  /// The same for many files, for which a folder is looked at once as long as its files follow each other.
  struct OfFolder {
    private var known: (folder: Substring, isValidationFile: Bool, value: PhotoOrientation)?

    /// The orientation of a file.
    mutating func of(_ path: String) -> PhotoOrientation {
      let end = path.lastIndex(of: "/") ?? path.startIndex
      let isValidationFile = ValidationLabels.number(file: path[end...]) != nil
      if let known, known.isValidationFile == isValidationFile, known.folder == path[..<end] {
        return known.value
      }
      let value = PhotoOrientation.find(String(path[..<end]), isValidationFile: isValidationFile)
      known = (path[..<end], isValidationFile, value)
      return value
    }
  }

  private static func find(_ folder: String, isValidationFile: Bool) -> PhotoOrientation {
    let here = FileManager.default.currentDirectoryPath
    let whole = folder.hasPrefix("/") ? folder : "\(here)/\(folder)"
    guard let folders = PathName.normal(whole)?.split(separator: "/") else { return .upright }
    let classFolder = folders.lastIndex { ClassList.isWordNetID($0) }
    guard classFolder != nil || isValidationFile else { return .upright }
    // The set's folder holds the folders of classes; a list may lie beside its `images/`.
    let shallowest = classFolder ?? max(folders.count - 1, 0)
    let isListed = (shallowest...folders.count).contains { depth in
      FolderListing.exists("/" + (folders.prefix(depth) + ["labels.csv"]).joined(separator: "/"))
    }
    return isListed ? .upright : .asStored
  }
}
