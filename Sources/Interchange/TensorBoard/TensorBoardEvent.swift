import Foundation

/// An event of a TensorBoard file. The numbers of the fields are those of TensorFlow's `event.proto`,
/// `summary.proto`, `tensor.proto` and `types.proto`.
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
    var event = ProtobufMessage()
    event.add(1, double: time.timeIntervalSince1970)
    if step != 0 { event.add(2, integer: step) }
    guard content != .fileVersion else {
      event.add(3, text: "brain.Event:2")
      return event.bytes
    }
    // Event.summary, Summary.value
    event.add(5) { summary in
      summary.add(1) { value in
        value.add(1, text: tag)
        add(to: &value)
      }
    }
    return event.bytes
  }

  /// The fields of `Summary.Value` after the tag.
  private func add(to value: inout ProtobufMessage) {
    switch content {
    case .fileVersion: break
    case .scalar(let number):
      value.add(2, float: number)
    case .image(let jpeg, let width, let height):
      value.add(4) { image in
        image.add(1, integer: height)
        image.add(2, integer: width)
        image.add(3, integer: 3)  // RGB
        image.add(4, bytes: jpeg)
      }
    case .text(let text):
      // A tensor of one string, which the plugin `text` shows.
      value.add(8) { tensor in
        tensor.add(1, integer: 7)  // DT_STRING
        tensor.add(2) { shape in shape.add(2) { $0.add(1, integer: 1) } }
        tensor.add(8, text: text)
      }
      value.add(9) { metadata in metadata.add(1) { $0.add(1, text: "text") } }
    }
  }
}
