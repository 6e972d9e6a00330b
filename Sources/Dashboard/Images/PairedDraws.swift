import Tracking

extension EvaluationRecord {
  /// Whether a draw of this cell and one of another on the same dataset show the same photo in the same way,
  /// or the photo itself: other seeds and distortions have nothing to do with each other.
  func isPaired(with other: EvaluationRecord) -> Bool {
    guard other.view == view else { return other.isOfPhoto }
    return view != .distorted || (seed == other.seed && distortion == other.distortion)
  }

  /// Whether what was shown is the photo itself, the same for every draw of another cell.
  var isOfPhoto: Bool { view == .canonical }

  /// The place of another cell's draw in this one.
  func draw(of draw: Int) -> Int { isOfPhoto ? 0 : draw }
}
