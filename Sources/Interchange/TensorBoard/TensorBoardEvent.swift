import Foundation
import Messages
import SwiftProtobuf

/// An event of a TensorBoard file.
package struct TensorBoardEvent: Sendable, Equatable {
  /// What happened.
  package enum Content: Sendable, Equatable {
    /// The first event of a file.
    case fileVersion
    case scalar(Float)
    /// Markdown.
    case text(String)
    /// A JPEG file and its size in pixels.
    case image(jpeg: [UInt8], width: Int, height: Int)
  }

  /// The wall time, which TensorBoard can draw curves against.
  package var time: Date
  /// The step of training; 0 for what has none.
  package var step: Int
  /// The name of the curve, text or series of images.
  package var tag: String
  /// What is shown under the tag.
  package var content: Content

  /// An event; of a whole file where it has neither step nor tag.
  package init(time: Date, step: Int = 0, tag: String = "", _ content: Content) {
    (self.time, self.step) = (time, step)
    (self.tag, self.content) = (tag, content)
  }

  /// The `Event` message.
  package var message: [UInt8] {
    get throws {
      var event = Tensorboard_Event()
      event.wallTime = time.timeIntervalSince1970
      event.step = Int64(step)
      if content == .fileVersion {
        event.fileVersion = "brain.Event:2"
      } else {
        event.summary.value = [value]
      }
      return try event.serializedBytes()
    }
  }

  /// The tag with what is shown under it.
  private var value: Tensorboard_Summary.Value {
    var value = Tensorboard_Summary.Value()
    value.tag = tag
    switch content {
    case .fileVersion: break
    case .scalar(let number): value.simpleValue = number
    case .image(let jpeg, let width, let height):
      value.image.height = Int32(height)
      value.image.width = Int32(width)
      value.image.colorspace = 3  // RGB
      value.image.encodedImageString = Data(jpeg)
    case .text(let text):
      // A tensor of one string, which the plugin `text` shows.
      var length = Tensorboard_TensorShapeProto.Dim()
      length.size = 1
      value.tensor.dtype = .dtString
      value.tensor.tensorShape.dim = [length]
      value.tensor.stringVal = [Data(text.utf8)]
      value.metadata.pluginData.pluginName = "text"
    }
    return value
  }
}
