import Support

extension HDF5File {
  /// Reads all that there is to read: every group, link, attribute, description and number, one dataset in
  /// memory at a time. Where a file is damaged it goes on with the next part.
  ///
  /// - Throws: `UserError` for the first part that cannot be read.
  public func readThrough() throws {
    var parts = [{ _ = try self.attributes() }]
    var problem: (any Error)?
    do {
      for dataset in try datasets() { parts += reading(dataset) }
    } catch { problem = error }
    for part in parts {
      do { try part() } catch { problem = problem ?? error }
    }
    if let problem { throw problem }
  }

  private func reading(_ dataset: HDF5Dataset) -> [() throws -> Void] {
    var parts = [{ _ = try self.attributes(of: dataset.name) }]
    guard dataset.elementType.isNumber else { return parts }
    parts.append { _ = try self.tensor(dataset.name) }
    if case .integer = dataset.elementType { parts.append { _ = try self.integers(dataset.name) } }
    return parts
  }
}
