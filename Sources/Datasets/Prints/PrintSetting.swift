import Support

/// A number that a simulated print, or the photograph of it, depends on. Its name in recipes and
/// manifests is its raw value, what it means is `meaning`; each is drawn at an address of its own, so
/// that a new one changes no other.
public enum PrintSetting: String, CaseIterable, Sendable {
  // The printer and its paper.

  /// The printer's resolution.
  case printerDPI = "printer_dpi"
  /// The halftone screens.
  case screenLPI = "screen_lpi"
  /// How dots grow.
  case dotGain = "dot_gain"
  /// How strong the inks are.
  case inkSaturation = "ink_saturation"
  /// What inks reflect at least.
  case surface
  /// How bright the paper is.
  case paper
  /// The colour of the paper.
  case paperTint = "paper_tint"
  /// The margin of the paper.
  case border
  /// How bright the desk is.
  case desk
  /// The colour of the desk.
  case deskTint = "desk_tint"

  // The light.

  /// The colour of the light.
  case temperature
  /// How far the camera adapts to it.
  case whiteBalance = "white_balance"
  /// What no white balance takes away.
  case tint
  /// How bright the photo is.
  case exposure
  /// How uneven the light is.
  case gradient
  /// Whence the light comes.
  case gradientAngle = "gradient_angle"

  // Where the camera is held.

  /// The view from above or below.
  case tiltX = "tilt_x"
  /// The view from the side.
  case tiltY = "tilt_y"
  /// How the camera is turned.
  case roll
  /// How far away the camera is.
  case distance
  /// How much further for larger prints.
  case distancePerInch = "distance_per_inch"
  /// How much of the photo the print takes.
  case fill
  /// Where the print lies, across.
  case offsetX = "offset_x"
  /// Where the print lies, down.
  case offsetY = "offset_y"

  // The camera.

  /// The angle of view.
  case focalLength = "focal_length"
  /// How sharp the lens is.
  case lensBlur = "lens_blur"
  /// How well it is focused.
  case defocus
  /// How much the hand shakes.
  case motion
  /// The direction of that.
  case motionAngle = "motion_angle"
  /// Stray light.
  case flare
  /// Dark corners.
  case vignetting
  /// Noise of the light.
  case fullWell = "full_well"
  /// Noise of the sensor.
  case readNoise = "read_noise"
  /// The camera's sharpening.
  case sharpening
  /// The camera's tone curve.
  case contrast
  /// The camera's colours.
  case saturation
  /// The camera's JPEG.
  case quality = "jpeg_quality"

  /// What makes sense.
  var limits: ClosedRange<Double> {
    switch self {
    case .printerDPI: 100...2400
    case .screenLPI: 20...600
    case .dotGain: -0.2...0.25
    case .inkSaturation: 0...1.2
    case .surface: 0...0.5
    case .paper: 0.3...1
    case .paperTint, .deskTint, .tint: -0.5...0.5
    case .border: 0...2
    case .desk: 0...1
    case .temperature: 1500...20000
    case .whiteBalance: 0...1
    case .exposure: -4...4
    case .gradient: 0...0.9
    case .gradientAngle, .motionAngle: -360...360
    case .tiltX, .tiltY: -45...45
    case .roll: -180...180
    case .distance: 2...100
    case .distancePerInch: 0...20
    case .fill: 0.2...2
    case .offsetX, .offsetY: -0.5...0.5
    case .focalLength: 300...20000
    case .lensBlur: 0.1...5
    case .defocus: 0...10
    case .motion: 0...20
    case .flare, .vignetting: 0...0.5
    case .fullWell: 50...1_000_000
    case .readNoise: 0...100
    case .sharpening: 0...2
    case .contrast: 0...1
    case .saturation: 0...2
    case .quality: 1...100
    }
  }

  /// In one sentence, with its unit.
  package var meaning: String {
    switch self {
    case .printerDPI:
      "Dots an inch."
    case .screenLPI:
      "Lines an inch of the halftone screens."
    case .dotGain:
      "By how much an ink that is to cover half of the paper covers more than that, "
        + "after the printer's own correction."
    case .inkSaturation:
      "Colours that the printer reaches: 1 all that its inks could, 0 grey."
    case .surface:
      "Light that toner or ink reflects however black it is, as a part of the paper's."
    case .paper:
      "Light that the paper reflects, 0 to 1."
    case .paperTint:
      "The paper's yellow (below 0) or blue (above), as a part."
    case .border:
      "Paper around the print, inches."
    case .desk:
      "Light that the desk below reflects, 0 to 1."
    case .deskTint:
      "The desk's brown (above 0) or blue, as a part."
    case .temperature:
      "Of the illuminant, kelvin; 6500 is neutral."
    case .whiteBalance:
      "The part of the illuminant's colour that the camera takes away again."
    case .tint:
      "Green (above 0) or magenta that is left, as a part."
    case .exposure:
      "Stops by which a perfect white is brighter than the sensor's limit."
    case .gradient:
      "The change of light from the middle of the photo to its edge, as a part."
    case .gradientAngle:
      "Where the light comes from, degrees."
    case .tiltX:
      "From a perpendicular view, degrees; up and down."
    case .tiltY:
      "From a perpendicular view, degrees; left and right."
    case .roll:
      "Degrees by which the photo is turned."
    case .distance:
      "Inches from the print, were it a point."
    case .distancePerInch:
      "Inches more for each inch of the print's side: larger prints are held further away."
    case .fill:
      "The print's side as a part of the photo's."
    case .offsetX:
      "By how much the print's middle misses the photo's to the right, as a part of its side."
    case .offsetY:
      "By how much the print's middle misses the photo's downwards, as a part of its side."
    case .focalLength:
      "Pixels; a phone of 12 megapixels with a lens like 26 mm on film has about 2,900."
    case .lensBlur:
      "Deviation of the spot that the lens makes of a point, pixels."
    case .defocus:
      "Radius of the disc that a point out of focus becomes, pixels."
    case .motion:
      "How far the hand moves during the exposure, pixels."
    case .motionAngle:
      "In which direction the hand moves, degrees."
    case .flare:
      "Light scattered over the whole photo, as a part of the brightest."
    case .vignetting:
      "The loss of light in the corners, as a part."
    case .fullWell:
      "Electrons of a pixel at the sensor's limit; fewer make more noise."
    case .readNoise:
      "Noise of reading a pixel, electrons."
    case .sharpening:
      "How much of the lens's blur the camera's sharpening takes back, "
        + "as the amount of an unsharp mask."
    case .contrast:
      "How far the tone curve goes from sRGB's towards an S: 0 to 1."
    case .saturation:
      "The camera's factor on colours."
    case .quality:
      "JPEG's quality, 1 to 100."
    }
  }

  /// Its key in a recipe.
  var key: Setting<ClosedRange<Double>> { .range(rawValue, within: limits, meaning) }
}
