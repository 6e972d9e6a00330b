import Foundation
import Imaging
import Support

/// The columns of a `labels.csv` that say which part of a photo is the print: `left`, `top`,
/// `right`, `bottom`, or `x1`, `y1` … `x4`, `y4`. Both kinds may be present; a row fills one or none.
struct CropColumns {
  private static let box = ["left", "top", "right", "bottom"]
  private static let corners = ["x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4"]

  private let kinds: [[(name: String, index: Int)]]

  /// - Parameter names: the header, in small letters.
  /// - Throws: `UserError` when the header has some columns of a kind and lacks others.
  init(header names: [String], list: String) throws {
    kinds = try [Self.box, Self.corners].compactMap { kind in
      let found = kind.compactMap { name in names.firstIndex(of: name).map { (name, $0) } }
      guard !found.isEmpty else { return nil }
      let missing = kind.filter { !names.contains($0) }
      guard missing.isEmpty else {
        throw UserError(
          "\(list): has the crop column \(found[0].0), but not \(missing[0])",
          remedy: "a crop has \(kind.joined(separator: ","))")
      }
      return found
    }
  }

  /// The crop of a row, or `nil` when all its fields are empty.
  ///
  /// - Throws: `UserError` naming the line for fields that are partly empty, not numbers, or do not
  ///   form a crop.
  func crop(of row: CSV.Row, list: String) throws -> PhotoCrop? {
    let place = "\(list), line \(row.line)"
    let filled = kinds.filter { $0.contains { !row.text($0.index).isEmpty } }
    guard let kind = filled.first else { return nil }
    guard filled.count == 1 else {
      throw UserError("\(place): both a box and corners", remedy: "leave the columns of one empty")
    }
    let numbers = try kind.map { name, index in
      let text = row.text(index)
      guard !text.isEmpty else {
        throw UserError(
          "\(place): \(name) is empty, but other columns of the crop are not",
          remedy: "fill all \(kind.count) or none")
      }
      guard let number = Double(text), number.isFinite else {
        throw UserError("\(place): \(name) is \"\(text)\", not a number", remedy: "give pixels")
      }
      return number
    }
    do {
      guard numbers.count == 8 else {
        return try PhotoCrop(
          left: numbers[0], top: numbers[1], right: numbers[2], bottom: numbers[3])
      }
      return try PhotoCrop(
        corners: stride(from: 0, to: 8, by: 2).map {
          Homography.Point(numbers[$0], numbers[$0 + 1])
        })
    } catch let error as UserError {
      throw UserError("\(place): \(error.problem)", remedy: error.remedy)
    }
  }

  /// Compares a crop with the size of the photo, where the file's header tells it. A photo that
  /// cannot be read is not the list's concern: it is reported, by name, when the photo is decoded.
  ///
  /// - Throws: `UserError` naming the line when a part of the crop lies outside of the photo.
  static func check(_ crop: PhotoCrop, path: String, place: String) throws {
    let size: (width: Int, height: Int)
    do { size = try ImageFile.uprightSize(path: path) } catch { return }
    do {
      try crop.check(width: size.width, height: size.height)
    } catch let error as UserError {
      throw UserError("\(place): \(error.problem)", remedy: error.remedy)
    }
  }
}
