/// Mean and standard deviation of the channels R, G, B over ImageNet's training images, pixels
/// counted from 0 to 1: the normalisation that torchvision's weights were trained with.
public enum ImageNetStatistics {
  /// Of R, G, B.
  public static let mean: [Float] = [0.485, 0.456, 0.406]
  /// Of R, G, B.
  public static let standardDeviation: [Float] = [0.229, 0.224, 0.225]
}
