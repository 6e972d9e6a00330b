/// Models as the paper writes them.
enum ModelNames {
  private static let titles = [
    "resnet50": "ResNet50", "vgg11": "VGG11", "squeezenet1_1": "SqueezeNet 1.1",
  ]

  /// The title of a model, or its name where the paper has none.
  static func title(_ model: String) -> String { titles[model] ?? model }
}
