import Tracking

/// A metric of training that has a panel of its own.
struct PlottedMetric {
  let name: String
  /// For the y axis.
  let title: String
  var unit = ""

  /// What is optimised, first, and the other losses with the norm of the gradient, by name.
  static func losses(of metrics: [MetricValue]) -> [PlottedMetric] {
    let names = Set(metrics.map(\.name)).filter {
      $0.hasPrefix("train/") && $0 != "train/images_per_second"
    }
    let total = "train/loss"
    return (names.filter { $0 == total } + names.filter { $0 != total }.sorted()).map { name in
      PlottedMetric(
        name: name, title: String(name.dropFirst("train/".count)).replacing("_", with: " "))
    }
  }

  /// Errors on held-out photos after the correction.
  static let errors = [
    PlottedMetric(name: "validation/corrected/mse", title: "mean squared error"),
    PlottedMetric(name: "validation/corrected/psnr", title: "PSNR", unit: "dB"),
    PlottedMetric(name: "validation/corrected/ssim", title: "SSIM"),
    PlottedMetric(name: "validation/theta_error", title: "mean error of θ"),
  ]
}
