import CKernels
import Foundation

/// The middle of an image, enlarged to the image's size as `scipy.ndimage.zoom` does (order 1).
struct ClippedZoom {
  private let width, height: Int
  private let across, down: Side

  /// Where the pixels of a side are read.
  private struct Side {
    var first: [Int32] = []
    var part: [Double] = []

    init(_ side: Int, factor: Double) {
      let kept = Int((Double(side) / factor).rounded(.up))
      let enlarged = Int((Double(kept) * factor).rounded(.toNearestOrEven))
      let (start, cut) = ((side - kept) / 2, (enlarged - side) / 2)
      let step = enlarged > 1 ? Double(kept - 1) / Double(enlarged - 1) : 0
      for pixel in 0..<side {
        let place = min(Double(pixel + cut) * step, Double(kept - 1))
        first.append(Int32(start + Int(place)))
        part.append(place - place.rounded(.down))
      }
    }
  }

  /// - Parameter factor: at least 1.
  init(width: Int, height: Int, factor: Double) {
    (self.width, self.height) = (width, height)
    across = Side(width, factor: factor)
    down = Side(height, factor: factor)
  }

  /// Values `[height, width, channels]` seen so.
  func callAsFunction(_ values: [Double], channels: Int) -> [Double] {
    across.first.withUnsafeBufferPointer { columns in
      down.first.withUnsafeBufferPointer { rows in
        across.part.withUnsafeBufferPointer { columnParts in
          down.part.withUnsafeBufferPointer { rowParts in
            [Double](unsafeUninitializedCapacity: values.count) { buffer, count in
              var across = rg_image_steps(
                count: Int32(width), first: columns.baseAddress, part: columnParts.baseAddress)
              var down = rg_image_steps(
                count: Int32(height), first: rows.baseAddress, part: rowParts.baseAddress)
              rg_image_zoom(
                values, Int32(width), Int32(height), Int32(channels), &across, &down,
                buffer.baseAddress)
              count = values.count
            }
          }
        }
      }
    }
  }
}
