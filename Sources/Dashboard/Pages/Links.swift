import Foundation
import Support

/// A link with its text.
struct NamedLink: Encodable { let name, address: String }

/// Where pages are: on the server, or in a folder that is opened from disk.
struct Links: Sendable {
  /// Whether pages are files beside each other.
  let isStatic: Bool

  /// The list of runs.
  var runs: String { isStatic ? "index.html" : "/" }
  /// The list of experiments.
  var experiments: String { isStatic ? "experiments.html" : "/experiments" }
  /// Images; a folder has none, as they are made on demand.
  var images: String? { isStatic ? nil : "/images" }

  func run(_ id: Int64) -> String { isStatic ? "run-\(id).html" : "/runs/\(id)" }

  func experiment(_ name: String) -> String {
    isStatic ? "experiment-\(Self.fileName(name)).html" : "/experiments/\(Self.escaped(name))"
  }

  /// The comparison of some runs or cells.
  func compared(_ things: ComparedThings) -> String {
    let ids = things.ids.map(String.init).joined(separator: "-")
    return isStatic
      ? "compare-\(things.areCells ? "cells" : "runs")-\(ids).html"
      : Self.query("/compare", things.values)
  }

  /// The images of a cell.
  func images(of cell: Int64) -> String {
    isStatic ? "images-\(cell).html" : Self.query("/images", [("cell", "\(cell)")])
  }

  func asset(_ name: String) -> String { isStatic ? "assets/\(name)" : "/assets/\(name)" }

  /// A name as part of a file's, whatever it holds; different names stay different.
  static func fileName(_ name: String) -> String {
    let isPlain =
      !name.isEmpty && name.utf8.count < 100
      && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    // No plain name has a _.
    return isPlain ? name : "_" + FileDigest.sha256(Array(name.utf8))
  }

  /// A text as one component of a path or a value of a query.
  static func escaped(_ text: String) -> String {
    let plain = CharacterSet(charactersIn: "-._~").union(
      CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
    return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
  }

  /// `path?a=1&b=2` without the values that are empty.
  static func query(_ path: String, _ values: [(String, String)]) -> String {
    let parts = values.filter { !$0.1.isEmpty }.map { "\($0.0)=\(escaped($0.1))" }
    return parts.isEmpty ? path : "\(path)?\(parts.joined(separator: "&"))"
  }
}
