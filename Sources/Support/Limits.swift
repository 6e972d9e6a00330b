import Foundation

/// Every bound on what comes from outside (Documentation/Reliability.md).
public enum Limits {
  /// How the variables begin.
  static let prefix = "REALITYGAP_LIMIT_"

  /// Pillow's, above which it calls an image a decompression bomb; 537 MB of RGB.
  public static let pixels = Limit("PIXELS", 178_956_970, "pixels", "of an image")
  /// Read into memory as a whole.
  public static let imageBytes = Limit("IMAGE_BYTES", 1 << 30, "bytes", "of an image file")
  /// Read into memory as a whole.
  public static let textBytes = Limit("TEXT_BYTES", 1 << 28, "bytes", "of a CSV or JSON file")
  /// Some 50 to 130 bytes each; ImageNet's training set as `file,label` has 2.6 million.
  public static let csvFields = Limit("CSV_FIELDS", 20_000_000, "fields", "of a CSV file")
  /// Settings are a few kilobytes.
  public static let yamlBytes = Limit("YAML_BYTES", 1 << 22, "bytes", "of a YAML file")
  /// With anchors written out.
  public static let yamlValues = Limit(
    "YAML_VALUES", 100_000, "values", "of a YAML file, its anchors written out")
  /// ImageNet-21k has 14 million photos.
  public static let tarMembers = Limit("TAR_MEMBERS", 20_000_000, "members", "of a tar archive")
  /// As float32; the largest known network has 0.6 GB.
  public static let weightBytes = Limit(
    "WEIGHT_BYTES", 1 << 33, "bytes", "of a weight file's tensors as float32")
  /// Of a JSON header, which takes some 100 bytes a tensor.
  public static let safetensorsHeader = Limit(
    "SAFETENSORS_HEADER", 1 << 24, "bytes", "of a safetensors file's header")
  /// Of all answers of the child process that reads a file; 1 s more for each 10 MB of the file.
  public static let hdf5Seconds = Limit(
    "HDF5_SECONDS", 60, "seconds", "of waiting for an HDF5 file's numbers")
  /// Of the child process that reads a file.
  public static let hdf5Bytes = Limit(
    "HDF5_BYTES", 1 << 34, "bytes", "of memory for the HDF5 library with a file")
  /// A server that names ever more pages would be asked for ever.
  public static let mlflowPages = Limit(
    "MLFLOW_PAGES", 10_000, "pages", "of one metric's history from an MLflow server")
  /// A page of a history has some 100 KB.
  public static let mlflowBytes = Limit(
    "MLFLOW_BYTES", 1 << 26, "bytes", "of one answer of an MLflow server")

  /// All of them, in the reference's order.
  public static let all = [
    pixels, imageBytes, textBytes, csvFields, yamlBytes, yamlValues, tarMembers, weightBytes,
    safetensorsHeader, hdf5Seconds, hdf5Bytes, mlflowPages, mlflowBytes,
  ]

  /// Looks at the environment once, at a program's start.
  ///
  /// - Throws: `UserError` for a limit that there is not, and for a value that is no number.
  public static func checkEnvironment(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let known = all.map(\.variable)
    for name in environment.keys.sorted() where name.hasPrefix(prefix) && !known.contains(name) {
      throw UserError(
        "\(name): there is no such limit", remedy: Suggestion.remedy(for: name, among: known))
    }
    for limit in all { _ = try limit.value }
  }
}
