import Foundation

/// What a file system is, as far as it matters to a database.
public struct FileSystemKind: Sendable, Equatable {
  /// What Linux's mount table calls it, e.g. `ext4`, `nfs4`, `fuse.sshfs`.
  public var name: String

  /// A file system of this name.
  public init(name: String) { self.name = name }

  /// That on which a path lies; `nil` where the system does not say.
  public init?(of path: String) {
    guard let table = FileManager.default.contents(atPath: "/proc/self/mountinfo") else {
      return nil
    }
    // What does not exist yet lies where its folder does.
    let file = URL(fileURLWithPath: path)
    let folder = file.deletingLastPathComponent().resolvingSymlinksInPath()
    let place = folder.appendingPathComponent(file.lastPathComponent).resolvingSymlinksInPath().path
    self.init(of: place, mounts: String(decoding: table, as: UTF8.self))
  }

  /// That on which a path lies, by a mount table in the form of `/proc/self/mountinfo`.
  ///
  /// - Parameter path: absolute and without links.
  public init?(of path: String, mounts: String) {
    var best: (length: Int, name: String)?
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      else { continue }
      let point = Self.plain(fields[4])
      let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
      // Of two at one point the later one hides the other.
      if isAbove, point.utf8.count >= best?.length ?? 0 {
        best = (point.utf8.count, String(fields[dash + 1]))
      }
    }
    guard let best else { return nil }
    name = best.name
  }

  /// The table writes some characters as backslash and three octal digits.
  private static func plain(_ text: Substring) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
      .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }

  private static let shared: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "9p", "afs",
    "pvfs2", "glusterfs",
  ]
  /// Local file systems are FUSE's, too.
  private static let sharedByFUSE: Set<String> = [
    "sshfs", "glusterfs", "ceph", "s3fs", "rclone", "juicefs", "davfs", "gcsfuse", "mount-s3",
  ]

  /// Whether hosts share it over a network, as far as its name tells.
  public var isNetwork: Bool {
    name.hasPrefix("fuse.")
      ? Self.sharedByFUSE.contains(String(name.dropFirst(5))) : Self.shared.contains(name)
  }
}
