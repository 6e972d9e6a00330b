import Datasets
import Evaluation
import FlyingFox
import Foundation
import Imaging
import Support
import Tracking

extension DashboardSite {
  /// The most pixels of a photo that is dropped on a page.
  private static let mostPixels = 25_000_000

  /// A cell that a query names.
  ///
  /// - Throws: `PageError` where there is none.
  func cell(_ query: Query, _ name: String, _ store: Store) throws -> EvaluationRecord? {
    guard let id = try query.integer(name, in: 1...Int.max) else { return nil }
    guard let cell = try store.evaluationRecords(id: Int64(id)).first else {
      throw PageError.notFound("There is no evaluation \(id).")
    }
    return cell
  }

  /// A draw of an image that a query names.
  func address(
    _ query: Query, _ cell: EvaluationRecord, _ store: Store
  ) throws -> (address: Example.Address, id: Int64, item: DatasetRecord.Item) {
    guard let id = try query.integer("item", in: 1...Int.max),
      let item = try store.item(Int64(id), ofEvaluation: cell.id)
    else { throw PageError.notFound("The evaluation has no such image.") }
    let draw = try query.integer("draw", in: 0...max(0, cell.draws - 1)) ?? 0
    return (Example.Address(item: item.name, draw: draw), Int64(id), item)
  }

  /// `/look?cell=…&item=…&draw=…`, with parts of the distortion that are changed.
  func look(_ query: Query) throws -> String {
    let store = try database.store()
    guard let cell = try cell(query, "cell", store) else {
      throw PageError.badRequest("cell is missing.")
    }
    let (address, _, item) = try address(query, cell, store)
    let maker = try studio.maker(cell, store)
    let drawn = maker.drawn(address)
    let changed = try drawn == nil ? nil : DistortionSliders.changed(drawn, query)
    let (y, x) = try maker.pixels(address, instead: changed)
    var look = try LookMaker(
      studio: studio, cell: cell, judges: try judges(cell, store), item: item,
      classes: try store.classes(of: cell)
    ).look(y: cell.view == .distorted ? y : nil, x: x)
    look.parameters = drawn.flatMap { DistortionSliders.values(changed ?? $0) }
    return try JSONValue(encoding: look).line()
  }

  /// A cell of each network, at most four, that is about the same images.
  func judges(_ cell: EvaluationRecord, _ store: Store) throws -> [EvaluationRecord] {
    var seen: Set<String> = []
    let others = try store.evaluationRecords(sharingDatasetOf: cell.id)
    return Array(([cell] + others).filter { seen.insert($0.weightsSHA256).inserted }.prefix(4))
  }

  /// A photo that a visitor dropped: it is looked at and forgotten.
  func photo(_ request: HTTPRequest, _ body: Data) throws -> Reply {
    guard request.method == .POST else {
      throw PageError(status: .methodNotAllowed, message: "Send a photo.")
    }
    // A page of a stranger can send a plain form here, but neither this header nor read the answer.
    guard request.headers[HTTPHeader("X-Photo")] == "1" else {
      throw PageError(status: .forbidden, message: "Send the photo from the dashboard's own page.")
    }
    let query = Query(request)
    let store = try database.store()
    guard let cell = try cell(query, "cell", store) else {
      throw PageError.badRequest("cell is missing.")
    }
    do {
      let file = try ImageFile(Array(body), name: "the photo")
      let size = try file.size()
      guard
        size.width.multipliedReportingOverflow(by: size.height).partialValue
          <= Self.mostPixels, size.width < 100_000, size.height < 100_000
      else {
        throw PageError(
          status: .payloadTooLarge, message: "A photo may have at most 25 megapixels.")
      }
      let photo = try file.decode(upright: true).image
      let center = CanonicalTransform.center256(photo)
      let changed = try DistortionSliders.changed(nil, query)
      var look = try LookMaker(
        studio: studio, cell: cell, judges: try judges(cell, store), item: nil,
        classes: try store.classes(of: cell)
      ).look(y: center, x: try changed?.view(of: center) ?? PhotoView(center))
      look.parameters = DistortionSliders.values(changed)
      return Reply(json: try JSONValue(encoding: look).line())
    } catch let error as UserError {
      throw PageError(status: .unprocessableContent, message: error.description)
    }
  }

  /// A small picture of a draw: x, or y with `what=y`.
  func thumbnail(_ query: Query) throws -> Reply {
    let store = try database.store()
    guard let cell = try cell(query, "cell", store) else {
      throw PageError.badRequest("cell is missing.")
    }
    let (address, id, _) = try address(query, cell, store)
    let data = try thumbnail(address, id, cell, store, isCanonical: query["what"] == "y")
    return Reply(type: "image/jpeg", body: data)
  }

  /// A small picture, made once.
  func thumbnail(
    _ address: Example.Address, _ item: Int64, _ cell: EvaluationRecord, _ store: Store,
    isCanonical: Bool = false
  ) throws -> Data {
    let draw = isCanonical ? -1 : address.draw
    let key = "\(database.generation) \(cell.cellKey) \(item) \(draw)"
    if let known = studio.thumbnails.value(key) { return known }
    let (y, x) = try studio.maker(cell, store).pixels(address)
    let image = (isCanonical ? y : x.pixels).centerCropped(width: 224, height: 224)
    let data = Data(try JPEG.encode(image.resized(width: 128, height: 128), quality: 85))
    studio.thumbnails.keep(data, bytes: data.count, key: key)
    return data
  }
}
