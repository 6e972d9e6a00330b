import Support
import Synchronization
import Tensors

/// Runs a program, one call at a time: calls share plans and scratch memory.
final class InferenceRunner<Element: ActivationElement>: @unchecked Sendable {
  private let program: InferenceProgram<Element>
  private let context: ComputeContext
  private let turn = Mutex(())
  /// By image size, and apart for batches too small for all threads.
  private var layouts: [[Int]: Layout] = [:]

  init(_ graph: InferenceGraph, backend: any Backend, context: ComputeContext) throws {
    program = try InferenceProgram(graph, backend: backend)
    self.context = context
  }

  /// The memory for images of one size.
  private struct Layout {
    /// Images that there is room for.
    let capacity: Int
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
    /// Of an image.
    let resultShape: [Int]
  }

  /// The program's last value for the images `[N_i, H, W, C]` of all parts.
  ///
  /// - Throws: `UserError` when the shapes do not fit or the back end fails.
  func run(_ parts: [Tensor]) throws -> Tensor {
    let nodes = program.nodes
    guard let one = parts.first?.shape.dropFirst(), one.count == 3, one.last == nodes[0].channels,
      parts.allSatisfy({ $0.shape.dropFirst() == one })
    else {
      throw UserError(
        "the network takes images [N, H, W, \(nodes[0].channels)], not "
          + parts.map { "\($0.shape)" }.joined(separator: " and "))
    }
    let images = Images(parts)
    guard nodes.count > 1, images.count > 0 else { return images.joined() }
    return try turn.withLock { _ in
      let layout = layout(for: [images.count] + one)
      let last = nodes.count - 1
      let shape = [images.count] + layout.resultShape
      var result = Tensor(zeros: shape)
      let narrow =
        program.isFloat(last) ? nil : AlignedBuffer(uninitialized: (result.count + 1) / 2)
      try result.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        let end =
          narrow.map { UnsafeMutableRawPointer($0.pointer) } ?? UnsafeMutableRawPointer(base)
        try run(layout, images, into: end)
        if narrow != nil {
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
    _ layout: Layout, _ images: Images, into end: UnsafeMutableRawPointer
  ) throws {
    let (cut, last) = (layout.byImage.last, layout.byBatch.last)
    guard cut > 0 else {
      let whole = images.joined()
      return try withExtendedLifetime(whole) {
        let start = start(whole.storage.pointer, count: whole.count, layout.narrowed.first)
        try program.run(
          layout.byBatch,
          in: .init(
            batch: images.count, buffers: layout.batchBuffers, first: start, last: end),
          context: context)
      }
    }
    let middle = cut == last ? end : UnsafeMutableRawPointer(layout.cut.pointer)
    let failure = Mutex<(any Error)?>(nil)
    let singles = context.singles
    context.pool.run(images.count) { image, worker in
      do {
        let narrowed = layout.narrowed.isEmpty ? nil : layout.narrowed[worker]
        let start = start(images[image], count: images.size, narrowed)
        try program.run(
          layout.byImage,
          in: .init(
            batch: 1, buffers: layout.imageBuffers[worker], first: start,
            last: middle + image * layout.cutBytes),
          context: singles[worker])
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    if cut == last { return }
    try program.run(
      layout.byBatch,
      in: .init(batch: images.count, buffers: layout.batchBuffers, first: middle, last: end),
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
    let (nodes, threads, batch) = (program.nodes, context.pool.threads, shape[0])
    let key = [batch < threads ? 0 : 1] + shape.dropFirst()
    if let layout = layouts[key], layout.capacity >= batch { return layout }
    layouts[key] = nil
    let sizes = nodes.sizes(height: shape[1], width: shape[2])
    let elementBytes = nodes.indices.map(program.elementBytes)
    let last = nodes.count - 1
    // Fewer images than threads would leave some idle.
    let cut = batch < threads ? 0 : program.bestCut(sizes: sizes)
    let cutBytes =
      sizes[cut].height * sizes[cut].width * nodes[cut].channels * elementBytes[cut]
    let byImage = InferencePlan(
      nodes, from: 0, to: cut, sizes: sizes, elementBytes: elementBytes)
    let byBatch = InferencePlan(
      nodes, from: cut, to: last, sizes: sizes, elementBytes: elementBytes)
    let imageCount = shape[1] * shape[2] * shape[3]
    let made = Layout(
      capacity: batch, byImage: byImage,
      imageBuffers: (0..<(cut > 0 ? threads : 0)).map { _ in byImage.makeBuffers(batch: 1) },
      byBatch: byBatch, batchBuffers: byBatch.makeBuffers(batch: batch), cutBytes: cutBytes,
      cut: AlignedBuffer(
        uninitialized: cut > 0 && cut < last ? (batch * cutBytes + 3) / 4 : 0),
      narrowed: program.isFloat(0)
        ? []
        : (0..<(cut > 0 ? threads : 1)).map { _ in
          AlignedBuffer(uninitialized: (imageCount * (cut > 0 ? 1 : batch) + 1) / 2)
        },
      resultShape: [sizes[last].height, sizes[last].width, nodes[last].channels])
    layouts[key] = made
    return made
  }
}

/// The images of several tensors, one after the other.
private struct Images: @unchecked Sendable {
  private let parts: [Tensor]
  private let pointers: [UnsafeMutablePointer<Float>]
  /// Floats of an image.
  let size: Int

  init(_ parts: [Tensor]) {
    self.parts = parts
    let size = parts.first.map { $0.shape.dropFirst().reduce(1, *) } ?? 0
    self.size = size
    pointers = parts.flatMap { part in
      (0..<part.shape[0]).map { part.storage.pointer + $0 * size }
    }
  }

  var count: Int { pointers.count }

  /// An image's floats, for as long as this value lives; not to be changed.
  subscript(index: Int) -> UnsafeMutablePointer<Float> { pointers[index] }

  /// All of them as one tensor; a copy only when there are several parts.
  func joined() -> Tensor {
    if parts.count == 1 { return parts[0] }
    let shape = [count] + (parts.first.map { Array($0.shape.dropFirst()) } ?? [])
    return Tensor(shape) { memory in
      for (index, image) in pointers.enumerated() {
        memory.baseAddress?.advanced(by: index * size).update(from: image, count: size)
      }
    }
  }
}
