import Foundation
import Messages
import Tensors

/// ONNX nodes that are being written down, each of which makes one value.
struct ONNXGraph {
  private(set) var message = Onnx_GraphProto()
  private var constants: [[UInt8]: String] = [:]

  /// - Parameter name: the graph's.
  init(name: String) { message.name = name }

  /// What a node's attribute can be.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case text(String)
  }

  /// Adds a node.
  ///
  /// - Parameters:
  ///   - type: the operator's name in ONNX.
  ///   - output: the name of its value; `nil` makes one.
  /// - Returns: the name of its value.
  mutating func node(
    _ type: String, _ inputs: [String], _ attributes: KeyValuePairs<String, Attribute> = [:],
    output: String? = nil
  ) -> String {
    let name = "\(type)_\(message.node.count)"
    var node = Onnx_NodeProto()
    node.name = name
    node.opType = type
    node.input = inputs
    node.output = [output ?? name]
    node.attribute = attributes.map { $1.message(named: $0) }
    message.node.append(node)
    return node.output[0]
  }

  /// A constant of float32; equal ones are stored once.
  mutating func constant(_ values: [Float], _ shape: [Int]) -> String {
    constant(.float, shape, values.withUnsafeBytes { Array($0) })
  }

  /// A constant of int64, such as a shape.
  mutating func constant(_ values: [Int]) -> String {
    constant(.int64, [values.count], values.map(Int64.init).withUnsafeBytes { Array($0) })
  }

  private mutating func constant(
    _ type: Onnx_TensorProto.DataType, _ shape: [Int], _ bytes: [UInt8]
  ) -> String {
    let key = Array("\(type) \(shape) ".utf8) + bytes
    if let known = constants[key] { return known }
    let name = "constant_\(constants.count)"
    add(name, type, shape, Data(bytes))
    constants[key] = name
    return name
  }

  /// The value of a network's parameter, under the parameter's name.
  mutating func parameter(_ name: String, _ value: Tensor) -> String {
    if message.initializer.contains(where: { $0.name == name }) { return name }
    add(name, .float, value.shape, value.withUnsafeBufferPointer { Data(buffer: $0) })
    return name
  }

  private mutating func add(
    _ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Int], _ bytes: Data
  ) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dims = shape.map(Int64.init)
    tensor.dataType = Int32(type.rawValue)
    tensor.rawData = bytes
    message.initializer.append(tensor)
  }

  /// Declares an input of the graph; `nil` in the shape is the batch.
  mutating func addInput(
    _ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Int?], _ text: String
  ) { message.input.append(Self.information(name, type, shape, text)) }

  /// Declares an output of the graph, float32.
  mutating func addOutput(_ name: String, _ shape: [Int?], _ text: String) {
    message.output.append(Self.information(name, .float, shape, text))
  }

  private static func information(
    _ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Int?], _ text: String
  ) -> Onnx_ValueInfoProto {
    var information = Onnx_ValueInfoProto()
    information.name = name
    information.docString = text
    information.type.tensorType.elemType = Int32(type.rawValue)
    information.type.tensorType.shape.dim = shape.map { length in
      var dimension = Onnx_TensorShapeProto.Dimension()
      if let length { dimension.dimValue = Int64(length) } else { dimension.dimParam = "N" }
      return dimension
    }
    return information
  }
}

extension ONNXGraph.Attribute {
  fileprivate func message(named name: String) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    switch self {
    case .integer(let value): (attribute.type, attribute.i) = (.int, Int64(value))
    case .integers(let values): (attribute.type, attribute.ints) = (.ints, values.map(Int64.init))
    case .float(let value): (attribute.type, attribute.f) = (.float, value)
    case .text(let value): (attribute.type, attribute.s) = (.string, Data(value.utf8))
    }
    return attribute
  }
}
