import Datasets
import Foundation
import Imaging

extension DistortionParameters {
  /// A distortion of one's own, through its JSON form.
  init(
    rotation: Double, translateX: Int, translateY: Int, scale: Double, shear: Double,
    brightness: Double, contrast: Double, saturation: Double, hue: Double, order: [ColorStep],
    interpolation: Interpolation, resolution: Double = 1, blur: Double = 0
  ) throws {
    let json = """
      {"rotation": \(rotation), "translate": [\(translateX), \(translateY)], "scale": \(scale),
       "shear": \(shear), "brightness": \(brightness), "contrast": \(contrast),
       "saturation": \(saturation), "hue": \(hue), "order": \(order.map(\.rawValue)),
       "interpolation": "\(interpolation.rawValue)", "resolution": \(resolution), "blur": \(blur)}
      """
    try self.init(json: Data(json.utf8), name: "test")
  }
}
