import Foundation
import Support
import Tensors

extension StateDict {
  /// Writes a safetensors file: every tensor as F32, the attributes as its metadata.
  ///
  /// - Throws: `UserError` when the file cannot be written; nothing is then left of it.
  public func writeSafetensors(_ path: String) throws {
    let header = try safetensorsHeader()
    try AtomicFile(path: path).write { append in
      try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try append($0) }
      try header.withUnsafeBytes { try append($0) }
      for name in names {
        try self[name]?.withUnsafeBufferPointer { try append(UnsafeRawBufferPointer($0)) }
      }
    }
  }

  /// Filled up with blanks, so that numbers lie at multiples of 8 bytes, as the format advises.
  private func safetensorsHeader() throws -> [UInt8] {
    var entries: [String: Entry] = attributes.isEmpty ? [:] : ["__metadata__": .texts(attributes)]
    var position = 0
    for name in names {
      guard let tensor = self[name] else { continue }
      let end = position + 4 * tensor.count
      entries[name] = .tensor(
        Description(dtype: "F32", shape: tensor.shape, dataOffsets: [position, end]))
      position = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header = [UInt8](try encoder.encode(entries))
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return header
  }

  private struct Description: Encodable {
    let dtype: String
    let shape: [Int]
    let dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private enum Entry: Encodable {
    case texts([String: String])
    case tensor(Description)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .texts(let texts): try texts.encode(to: encoder)
      case .tensor(let tensor): try tensor.encode(to: encoder)
      }
    }
  }
}
