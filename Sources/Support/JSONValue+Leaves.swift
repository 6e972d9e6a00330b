extension JSONValue {
  /// How an element of a list is called in a path.
  public enum ElementNaming: Sendable {
    /// By its `name`, which then is none of its leaves, where all elements have different ones, else
    /// by its position from 1: `phases.stn.steps`. A list of plain values is one leaf.
    case names
    /// By its position from 0: `phases[0].steps`. A list of plain values is one leaf.
    case brackets
    /// By its position from 0: `phases.0.steps`, `betas.1`.
    case positions
  }

  /// A value that holds no others (or a list of such), with the keys on the way to it.
  public typealias Leaf = (path: String, value: JSONValue)

  /// Nested values as one leaf per path, `corrector.unet.width`; keys in alphabetical order,
  /// elements in theirs.
  public func leaves(_ naming: ElementNaming) -> [Leaf] { leaves(naming, at: "") }

  private func leaves(_ naming: ElementNaming, at path: String) -> [Leaf] {
    func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    switch self {
    case .object(let members):
      return members.sorted { $0.key < $1.key }.flatMap { $1.leaves(naming, at: below($0)) }
    case .list(let elements) where naming == .positions || elements.contains(where: \.isComposed):
      let names = elements.compactMap { naming == .names ? $0.name : nil }
      let areNamed = Set(names).count == elements.count
      return elements.enumerated().flatMap { index, element in
        switch naming {
        case .brackets: element.leaves(naming, at: "\(path)[\(index)]")
        case .positions: element.leaves(naming, at: below("\(index)"))
        case .names where areNamed: element.withoutName.leaves(naming, at: below(names[index]))
        case .names: element.leaves(naming, at: below("\(index + 1)"))
        }
      }
    case .list, .null, .flag, .integer, .unsigned, .number, .text: return [(path, self)]
    }
  }

  /// Of an object with a text `name`.
  private var name: String? {
    if case .text(let name) = self["name"] { name } else { nil }
  }

  private var withoutName: JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != "name" })
  }
}
