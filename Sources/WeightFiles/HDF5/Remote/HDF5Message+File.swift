import Support

extension UserError: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    problem.write(to: &writer)
    remedy.write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    let problem = try String(from: &reader)
    self.init(problem, remedy: try String?(from: &reader))
  }
}

extension HDF5Attribute: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    switch self {
    case .texts(let texts):
      writer.bytes.append(0)
      texts.write(to: &writer)
    case .integers(let numbers):
      writer.bytes.append(1)
      numbers.write(to: &writer)
    case .reals(let numbers):
      writer.bytes.append(2)
      numbers.write(to: &writer)
    }
  }

  init(from reader: inout HDF5MessageReader) throws {
    switch try reader.take(1) {
    case [0]: self = .texts(try [String](from: &reader))
    case [1]: self = .integers(try [Int64](from: &reader))
    case [2]: self = .reals(try [Double](from: &reader))
    default: throw HDF5Fault.nonsense
    }
  }
}

/// An attribute with its name.
struct HDF5NamedAttribute: HDF5Message {
  let name: String
  let value: HDF5Attribute

  init(name: String, value: HDF5Attribute) { (self.name, self.value) = (name, value) }

  func write(to writer: inout HDF5MessageWriter) {
    name.write(to: &writer)
    value.write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    name = try String(from: &reader)
    value = try HDF5Attribute(from: &reader)
  }
}

extension HDF5ElementType: HDF5Message {
  private static let plain: [HDF5ElementType] = [.float16, .bfloat16, .float32, .float64, .text]

  func write(to writer: inout HDF5MessageWriter) {
    switch self {
    case .float16, .bfloat16, .float32, .float64, .text:
      "\(self)".write(to: &writer)
    case .integer(let bits, let signed):
      "integer".write(to: &writer)
      bits.write(to: &writer)
      signed.write(to: &writer)
    case .other(let name):
      "other".write(to: &writer)
      name.write(to: &writer)
    }
  }

  init(from reader: inout HDF5MessageReader) throws {
    switch try String(from: &reader) {
    case "integer":
      let bits = try Int(from: &reader)
      self = .integer(bits: bits, signed: try Bool(from: &reader))
    case "other": self = .other(try String(from: &reader).printable)
    case let name:
      guard let type = Self.plain.first(where: { "\($0)" == name }) else {
        throw HDF5Fault.nonsense
      }
      self = type
    }
  }
}

extension HDF5Dataset: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    name.write(to: &writer)
    shape.write(to: &writer)
    elementType.write(to: &writer)
    problem.write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    name = try String(from: &reader)
    shape = try [Int](from: &reader)
    elementType = try HDF5ElementType(from: &reader)
    problem = try String?(from: &reader)?.plain
    guard shape.allSatisfy({ $0 >= 0 }) else { throw HDF5Fault.nonsense }
  }
}

extension HDF5Link: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    name.write(to: &writer)
    target.write(to: &writer)
    problem.write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    name = try String(from: &reader)
    target = try String(from: &reader).printable
    problem = try String?(from: &reader)?.plain
  }
}

extension HDF5Contents: HDF5Message {
  func write(to writer: inout HDF5MessageWriter) {
    datasets.write(to: &writer)
    links.write(to: &writer)
  }

  init(from reader: inout HDF5MessageReader) throws {
    datasets = try [HDF5Dataset](from: &reader)
    links = try [HDF5Link](from: &reader)
  }
}
