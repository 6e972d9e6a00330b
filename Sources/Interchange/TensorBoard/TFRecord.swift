/// A record of a TFRecord file: its length (64 bits), the length's masked checksum, the bytes, their
/// masked checksum; all numbers have the lowest byte first
/// (https://www.tensorflow.org/tutorials/load_data/tfrecord).
package enum TFRecord {
  /// The record of some bytes: 16 more than they are.
  package static func framed(_ bytes: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(CRC32C.masked(length)) + bytes
      + littleEndian(CRC32C.masked(bytes))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
