import Support

/// A bound on how many numbers a file may unfold into: tensors can share storage and repeat elements
/// (stride 0), so a small hostile file could otherwise claim all memory.
struct TensorBudget {
  private let path: String
  private var left: Int

  /// Sixteen times what the file's bytes could hold one by one, and at least 16 Mi elements.
  init(_ file: MappedFile) {
    path = file.path
    left = (16 << 20) + 16 * file.bytes.count
  }

  /// - Throws: `UserError` when the bound is passed.
  mutating func spend(_ count: Int) throws {
    guard count <= left else {
      throw UserError(
        "\(path): damaged (its tensors have more elements than it can hold)",
        remedy: "copy or download it again")
    }
    left -= count
  }
}
