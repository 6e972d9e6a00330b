import CHDF5

/// The value of an HDF5 attribute: one element or several.
public enum HDF5Attribute: Sendable, Equatable {
  case texts([String])
  case integers([Int64])
  case reals([Double])

  /// One text.
  public static func text(_ text: String) -> HDF5Attribute { .texts([text]) }
  /// One integer.
  public static func integer(_ number: Int) -> HDF5Attribute { .integers([Int64(number)]) }

  /// The text, when it is one.
  public var text: String? {
    if case .texts(let texts) = self, texts.count == 1 { texts[0] } else { nil }
  }

  /// The integer, when it is one.
  public var integer: Int? {
    if case .integers(let numbers) = self, numbers.count == 1 { Int(numbers[0]) } else { nil }
  }

  /// The library could not read the value.
  struct Unreadable: Error {}

  /// Reads an open attribute (call it under the lock); `nil` when it is of no such kind, or too large
  /// to be one.
  ///
  /// - Throws: `Unreadable`; `HDF5Library.lastFailure` then says why.
  init?(reading attribute: HDF5Handle) throws {
    guard let type = HDF5Handle(H5Aget_type(attribute.identifier)),
      let space = HDF5Handle(H5Aget_space(attribute.identifier))
    else { throw Unreadable() }
    let count = Int(H5Sget_simple_extent_npoints(space.identifier))
    let size = H5Tget_size(type.identifier)
    guard count >= 0, size > 0 else { throw Unreadable() }
    guard count <= 1 << 20, size <= 1 << 20, count * size <= 1 << 24 else { return nil }
    switch H5Tget_class(type.identifier) {
    case H5T_STRING where H5Tis_variable_str(type.identifier) > 0:
      self = .texts(try Self.variableTexts(attribute, space, count))
    case H5T_STRING:
      self = .texts(try Self.fixedTexts(attribute, type, count, size))
    // The library would narrow numbers beyond 64 signed bits.
    case H5T_INTEGER where size < 8 || size == 8 && H5Tget_sign(type.identifier) == H5T_SGN_2:
      var numbers = [Int64](repeating: 0, count: max(count, 1))
      let memory = rg_hdf5_native(RG_HDF5_INT64)
      guard H5Aread(attribute.identifier, memory, &numbers) >= 0 else { throw Unreadable() }
      self = .integers(Array(numbers.prefix(count)))
    case H5T_FLOAT:
      var numbers = [Double](repeating: 0, count: max(count, 1))
      let memory = rg_hdf5_native(RG_HDF5_FLOAT64)
      guard H5Aread(attribute.identifier, memory, &numbers) >= 0 else { throw Unreadable() }
      self = .reals(Array(numbers.prefix(count)))
    default: return nil
    }
  }

  private static func variableTexts(
    _ attribute: HDF5Handle, _ space: HDF5Handle, _ count: Int
  ) throws -> [String] {
    // The file's own character set, so that the library has nothing to convert.
    guard let type = HDF5Handle(H5Aget_type(attribute.identifier)) else { throw Unreadable() }
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: max(count, 1))
    guard H5Aread(attribute.identifier, type.identifier, &pointers) >= 0 else {
      throw Unreadable()
    }
    // An empty text may be stored as none.
    let texts = pointers.prefix(count).map { pointer in pointer.map { String(cString: $0) } ?? "" }
    _ = rg_hdf5_reclaim(type.identifier, space.identifier, &pointers)
    return texts
  }

  private static func fixedTexts(
    _ attribute: HDF5Handle, _ type: HDF5Handle, _ count: Int, _ size: Int
  ) throws -> [String] {
    var bytes = [UInt8](repeating: 0, count: max(count, 1) * size)
    guard H5Aread(attribute.identifier, type.identifier, &bytes) >= 0 else { throw Unreadable() }
    let spaced = H5Tget_strpad(type.identifier) == H5T_STR_SPACEPAD
    return (0..<count).map { index in
      var text = bytes[index * size..<(index + 1) * size]
      if spaced {
        while text.last == UInt8(ascii: " ") { text.removeLast() }
      } else {
        text = text.prefix { $0 != 0 }
      }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
