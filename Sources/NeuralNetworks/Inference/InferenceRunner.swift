import Support
import Synchronization
import Tensors

/// Runs a program, one call at a time: calls share plans and scratch memory.
final class InferenceRunner<Element: ActivationElement>: @unchecked Sendable {
  private let program: InferenceProgram<Element>
  private let context: ComputeContext
  private let turn = Mutex(())
  private var layouts: [[Int]: Layout] = [:]

  init(_ graph: InferenceGraph, engine: any ConvolutionEngine, context: ComputeContext) throws {
    program = try InferenceProgram(graph, engine: engine)
    self.context = context
  }

  /// The memory of one input shape.
  private struct Layout {
    /// Images one by one, from the input to the cut; each thread has its own buffers.
    let byImage: InferencePlan
    let imageBuffers: [[AlignedBuffer]]
    /// The whole batch, from the cut to the end.
    let byBatch: InferencePlan
    let batchBuffers: [AlignedBuffer]
    /// Bytes of one image at the cut, and room for all of them (none when the cut is the end).
    let cutBytes: Int
    let cut: AlignedBuffer
    /// Room for images in the program's precision, where it is not float32: of the batch, or of one
    /// image a thread.
    let narrowed: [AlignedBuffer]
    let resultShape: [Int]
  }

  /// The program's last value for images `[N, H, W, C]`.
  ///
  /// - Throws: `UserError` when the shape does not fit or the engine fails.
  func run(_ images: Tensor) throws -> Tensor {
    let nodes = program.nodes
    guard images.shape.count == 4, images.shape[3] == nodes[0].channels else {
      throw UserError(
        "the network takes images [N, H, W, \(nodes[0].channels)], not \(images.shape)")
    }
    guard nodes.count > 1, images.shape[0] > 0 else { return images }
    return try turn.withLock { _ in
      let layout = layout(for: images.shape)
      let last = nodes.count - 1
      var result = Tensor(zeros: layout.resultShape)
      let narrow =
        program.isFloat(last) ? nil : AlignedBuffer(uninitialized: (result.count + 1) / 2)
      try result.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        let end =
          narrow.map { UnsafeMutableRawPointer($0.pointer) } ?? UnsafeMutableRawPointer(base)
        try images.withUnsafeBufferPointer { pixels in
          guard let pixels = pixels.baseAddress else { return }
          try run(layout, UnsafeMutablePointer(mutating: pixels), images.shape, into: end)
        }
        if narrow != nil {
          let shape = layout.resultShape
          func view<Kind>(_ start: UnsafeMutablePointer<Kind>) -> Activations<Kind> {
            Activations(
              start, batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
          }
          view(base).convert(from: view(end.assumingMemoryBound(to: Element.self)))
        }
      }
      return result
    }
  }

  private func run(
    _ layout: Layout, _ pixels: UnsafeMutablePointer<Float>, _ shape: [Int],
    into end: UnsafeMutableRawPointer
  ) throws {
    let imageCount = shape[1] * shape[2] * shape[3]
    let (cut, last) = (layout.byImage.last, layout.byBatch.last)
    guard cut > 0 else {
      let start = start(pixels, count: shape[0] * imageCount, layout.narrowed.first)
      try program.run(
        layout.byBatch, in: .init(buffers: layout.batchBuffers, first: start, last: end),
        context: context)
      return
    }
    let middle = cut == last ? end : UnsafeMutableRawPointer(layout.cut.pointer)
    let failure = Mutex<(any Error)?>(nil)
    let singles = context.singles
    context.pool.run(shape[0]) { image, worker in
      do {
        let narrowed = layout.narrowed.isEmpty ? nil : layout.narrowed[worker]
        let start = start(pixels + image * imageCount, count: imageCount, narrowed)
        try program.run(
          layout.byImage,
          in: .init(
            buffers: layout.imageBuffers[worker], first: start,
            last: middle + image * layout.cutBytes),
          context: singles[worker])
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    if cut == last { return }
    try program.run(
      layout.byBatch, in: .init(buffers: layout.batchBuffers, first: middle, last: end),
      context: context)
  }

  /// Where the program finds images: as they are, or narrowed.
  private func start(
    _ pixels: UnsafeMutablePointer<Float>, count: Int, _ narrowed: AlignedBuffer?
  ) -> UnsafeMutableRawPointer {
    guard let narrowed else { return UnsafeMutableRawPointer(pixels) }
    let start = UnsafeMutableRawPointer(narrowed.pointer)
    Activations(
      start.assumingMemoryBound(to: Element.self), batch: 1, height: 1, width: 1, channels: count
    ).convert(from: Activations(pixels, batch: 1, height: 1, width: 1, channels: count))
    return start
  }

  private func layout(for shape: [Int]) -> Layout {
    if let layout = layouts[shape] { return layout }
    let (nodes, threads, batch) = (program.nodes, context.pool.threads, shape[0])
    let sizes = nodes.sizes(height: shape[1], width: shape[2])
    let elementBytes = nodes.indices.map(program.elementBytes)
    let last = nodes.count - 1
    // Fewer images than threads would leave some idle.
    let cut = batch < threads ? 0 : program.bestCut(sizes: sizes)
    let cutBytes =
      sizes[cut].height * sizes[cut].width * nodes[cut].channels * elementBytes[cut]
    let byImage = InferencePlan(
      nodes, from: 0, to: cut, batch: 1, sizes: sizes, elementBytes: elementBytes)
    let byBatch = InferencePlan(
      nodes, from: cut, to: last, batch: batch, sizes: sizes, elementBytes: elementBytes)
    let imageCount = shape[1] * shape[2] * shape[3]
    let made = Layout(
      byImage: byImage,
      imageBuffers: (0..<(cut > 0 ? threads : 0)).map { _ in byImage.makeBuffers() },
      byBatch: byBatch, batchBuffers: byBatch.makeBuffers(), cutBytes: cutBytes,
      cut: AlignedBuffer(
        uninitialized: cut > 0 && cut < last ? (batch * cutBytes + 3) / 4 : 0),
      narrowed: program.isFloat(0)
        ? []
        : (0..<(cut > 0 ? threads : 1)).map { _ in
          AlignedBuffer(uninitialized: (imageCount * (cut > 0 ? 1 : batch) + 1) / 2)
        },
      resultShape: [batch, sizes[last].height, sizes[last].width, nodes[last].channels])
    layouts[shape] = made
    return made
  }
}
