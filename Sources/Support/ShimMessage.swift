/// Calls one function of a C shim, which may leave a line of text.
///
/// - Parameters:
///   - length: bytes that the shim may write, the last one 0.
///   - body: gets zeroed memory of that length.
/// - Returns: what `body` gives, and the text; empty for none.
package func withShimMessage<Status>(
  length: Int, _ body: (UnsafeMutablePointer<CChar>) -> Status
) -> (status: Status, text: String) {
  var message = [CChar](repeating: 0, count: length)
  let status = body(&message)
  let bytes = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
  return (status, String(decoding: bytes, as: UTF8.self))
}
