/// Which model some weights belong to, guessed by tell-tale tensors.
///
/// The tables of whole architectures are the Models layer's; `matching` stands in its place until
/// the commands call that.
enum WeightArchitecture {
  /// The name of the model, or `nil` when the shapes fit none.
  static func matching(_ shapes: [String: [Int]]) -> String? {
    if shapes["layer1.0.conv1.weight"] == [64, 64, 1, 1], shapes["fc.weight"] == [1000, 2048],
      shapes["layer3.5.conv1.weight"] != nil, shapes["layer3.6.conv1.weight"] == nil
    {
      return "resnet50"
    }
    if shapes["features.0.weight"] == [64, 3, 3, 3], shapes["classifier.6.weight"] == [1000, 4096],
      shapes["features.18.weight"] == [512, 512, 3, 3], shapes["features.19.weight"] == nil
    {
      return "vgg11"
    }
    if shapes["features.0.weight"] == [64, 3, 3, 3],
      shapes["classifier.1.weight"] == [1000, 512, 1, 1]
    {
      return "squeezenet1_1"
    }
    return nil
  }
}
