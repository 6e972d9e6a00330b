import Evaluation
import Reporting
import Support
import Tracking

/// An image at full size with sliders, or the place to drop one's own.
private struct ImageValues: Encodable {
  struct Said: Encodable { let cell, text, mark: String }
  let title, label, look, photo, back: String
  let isPhoto, hasSliders: Bool
  let sliders: [DistortionSliders.Slider]
  let said: [Said]
  let draws: [Draw]
  struct Draw: Encodable {
    let name, address: String
    let isCurrent: Bool
  }
  var hasSaid = false
  var hasDraws = false
}

extension DashboardSite {
  func imagePage(_ query: Query, _ links: Links) throws -> String {
    let store = try database.store()
    guard let cell = try cell(query, "cell", store) else {
      throw PageError.badRequest("cell is missing.")
    }
    let photo = Links.query("/photo", [("cell", "\(cell.id)")])
    let back = Links.query("/images", [("cell", "\(cell.id)")])
    let values: ImageValues
    if query["item"].isEmpty {
      values = ImageValues(
        title: "A photo of your own", label: "", look: "", photo: photo, back: back,
        isPhoto: true, hasSliders: true, sliders: DistortionSliders.all, said: [], draws: [])
    } else {
      values = try imageValues(query, cell, store, photo: photo, back: back)
    }
    var shown = values
    (shown.hasSaid, shown.hasDraws) = (!values.said.isEmpty, !values.draws.isEmpty)
    return try layout(
      values.title, "images", try templates.render(.image, shown), links,
      scripts: ["images.js"])
  }

  private func imageValues(
    _ query: Query, _ cell: EvaluationRecord, _ store: Store, photo: String, back: String
  ) throws -> ImageValues {
    let (address, id, item) = try address(query, cell, store)
    func link(_ path: String, _ draw: Int) -> String {
      Links.query(path, [("cell", "\(cell.id)"), ("item", "\(id)"), ("draw", "\(draw)")])
    }
    let classes = try store.classes(of: cell)
    let others = try store.evaluationRecords(sharingDatasetOf: cell.id).filter(cell.isPaired)
    let said = try others.prefix(24).compactMap { other -> ImageValues.Said? in
      let draw = other.draw(of: address.draw)
      guard let found = try store.outcome(evaluation: other.id, item: id, draw: draw) else {
        return nil
      }
      return .init(
        cell: Self.title(other), text: try CellWords.said(found.prediction, in: classes),
        mark: found.isRight ? "right" : "wrong")
    }
    return ImageValues(
      title: address.item, label: try CellWords.name(ofClass: item.label, in: classes),
      look: link("/look", address.draw), photo: photo, back: back, isPhoto: false,
      hasSliders: cell.view == .distorted, sliders: DistortionSliders.all, said: said,
      draws: cell.draws > 1
        ? (0..<min(cell.draws, 60)).map {
          .init(name: "\($0)", address: link("/image", $0), isCurrent: $0 == address.draw)
        } : [])
  }
}
