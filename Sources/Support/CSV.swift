import Foundation

/// Comma-separated text as RFC 4180 describes it: fields may be quoted, a quoted field may hold
/// commas, line breaks and doubled quotes. Lines may end in LF, CRLF or CR; a byte order mark and
/// blank lines are skipped.
///
/// Semicolons or tabs separate the fields instead where the first line has them and no comma outside
/// of quotes, as spreadsheets write them, or where the first line is `sep=;`, as Excel writes it.
public enum CSV {
  /// One record.
  public struct Row: Equatable, Sendable {
    /// The line of the text on which it starts, from 1.
    public let line: Int
    /// At least one; without quotes.
    public let fields: [String]
  }

  /// The records of a text.
  ///
  /// - Parameters:
  ///   - name: what the text is called in errors, e.g. its file.
  ///   - isOurs: whether it ships with the program, so that `Limits.csvFields` is not for it.
  /// - Throws: `UserError` naming the line for a quote that is never closed, stands in the middle
  ///   of an unquoted field or is followed by text, and for what is not UTF-8 text, saying what it is
  ///   where that is recognised; for more than `Limits.csvFields`.
  public static func rows(
    of bytes: some Sequence<UInt8>, name: String, isOurs: Bool = false
  ) throws -> [Row] {
    var bytes = Array(bytes)
    if let foreign = ForeignContent(bytes) {
      throw UserError("\(name): not CSV but \(foreign.what)", remedy: foreign.remedy)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw UserError("\(name): not UTF-8 text", remedy: "save it as UTF-8")
    }
    var parser = CSVParser(bytes: bytes, name: name)
    return try parser.rows(most: isOurs ? nil : Limits.csvFields.value)
  }

  /// The records of a file.
  ///
  /// - Throws: `UserError` when it cannot be read or is larger than `Limits.textBytes`, and as
  ///   `rows(of:name:)` does.
  public static func rows(path: String) throws -> [Row] {
    try rows(of: BoundedFile.read(path: path, Limits.textBytes), name: path)
  }
}

extension CSV {
  /// A record with a line feed; fields are quoted where they must be.
  public static func line(_ fields: [String]) -> String {
    fields.map { field in
      let isPlain = !field.utf8.contains { "\",\r\n".utf8.contains($0) }
      return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
    }.joined(separator: ",") + "\n"
  }
}

private struct CSVParser {
  let bytes: [UInt8]
  let name: String
  var separator = UInt8(ascii: ",")
  var position = 0
  var line = 1

  init(bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  /// Finds out what separates the fields, and steps over a line that says so.
  private mutating func findSeparator() {
    let first = bytes.drop(while: isLineBreak).prefix { !isLineBreak($0) }
    if first.count == 5, first.starts(with: Array("sep=".utf8)), let last = first.last {
      while position < first.startIndex { _ = endLine() }
      (separator, position) = (last, first.endIndex)
      _ = endLine()
      return
    }
    var isQuoted = false
    let found = first.filter { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return !isQuoted && ",;\t".utf8.contains(byte)
    }
    let kinds = Set(found)
    if kinds.count == 1, let only = kinds.first { separator = only }
  }

  /// - Parameter most: of fields; `nil` for as many as there are.
  mutating func rows(most: Int?) throws -> [CSV.Row] {
    findSeparator()
    var rows: [CSV.Row] = []
    let most = most ?? .max
    var count = 0
    while position < bytes.count {
      let start = line
      var fields = [try field()]
      while position < bytes.count, bytes[position] == separator {
        position += 1
        fields.append(try field())
        if fields.count > most { break }
      }
      count += fields.count
      if count > most { try Limits.csvFields.check(count, "\(name), line \(line)") }
      if !endLine(), position < bytes.count {
        throw UserError("\(name), line \(line): text after a closing quote")
      }
      if fields != [""] { rows.append(CSV.Row(line: start, fields: fields)) }
    }
    return rows
  }

  /// Steps over one line break; false when there is none here.
  private mutating func endLine() -> Bool {
    guard position < bytes.count, isLineBreak(bytes[position]) else { return false }
    let isReturn = bytes[position] == UInt8(ascii: "\r")
    position += 1
    if isReturn, position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
    line += 1
    return true
  }

  private mutating func field() throws -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      let start = position
      while position < bytes.count, bytes[position] != separator,
        !isLineBreak(bytes[position])
      {
        if bytes[position] == UInt8(ascii: "\"") {
          throw UserError(
            "\(name), line \(line): a quote inside a field",
            remedy: "quote the whole field and double the quotes inside it")
        }
        position += 1
      }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    let start = line
    var text: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != UInt8(ascii: "\"") {
        if byte == UInt8(ascii: "\n") { line += 1 }
        text.append(byte)
      } else if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        text.append(byte)
        position += 1
      } else {
        return String(decoding: text, as: UTF8.self)
      }
    }
    throw UserError("\(name), line \(start): a quote is never closed")
  }

  private func isLineBreak(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }
}
