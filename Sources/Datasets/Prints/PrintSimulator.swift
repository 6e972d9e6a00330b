import CKernels
import Foundation
import Imaging

/// Prints an image and photographs the print, as far as physics is known: light adds up linearly,
/// inks multiply, electrons are counted.
///
/// canonical pixels → areas of ink → dots on paper → perspective, illuminant, flare → the lens's, the
/// hand's and the focus's blur → electrons and their noise → tone curve → pixels.
public struct PrintSimulator: Sendable {
  /// Which effects there are.
  enum Effects {
    case all
    /// Inks, light and tone, the same for every pixel: a straight view without dots, blur, noise,
    /// or changes across the photo.
    case colors
    /// The perspective and what lies around the print; colours stay.
    case geometry
  }

  /// Changes whenever the same parameters give other photographs.
  static let version = 1

  private let parameters: PrintParameters

  /// - Parameter parameters: of one print; the same give the same photograph.
  public init(_ parameters: PrintParameters) { self.parameters = parameters }

  /// The photograph as a file: of the size that the camera would make it, as JPEG.
  ///
  /// - Parameter image: what is printed; of one that is not square, the middle.
  public func file(of image: RGBImage) throws -> [UInt8] {
    let photo = photograph(image)
    let quality = Int(parameters[.quality].rounded())
    return try JPEG.encode(photo, quality: quality)
  }

  /// The photograph, of the size that the camera would make it.
  ///
  /// - Parameter image: what is printed; of one that is not square, the middle.
  public func photograph(_ image: RGBImage) -> RGBImage {
    seen(image, side: parameters.photoSide, .all)
  }

  /// What there is to see in a photo of `side` pixels.
  func seen(_ image: RGBImage, side: Int, _ effects: Effects) -> RGBImage {
    let shorter = min(image.width, image.height)
    let image = image.centerCropped(width: shorter, height: shorter)
    let print =
      effects == .geometry
      ? Print(plain: image) : Print(image, parameters, side, isScreened: effects == .all)
    var photo = [Float](unsafeUninitializedCapacity: side * side * 3) { $1 = side * side * 3 }
    var scene = scene(side, effects)
    scene.samples = effects == .colors ? 1 : 2
    rg_print_expose(print.light, Int32(print.side), &scene, &photo, Int32(side), Int32(side))
    if effects == .all {
      photo = spread(side).blurred(photo, width: side, height: side)
    }
    return developed(photo, side, effects)
  }

  private func scene(_ side: Int, _ effects: Effects) -> rg_print_scene {
    var scene = rg_print_scene()
    let map =
      effects == .colors
      ? Homography(elements: [1, 0, 0, 0, 1, 0, 0, 0, Double(side)])
      : parameters.perspective(side: side).inverse
    withUnsafeMutableBytes(of: &scene.map) { scene in
      map.elements.withUnsafeBytes { scene.copyMemory(from: $0) }
    }
    scene.border = Float(parameters[.border] / parameters.inches)
    let tinted = { (light: Double, tint: Double) in
      (Float(light * (1 - tint / 2)), Float(light), Float(light * (1 + tint / 2)))
    }
    scene.paper = (1, 1, 1)
    scene.desk = tinted(parameters[.desk], -parameters[.deskTint])
    scene.light = (1, 1, 1)
    guard effects != .geometry else { return scene }
    scene.surface = Float(parameters[.surface])
    scene.paper = tinted(parameters[.paper], parameters[.paperTint])
    let light = Illuminant.gains(
      temperature: parameters[.temperature], whiteBalance: parameters[.whiteBalance],
      tint: parameters[.tint])
    let exposure = exp2(parameters[.exposure])
    scene.light = (
      Float(light[0] * exposure), Float(light[1] * exposure), Float(light[2] * exposure)
    )
    scene.flare = Float(parameters[.flare])
    guard effects == .all else { return scene }
    let angle = parameters[.gradientAngle] * .pi / 180
    scene.gradient = (
      Float(parameters[.gradient] * cos(angle)), Float(parameters[.gradient] * sin(angle))
    )
    scene.vignetting = Float(parameters[.vignetting])
    return scene
  }

  private func spread(_ side: Int) -> PointSpread {
    let scale = parameters.scale(side: side)
    return PointSpread(
      deviation: parameters[.lensBlur] * scale, defocus: parameters[.defocus] * scale,
      motion: parameters[.motion] * scale, motionAngle: parameters[.motionAngle],
      sharpening: parameters[.sharpening],
      sharpeningDeviation: 1.2 * scale)
  }

  private func developed(_ photo: [Float], _ side: Int, _ effects: Effects) -> RGBImage {
    let scale = min(parameters.scale(side: side), 1)
    // Noise of pixels that are put together falls with the root of their number.
    let well = parameters[.fullWell] / (scale * scale)
    let read = pow(parameters[.readNoise] * scale / parameters[.fullWell], 2)
    let isPlain = effects == .geometry
    let tone = ToneCurve.table(contrast: isPlain ? 0 : parameters[.contrast])
    let pixels = tone.withUnsafeBufferPointer { tone in
      [UInt8](unsafeUninitializedCapacity: side * side * 3) { buffer, count in
        var sensor = rg_print_sensor(
          key: (parameters.noise, 0), shot: effects == .all ? Float(1 / well) : 0,
          read: effects == .all ? Float(read) : 0, tone: tone.baseAddress,
          saturation: isPlain ? 1 : Float(parameters[.saturation]))
        rg_print_develop(photo, side * side, &sensor, buffer.baseAddress)
        count = side * side * 3
      }
    }
    return RGBImage(width: side, height: side, pixels: pixels)
      ?? RGBImage(width: side, height: side)
  }
}

/// The light that a print of a square image reflects, before it meets the paper's colour.
private struct Print {
  let side: Int
  /// `[side, side, 3]`, 1 where no ink is.
  let light: [Float]

  /// The image as if printed perfectly.
  init(plain image: RGBImage) {
    side = image.width
    light = image.pixels.map { ToneCurve.bytes[Int($0)] }
  }

  /// - Parameter isScreened: whether to print dots; else each place is inked as it would be on
  ///   average.
  init(_ image: RGBImage, _ parameters: PrintParameters, _ photo: Int, isScreened: Bool) {
    let source = image.width
    // A laser's dot has some shades.
    let sharpness: Float = isScreened ? 3 : 0
    let areas = [Float](unsafeUninitializedCapacity: source * source * 4) { buffer, count in
      rg_print_separate(
        image.pixels, source * source, PrinterInks.table, Float(parameters[.inkSaturation]),
        Float(parameters[.dotGain]), sharpness, buffer.baseAddress)
      count = source * source * 4
    }
    guard isScreened else {
      side = source
      light = [Float](unsafeUninitializedCapacity: source * source * 3) { buffer, count in
        rg_print_ink(areas, source * source, PrinterInks.transmittance, buffer.baseAddress)
        count = source * source * 3
      }
      return
    }
    let dots = max(Int(parameters.inches * parameters[.printerDPI]), 16)
    // Dots that no pixel of the photo would tell apart are put together at once.
    let seen = max(Double(photo) * parameters[.fill], 1)
    let group = max(Int(Double(dots) / seen), 1)
    let period = parameters[.printerDPI] / parameters[.screenLPI]
    let side = dots / group
    self.side = side
    light = [Float](unsafeUninitializedCapacity: side * side * 3) { buffer, count in
      rg_print_render(
        areas, Int32(source), Int32(dots), Int32(group), PrinterInks.tile,
        PrinterInks.screens(period: period), sharpness, PrinterInks.transmittance,
        buffer.baseAddress)
      count = side * side * 3
    }
  }
}
