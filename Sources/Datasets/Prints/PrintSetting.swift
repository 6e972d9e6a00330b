/// A number that a simulated print, or the photograph of it, depends on. Its name in recipes and
/// manifests is its raw value; each is drawn at an address of its own, so that a new one changes no
/// other.
public enum PrintSetting: String, CaseIterable, Sendable {
  // The printer and its paper.

  /// Dots an inch.
  case printerDPI = "printer_dpi"
  /// Lines an inch of the halftone screens.
  case screenLPI = "screen_lpi"
  /// By how much an ink that is to cover half of the paper covers more than that, after the
  /// printer's own correction.
  case dotGain = "dot_gain"
  /// Colours that the printer reaches: 1 all that its inks could, 0 grey.
  case inkSaturation = "ink_saturation"
  /// Light that toner or ink reflects however black it is, as a part of the paper's.
  case surface
  /// Light that the paper reflects, 0…1.
  case paper
  /// The paper's yellow (below 0) or blue (above), as a part.
  case paperTint = "paper_tint"
  /// Paper around the print, inches.
  case border
  /// Light that the desk below reflects, 0…1.
  case desk
  /// The desk's brown (above 0) or blue, as a part.
  case deskTint = "desk_tint"

  // The light.

  /// Of the illuminant, kelvin; 6500 is neutral.
  case temperature
  /// The part of the illuminant's colour that the camera takes away again.
  case whiteBalance = "white_balance"
  /// Green (above 0) or magenta that is left, as a part.
  case tint
  /// Stops by which a perfect white is brighter than the sensor's limit.
  case exposure
  /// The change of light from the middle of the photo to its edge, as a part.
  case gradient
  /// Where the light comes from, degrees.
  case gradientAngle = "gradient_angle"

  // Where the camera is held.

  /// From a perpendicular view, degrees; up and down.
  case tiltX = "tilt_x"
  /// The same, left and right.
  case tiltY = "tilt_y"
  /// Degrees by which the photo is turned.
  case roll
  /// Inches from the print, were it a point.
  case distance
  /// Inches more for each inch of the print's side: larger prints are held further away.
  case distancePerInch = "distance_per_inch"
  /// The print's side as a part of the photo's.
  case fill
  /// By how much the print's middle misses the photo's, as a part of its side.
  case offsetX = "offset_x"
  /// The same, downwards.
  case offsetY = "offset_y"

  // The camera.

  /// Pixels; a phone of 12 megapixels with a lens like 26 mm on film has about 2,900.
  case focalLength = "focal_length"
  /// Deviation of the spot that the lens makes of a point, pixels.
  case lensBlur = "lens_blur"
  /// Radius of the disc that a point out of focus becomes, pixels.
  case defocus
  /// How far the hand moves during the exposure, pixels.
  case motion
  /// In which direction, degrees.
  case motionAngle = "motion_angle"
  /// Light scattered over the whole photo, as a part of the brightest.
  case flare
  /// The loss of light in the corners, as a part.
  case vignetting
  /// Electrons of a pixel at the sensor's limit; fewer make more noise.
  case fullWell = "full_well"
  /// Noise of reading a pixel, electrons.
  case readNoise = "read_noise"
  /// How much of the lens's blur the camera's sharpening takes back, as the amount of an unsharp mask.
  case sharpening
  /// How far the tone curve goes from sRGB's towards an S: 0…1.
  case contrast
  /// The camera's factor on colours.
  case saturation
  /// JPEG's quality, 1…100.
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
}
