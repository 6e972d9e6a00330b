import NeuralNetworks
import Tensors

/// Activations with other channels before and after, which nobody may touch.
struct Buffer<Element: TestableElement> {
  private let memory: AlignedBuffer
  private let start: UnsafeMutablePointer<Element>
  private let count: Int
  private let gapBefore: Int
  let view: Activations<Element>
  private static var untouched: Float { 12288 }

  init(
    _ elements: [Float], batch: Int, height: Int, width: Int, channels: Int, gapBefore: Int,
    gapAfter: Int
  ) {
    let stride = gapBefore + channels + gapAfter
    count = batch * height * width * stride
    memory = AlignedBuffer(uninitialized: count)
    start = UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: Element.self)
    start.update(repeating: Element(nearest: Self.untouched), count: count)
    self.gapBefore = gapBefore
    view = Activations(
      start + gapBefore, batch: batch, height: height, width: width, channels: channels,
      pixelStride: stride)
    for (index, element) in elements.enumerated() {
      view.pointer[index / channels * stride + index % channels] = Element(nearest: element)
    }
  }

  var elements: [Float] {
    (0..<view.pixels * view.channels).map {
      view.pointer[$0 / view.channels * view.pixelStride + $0 % view.channels].float
    }
  }

  var gapsAreUntouched: Bool {
    (0..<count).allSatisfy { index in
      let channel = index % view.pixelStride - gapBefore
      return (0..<view.channels).contains(channel) || start[index].float == Self.untouched
    }
  }
}

/// An element that tests can write and read.
protocol TestableElement: ActivationElement {
  init(nearest value: Float)
  var float: Float { get }
}

extension Float: TestableElement {
  init(nearest value: Float) { self = value }
  var float: Float { self }
}

extension BFloat16: TestableElement {
  /// To nearest, halves to even: the scalar twin of the kernels.
  init(nearest value: Float) {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16
    self.init(bitPattern: UInt16(truncatingIfNeeded: value.isNaN ? bits >> 16 | 0x40 : rounded))
  }

  var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
