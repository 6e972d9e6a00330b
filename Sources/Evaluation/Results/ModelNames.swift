import Models

/// Models as the paper writes them.
public enum ModelNames {
  /// The title of a model; its name where it is none of the program's, as with imported predictions.
  public static func title(_ model: String) -> String {
    Architecture.all.first { $0.name == model }?.title ?? model
  }
}
