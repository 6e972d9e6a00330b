import Support
import Synchronization
import Tensors

/// Runs a program, one call at a time.
///
/// Unchecked: `layouts` and the memory in them are used by calls that have the context for themselves.
final class InferenceRunner: @unchecked Sendable {
  private let program: InferenceProgram
  private let context: ComputeContext
  /// The memory of results, which the system would have to clear for each batch.
  private let buffers = BufferPool(.anyLarger)
  /// Values that are asked for, in the order of the results.
  private let outputs: [Int]
  /// The place of the last of them in that order; the program runs to it.
  private let end: Int
  private var last: Int { outputs[end] }
  /// By image size, and apart for batches too small for all threads.
  private var layouts: [[Int]: Layout] = [:]

  /// - Parameter outputs: at least one.
  init(
    _ graph: InferenceGraph, outputs: [InferenceGraph.Value], precision: Precision,
    _ packing: Packing, context: ComputeContext
  ) throws {
    let outputs = outputs.map(\.index)
    self.outputs = outputs
    end = outputs.indices.max { outputs[$0] < outputs[$1] } ?? 0
    program = try InferenceProgram(
      graph, keeping: Set(outputs), precision: precision, packing)
    self.context = context
  }

  /// The memory for images of one size.
  private struct Layout {
    /// Images that there is room for.
    let capacity: Int
    let shapes: [FeatureShape]
    /// Images one by one, from the input to the cut; each thread has its own buffers.
    let byImage: InferencePlan
    let imageBuffers: [[AlignedBuffer]]
    /// The whole batch, from the cut to the end, so many images at a time.
    let byBatch: InferencePlan
    let passSize: Int
    let batchBuffers: [AlignedBuffer]
    /// Bytes of one image at the cut, and room for all of them (none when the cut is the end).
    let cutBytes: Int
    let cut: AlignedBuffer

    /// Over the stretch by batch.
    func passes(_ images: Int) -> Int { (images + passSize - 1) / passSize }
  }

  /// As `InferenceProgram.sharedBytes`, for `images` images of the size that the graph is made for.
  ///
  /// - Throws: `UserError` when they do not fit.
  func sharedBytes(images: Int) throws -> Int {
    try context.exclusively {
      let layout = try layout(for: [images] + program.nodes[0].shape.extents)
      return program.sharedBytes(
        layout.shapes, from: layout.byImage.last, last: last, images: images,
        passes: layout.passes(images))
    }
  }

  /// The outputs for the images `[N_i, H, W, C]` of all parts.
  ///
  /// - Throws: `UserError` when the shapes do not fit or the engine fails.
  func run(_ parts: [Tensor]) throws -> [Tensor] {
    let channels = program.nodes[0].shape.channels
    guard let one = parts.first?.shape.dropFirst(), one.count == 3, one.last == channels,
      parts.allSatisfy({ $0.shape.dropFirst() == one })
    else {
      throw UserError(
        "the network takes images [N, H, W, \(channels)], not "
          + parts.map { "\($0.shape)" }.joined(separator: " and "))
    }
    let images = Images(parts)
    guard last > 0, images.count > 0 else { return outputs.map { _ in images.joined() } }
    return try context.exclusively {
      let layout = try layout(for: [images.count] + one)
      let results = outputs.map {
        let shape = layout.shapes[$0]
        return Tensor(
          [images.count] + shape.extents,
          storage: AlignedBuffer(uninitialized: images.count * shape.count, from: buffers))
      }
      let end = results[end].activations
      let narrow =
        program.isFloat(last) ? nil : AlignedBuffer(uninitialized: (end.count + 1) / 2)
      try withExtendedLifetime((results, narrow)) {
        try run(
          layout, images, results, into: UnsafeMutableRawPointer(narrow?.pointer ?? end.pointer))
        if let narrow {
          end.convert(
            from: Activations(
              UnsafeMutableRawPointer(narrow.pointer).assumingMemoryBound(to: BFloat16.self),
              like: end))
        }
      }
      return results
    }
  }

  /// - Parameter end: where the last value goes.
  private func run(
    _ layout: Layout, _ images: Images, _ results: [Tensor], into end: UnsafeMutableRawPointer
  ) throws {
    let (cut, last) = (layout.byImage.last, layout.byBatch.last)
    let whole = cut > 0 ? nil : images.joined()
    var middle = cut == last ? end : UnsafeMutableRawPointer(layout.cut.pointer)
    if let whole {
      middle = UnsafeMutableRawPointer(whole.storage.pointer)
    } else {
      try runByImage(layout, images, results, into: middle)
    }
    if cut == last { return }
    let endBytes = layout.shapes[last].count * program.elementBytes(last)
    // Passes of equal size.
    let passes = layout.passes(images.count)
    try withExtendedLifetime(whole) {
      for pass in 0..<passes {
        let part = pass * images.count / passes..<(pass + 1) * images.count / passes
        let memory = InferencePlan.Memory(
          batch: part.count, buffers: layout.batchBuffers,
          first: middle + part.lowerBound * layout.cutBytes,
          last: end + part.lowerBound * endBytes)
        try program.run(layout.byBatch, in: memory, context: context)
        copyOutputs(layout.byBatch, memory, results, image: part.lowerBound)
      }
    }
  }

  /// The stretch to the cut, each thread an image at a time.
  private func runByImage(
    _ layout: Layout, _ images: Images, _ results: [Tensor],
    into middle: UnsafeMutableRawPointer
  ) throws {
    let failure = Mutex<(any Error)?>(nil)
    let singles = context.singles
    context.pool.run(images.count) { image, worker in
      do {
        let memory = InferencePlan.Memory(
          batch: 1, buffers: layout.imageBuffers[worker],
          first: UnsafeMutableRawPointer(images[image]),
          last: middle + image * layout.cutBytes)
        try program.run(layout.byImage, in: memory, context: singles[worker])
        copyOutputs(layout.byImage, memory, results, image: image)
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Copies the values of a stretch that are asked for, but the last one, which is in its place.
  ///
  /// - Parameter image: the first of the images in the stretch's memory.
  private func copyOutputs(
    _ plan: InferencePlan, _ memory: InferencePlan.Memory, _ results: [Tensor], image: Int
  ) {
    for (value, result) in zip(outputs, results)
    where value != last && plan.holds(value) {
      let to = result.activations.images(image..<image + memory.batch)
      if program.isFloat(value) {
        to.copy(from: plan.view(value, in: memory, of: Float.self))
      } else {
        to.convert(from: plan.view(value, in: memory, of: BFloat16.self))
      }
    }
  }

  private func layout(for shape: [Int]) throws -> Layout {
    let (nodes, threads, batch) = (program.nodes, context.pool.threads, shape[0])
    // So few images would leave threads idle.
    let isSmall = batch < context.parts
    let key = [isSmall ? 0 : 1] + shape.dropFirst()
    if let layout = layouts[key], layout.capacity >= batch { return layout }
    layouts[key] = nil
    let images = FeatureShape(height: shape[1], width: shape[2], channels: shape[3])
    let shapes = try nodes.shapes(images)
    let elementBytes = nodes.indices.map(program.elementBytes)
    let cut = isSmall ? 0 : program.bestCut(shapes, last: last)
    let cutBytes = shapes[cut].count * elementBytes[cut]
    let passSize = program.passSize(shapes, from: cut, last: last)
    let kept = Set(outputs)
    let byImage = InferencePlan(
      nodes, from: 0, to: cut, keeping: kept, shapes: shapes, elementBytes: elementBytes)
    let byBatch = InferencePlan(
      nodes, from: cut, to: last, keeping: kept, shapes: shapes, elementBytes: elementBytes)
    let made = Layout(
      capacity: batch, shapes: shapes, byImage: byImage,
      imageBuffers: (0..<(cut > 0 ? threads : 0)).map { _ in byImage.makeBuffers(batch: 1) },
      byBatch: byBatch, passSize: passSize,
      batchBuffers: byBatch.makeBuffers(batch: min(batch, passSize)), cutBytes: cutBytes,
      cut: AlignedBuffer(
        uninitialized: cut > 0 && cut < last ? (batch * cutBytes + 3) / 4 : 0))
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
