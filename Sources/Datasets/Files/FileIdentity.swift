/// Which file or folder it is, whatever links lead to it: device and inode; for a member of an
/// archive, its place there.
package struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64
}
