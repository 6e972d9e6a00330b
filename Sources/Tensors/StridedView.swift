/// A tensor that lies somewhere in the bytes of a file: PyTorch's storage, offset, size and stride.
package struct StridedView {
  package let type: NumberType
  /// The extents, none negative.
  package let shape: [Int]
  /// Steps between neighbours along each axis, in elements.
  package let strides: [Int]
  /// The first element's position, in elements.
  package let offset: Int
  /// How many elements the tensor has.
  package let count: Int

  /// `nil` when the numbers make no sense: negative, overflowing, more than 64 axes, or reaching
  /// beyond the `available` elements of the storage.
  package init?(type: NumberType, shape: [Int], strides: [Int], offset: Int, available: Int) {
    guard shape.count == strides.count, shape.count <= 64, offset >= 0,
      shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }),
      let count = Self.product(shape)
    else { return nil }
    if count > 0 {
      var last = offset
      for (extent, stride) in zip(shape, strides) {
        let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
        let (sum, carry) = last.addingReportingOverflow(reach)
        guard !overflow, !carry else { return nil }
        last = sum
      }
      guard last < available else { return nil }
    }
    (self.type, self.shape, self.strides) = (type, shape, strides)
    (self.offset, self.count) = (offset, count)
  }

  /// A dense row-major tensor.
  package init?(type: NumberType, shape: [Int], available: Int) {
    guard Self.product(shape) != nil else { return nil }
    var strides: [Int] = []
    var step = 1
    for extent in shape.reversed() {
      strides.append(step)
      step *= max(extent, 1)
    }
    self.init(
      type: type, shape: shape, strides: strides.reversed(), offset: 0, available: available)
  }

  /// The product, with extents of 0 counted as 1 on the way so that strides cannot overflow either;
  /// `nil` when that exceeds what 64-bit byte counts can hold.
  package static func product(_ shape: [Int]) -> Int? {
    var product = 1
    for extent in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow, next >= 0, next <= Int.max / 16 else { return nil }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }

  /// The elements as 32-bit floats in row-major order.
  ///
  /// - Parameters:
  ///   - storage: holds at least as many elements as `available` promised.
  ///   - bigEndian: whether the bytes are in the other order than here.
  package func tensor(from storage: UnsafeRawBufferPointer, bigEndian: Bool) -> Tensor {
    Tensor(shape) { memory in
      guard count > 0 else { return }
      switch type {
      case .float32 where isDense && !bigEndian:
        let start = offset * 4
        UnsafeMutableRawBufferPointer(memory)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<start + count * 4]))
      case .float32: copy(storage, memory, bigEndian) { Float(bitPattern: $0) }
      case .float16: copy(storage, memory, bigEndian) { Float(Float16(bitPattern: $0)) }
      case .bfloat16:
        copy(storage, memory, bigEndian) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
      case .float64: copy(storage, memory, bigEndian) { Float(Double(bitPattern: $0)) }
      case .int8: copy(storage, memory, bigEndian) { (number: Int8) in Float(number) }
      case .uint8: copy(storage, memory, bigEndian) { (number: UInt8) in Float(number) }
      case .int16: copy(storage, memory, bigEndian) { (number: Int16) in Float(number) }
      case .uint16: copy(storage, memory, bigEndian) { (number: UInt16) in Float(number) }
      case .int32: copy(storage, memory, bigEndian) { (number: Int32) in Float(number) }
      case .uint32: copy(storage, memory, bigEndian) { (number: UInt32) in Float(number) }
      case .int64: copy(storage, memory, bigEndian) { (number: Int64) in Float(number) }
      case .uint64: copy(storage, memory, bigEndian) { (number: UInt64) in Float(number) }
      case .bool: copy(storage, memory, bigEndian) { (number: UInt8) in number == 0 ? 0 : 1 }
      }
    }
  }

  /// Whether the elements follow each other in row-major order.
  private var isDense: Bool {
    var step = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      guard stride == step else { return false }
      step *= extent
    }
    return true
  }

  @inline(__always)
  private func copy<Bits: FixedWidthInteger>(
    _ storage: UnsafeRawBufferPointer, _ memory: UnsafeMutableBufferPointer<Float>,
    _ bigEndian: Bool, _ convert: (Bits) -> Float
  ) {
    // Rows along the last axis; a dense tensor is one row.
    let row = isDense ? count : shape[shape.count - 1]
    let stride = isDense ? 1 : strides[shape.count - 1]
    let outer = isDense ? [] : Array(zip(shape, strides).dropLast())
    var position = [Int](repeating: 0, count: outer.count)
    var start = offset
    var written = 0
    while written < count {
      for index in 0..<row {
        let at = (start + index * stride) * MemoryLayout<Bits>.size
        let bits = storage.loadUnaligned(fromByteOffset: at, as: Bits.self)
        memory[written + index] = convert(bigEndian ? bits.byteSwapped : bits)
      }
      written += row
      var axis = outer.count - 1
      while axis >= 0 {
        position[axis] += 1
        start += outer[axis].1
        if position[axis] < outer[axis].0 { break }
        start -= position[axis] * outer[axis].1
        position[axis] = 0
        axis -= 1
      }
    }
  }
}
