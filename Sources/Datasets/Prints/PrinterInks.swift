import CKernels
import Foundation

/// The printer: four transparent inks and the halftone screens that carry them.
enum PrinterInks {
  /// What each ink lets through of linear red, green and blue: cyan, magenta, yellow, black, near
  /// those of coated offset printing (sRGB of SWOP's solid inks). Where they overlap, light passes
  /// both.
  static let transmittance: [Float] = [
    0.04, 0.42, 0.82,
    0.80, 0.04, 0.27,
    0.95, 0.85, 0.06,
    0.04, 0.04, 0.04,
  ]

  /// Angles of the screens, degrees: the usual ones, 30° apart where the eye minds.
  private static let angles = [15.0, 75, 0, 45]

  /// The areas that each ink covers, by colour, for `rg_print_separate`: those whose mean light
  /// (Neugebauer's with Demichel's probabilities: inks meet by chance) is the colour's, as near as
  /// the inks reach it.
  static let table: [Float] = {
    let grid = Int(RG_PRINT_GRID)
    var table: [Float] = []
    table.reserveCapacity(grid * grid * grid * 4)
    for index in 0..<grid * grid * grid {
      let color = [index / (grid * grid), index / grid % grid, index % grid]
        .map { Double($0) / Double(grid - 1) }
      table += areas(of: color).map { Float($0) }
    }
    return table
  }()

  /// - Parameter color: sRGB, 0…1.
  private static func areas(of color: [Double]) -> [Double] {
    // Black takes over where all colours are dark (grey component replacement).
    let darkness = 1 - (color.max() ?? 1)
    let black = 0.95 * pow(max((darkness - 0.25) / 0.75, 0), 1.3)
    let light = color.map(ToneCurve.linear)
    var areas = [1 - light[0], 1 - light[1], 1 - light[2], black]
    // Each colour ink rules one channel, so setting them in turn converges in a few rounds.
    for _ in 0..<30 {
      for ink in 0..<3 {
        var rest = 1.0
        for other in 0..<4 where other != ink {
          rest *= 1 - areas[other] * (1 - Double(transmittance[other * 3 + ink]))
        }
        let needed = (1 - light[ink] / rest) / (1 - Double(transmittance[ink * 3 + ink]))
        areas[ink] = min(max(needed, 0), 1)
      }
    }
    return areas
  }

  /// Thresholds of a clustered dot, evenly from 0 to 1: round dots that grow, meet and leave round
  /// holes, as cos u + cos v orders the places of a cell.
  static let tile: [Float] = {
    let side = Int(RG_PRINT_TILE)
    let heights = (0..<side * side).map { index -> Double in
      let (u, v) = (Double(index / side) + 0.5, Double(index % side) + 0.5)
      return -cos(2 * .pi * u / Double(side)) - cos(2 * .pi * v / Double(side))
    }
    var tile = [Float](repeating: 0, count: side * side)
    let order = heights.indices.sorted { (heights[$0], $0) < (heights[$1], $1) }
    for (rank, index) in order.enumerated() {
      tile[index] = (Float(rank) + 0.5) / Float(side * side)
    }
    return tile
  }()

  /// The screens of a raster in which a cell is `period` dots wide.
  static func screens(period: Double) -> [rg_print_screen] {
    angles.map { angle in
      let turns = 4_294_967_296 / max(period, 1.000001)
      func phase(_ part: Double) -> UInt32 {
        UInt32(truncatingIfNeeded: Int64((turns * part).rounded()))
      }
      return rg_print_screen(
        across: phase(cos(angle * .pi / 180)), along: phase(sin(angle * .pi / 180)))
    }
  }
}
