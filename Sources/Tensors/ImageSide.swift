/// The sides of the square images that the networks see, in pixels.
public enum ImageSide {
  /// y, ŷ and what classifiers take: 224.
  public static let canonical = 224
  /// What is distorted, and x, which a corrector takes: 256.
  public static let distorted = 256
}
