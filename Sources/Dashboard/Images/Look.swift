import Datasets
import Evaluation
import Foundation
import Imaging
import Reporting
import Support
import Tensors
import Tracking

/// An image at full size, drawn again, and what networks say of each of its views.
struct Look: Encodable {
  struct Picture: Encodable {
    let key, name, data: String
  }
  struct Saying: Encodable {
    let view, name, percent: String
    /// Whether the class is the label; `nil` where there is none.
    let isRight: Bool?
  }
  struct Judge: Encodable {
    let model: String
    var said: [Saying] = []
    var problem: String?
  }
  var pictures: [Picture] = []
  var judges: [Judge] = []
  var parameters: [String: Double]?
  var problems: [String] = []
}

/// Makes looks at an image.
struct LookMaker {
  let studio: Studio
  /// The cell whose corrector is applied.
  let cell: EvaluationRecord
  /// A cell of each network that judges.
  let judges: [EvaluationRecord]
  /// The image with what is right; `nil` where that is not known.
  let item: DatasetRecord.Item?
  /// The classes of the networks.
  let classes: ClassList

  /// - Parameters:
  ///   - y: the middle 256×256 pixels; `nil` where they are x itself.
  ///   - x: the view that is corrected.
  func look(y: RGBImage?, x: PhotoView) throws -> Look {
    var look = Look()
    var views: [View] = []
    if let y {
      views.append(try View("y", "canonical y", CanonicalTransform.center224(center256: y)))
    }
    let side = ImageSide.canonical
    views.append(try View("x", "distorted x", x.pixels.centerCropped(width: side, height: side)))
    do {
      if let corrector = try studio.stages(cell) {
        let stages = try corrector.stages(x)
        if let transformed = stages.transformed {
          views.append(try View("xs", "transformed x_s", transformed))
        }
        views.append(try View("yhat", "corrected ŷ", stages.corrected))
      }
    } catch let error as UserError {
      look.problems.append("No correction: \(error.description)")
    }
    look.pictures = try views.map {
      Look.Picture(key: $0.key, name: $0.name, data: try Self.address($0.image))
    }
    let batch = Self.batch(views.map(\.input), side: side)
    look.judges = try judges.map { try judge($0, batch, views.map(\.name)) }
    return look
  }

  /// What is shown, and what networks are given: the corrector's output is not rounded to pixels for them, as
  /// it was not when it was evaluated.
  private struct View {
    let key, name: String
    let image: RGBImage
    /// `[1, 224, 224, 3]`, normalised.
    let input: Tensor

    init(_ key: String, _ name: String, _ image: RGBImage) throws {
      (self.key, self.name, self.image) = (key, name, image)
      input = try Normalization.imageNet.batch([image], side: ImageSide.canonical)
    }

    init(_ key: String, _ name: String, _ output: Tensor) throws {
      let side = ImageSide.canonical
      guard output.shape == [1, side, side, 3],
        let image = Normalization.imageNet.image(output, index: 0)
      else { throw UserError("the corrector returned no image") }
      (self.key, self.name, self.image, input) = (key, name, image, output)
    }
  }

  /// Views behind each other.
  private static func batch(_ views: [Tensor], side: Int) -> Tensor {
    Tensor([views.count, side, side, 3]) { memory in
      for (index, view) in views.enumerated() {
        let place = memory[index * view.count..<(index + 1) * view.count]
        view.withUnsafeBufferPointer { values in
          _ = UnsafeMutableBufferPointer(rebasing: place).update(from: values)
        }
      }
    }
  }

  private func judge(
    _ cell: EvaluationRecord, _ batch: Tensor, _ names: [String]
  ) throws -> Look.Judge {
    var judge = Look.Judge(model: ModelNames.title(cell.model))
    do {
      let logits = try studio.classifier(cell).logits(batch).elements
      let count = logits.count / names.count
      judge.said = try names.enumerated().map { row, name in
        let own = logits[row * count..<(row + 1) * count]
        // Without a label its rank means nothing, and is not shown.
        let said = try Prediction(logits: own, label: item?.label ?? 0)
        return Look.Saying(
          view: name, name: try CellWords.name(ofClass: said.predicted, in: classes),
          percent: "\(Int((100 * said.probability).rounded()))",
          isRight: item?.isRight(said.predicted))
      }
    } catch let error as UserError {
      judge.problem = error.description
    }
    return judge
  }

  /// The picture itself as an address; without loss where the program can write PNG.
  private static func address(_ image: RGBImage) throws -> String {
    if let png = try? PNG.encode(image) {
      return "data:image/png;base64,\(Data(png).base64EncodedString())"
    }
    let jpeg = try JPEG.encode(image, quality: 95)
    return "data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())"
  }
}
