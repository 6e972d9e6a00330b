import Foundation
import Support
import Tensors

/// The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes,
/// little-endian, row-major and without gaps.
enum SafetensorsFile {
  /// The format's own bound on its header.
  private static let headerLimit = 100_000_000

  /// Whether the file starts as this format does.
  static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    return length >= 2 && length <= headerLimit
  }

  /// The tensors as one state dict, in the order in which they lie in the file.
  ///
  /// - Throws: `UserError` when the header is malformed, a type is unknown, or a tensor does not lie
  ///   exactly where the header says.
  static func stateDict(_ file: MappedFile) throws -> StoredStateDict {
    var reader = ByteReader(bytes: file.bytes, path: file.path)
    let length = try reader.count(UInt64.self)
    try Limits.safetensorsHeader.check(length, "\(file.path): its header")
    let header = try reader.read(length)
    let body = reader.position
    let tensors = try entries(of: header, file)
    guard !tensors.isEmpty else { throw UserError("\(file.path): holds no tensors") }
    let available = file.bytes.count - body
    if let end = tensors.map(\.tensor.end).max(), end > available {
      throw damaged(file, "its tensors take \(end) bytes, of which \(available) are present")
    }
    var views: [(view: StridedView, range: Range<Int>)] = []
    var position = 0
    for (name, tensor) in tensors {
      let view = try view(of: tensor, name, at: position, file)
      views.append((view, body + position..<body + tensor.end))
      position = tensor.end
    }
    guard position == available else { throw damaged(file, "bytes follow the last tensor") }
    return StoredStateDict(
      name: "", tensors: zip(tensors, views).map { ($0.name, $1.view.shape) }
    ) { index in
      let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[views[index].range])
      return views[index].view.tensor(from: bytes, bigEndian: false)
    }
  }

  /// The texts of its metadata; none where it has none.
  ///
  /// - Throws: `UserError` when the header is malformed.
  static func metadata(_ file: MappedFile) throws -> [String: String] {
    var reader = ByteReader(bytes: file.bytes, path: file.path)
    let header = try reader.read(try reader.count(UInt64.self))
    do {
      return try JSONDecoder().decode(Metadata.self, from: Data(header)).texts ?? [:]
    } catch {
      throw damaged(file, "its metadata are not texts by name")
    }
  }

  /// The header's tensors, by their places.
  private static func entries(
    of header: UnsafeRawBufferPointer, _ file: MappedFile
  ) throws -> [(name: String, tensor: Description)] {
    let entries: [String: Entry]
    do {
      entries = try JSONDecoder().decode([String: Entry].self, from: Data(header))
    } catch {
      throw damaged(file, "its header is not the JSON that safetensors has")
    }
    return entries.compactMap { name, entry in
      if case .tensor(let tensor) = entry { (name: name, tensor: tensor) } else { nil }
    }.sorted {
      ($0.tensor.start, $0.tensor.end, $0.name) < ($1.tensor.start, $1.tensor.end, $1.name)
    }
  }

  private static func view(
    of tensor: Description, _ name: String, at position: Int, _ file: MappedFile
  ) throws -> StridedView {
    guard let type = NumberType(rawValue: tensor.type) else {
      throw UserError(
        "\(file.path): \(name.printable) has the type \(tensor.type.printable), which is not supported",
        remedy: "save it as F32")
    }
    guard tensor.start == position, tensor.end >= position,
      let view = StridedView(
        type: type, shape: tensor.shape, available: (tensor.end - position) / type.size),
      view.count * type.size == tensor.end - position
    else { throw damaged(file, "\(name.printable) does not lie where the header says") }
    return view
  }

  private static func damaged(_ file: MappedFile, _ why: String) -> UserError {
    UserError(
      "\(file.path): truncated or damaged safetensors file (\(why))",
      remedy: "copy or download it again")
  }

  /// The one entry of the header that is no tensor.
  private struct Metadata: Decodable {
    let texts: [String: String]?

    private enum CodingKeys: String, CodingKey {
      case texts = "__metadata__"
    }
  }

  /// One entry of the header.
  private enum Entry: Decodable {
    case metadata
    case tensor(Description)

    init(from decoder: any Decoder) throws {
      if decoder.codingPath.last?.stringValue == "__metadata__" {
        self = .metadata
      } else {
        self = .tensor(try Description(from: decoder))
      }
    }
  }

  private struct Description: Decodable {
    let type: String
    let shape: [Int]
    let start: Int
    let end: Int

    private enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      type = try values.decode(String.self, forKey: .type)
      shape = try values.decode([Int].self, forKey: .shape)
      let offsets = try values.decode([Int].self, forKey: .offsets)
      guard offsets.count == 2 else {
        throw DecodingError.dataCorruptedError(
          forKey: .offsets, in: values, debugDescription: "not two numbers")
      }
      (start, end) = (offsets[0], offsets[1])
    }
  }
}
