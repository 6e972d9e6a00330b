/// A key of a settings file: declared once, it reads, checks and describes its value.
package struct Setting<Value: Sendable>: Sendable {
  /// What is said of it.
  package let declaration: SettingDeclaration
  /// What holds where the key is missing.
  let standard: Value?
  let read: @Sendable (YAMLReader) throws -> Value

  /// A setting that is read in a way of its own.
  ///
  /// - Parameters:
  ///   - standard: what holds where the key is missing, with its form in a file; `nil` where the key must
  ///     be there or whoever reads it knows better.
  package init(
    _ name: String, _ type: SettingType, standard: (value: Value, written: JSONValue?)? = nil,
    isRequired: Bool = false, _ meaning: String,
    read: @escaping @Sendable (YAMLReader) throws -> Value
  ) {
    declaration = SettingDeclaration(
      name: name, type: type, standard: standard?.written, isRequired: isRequired,
      meaning: meaning)
    self.standard = standard?.value
    self.read = read
  }

  /// The same key, which must be there.
  package var required: Self { Self(self, isRequired: true, standard: declaration.standard) }

  /// What is said of the key where whoever reads it has a standard.
  ///
  /// - Parameter standard: as it would be written.
  package func described(standard: JSONValue) -> SettingDeclaration {
    Self(self, isRequired: false, standard: standard).declaration
  }

  private init(_ other: Self, isRequired: Bool, standard written: JSONValue?) {
    let known = other.declaration
    declaration = SettingDeclaration(
      name: known.name, type: known.type, standard: written, isRequired: isRequired,
      meaning: known.meaning)
    (standard, read) = (other.standard, other.read)
  }

  /// The same, where `null` takes the value away.
  package var nullable: Setting<Value?> {
    let known = declaration
    let read = read
    return Setting<Value?>(
      known.name, .nullable(known.type), standard: (standard, known.standard ?? .null),
      known.meaning
    ) { $0.isNull ? nil : try read($0) }
  }
}

extension Setting where Value == Void {
  /// A key whose value whoever reads it takes from its place.
  package static func place(
    _ name: String, _ type: SettingType, isRequired: Bool = false, _ meaning: String
  ) -> Self {
    Self(name, type, isRequired: isRequired, meaning) { _ in }
  }
}

extension Setting where Value == String {
  /// A text that is not empty.
  package static func text(
    _ name: String, default standard: String? = nil, _ meaning: String
  ) -> Self {
    Self(name, .text, standard: standard.map { ($0, .text($0)) }, meaning) { try $0.text() }
  }

  /// A text that can be part of a file's name.
  package static func fileName(_ name: String, _ meaning: String) -> Self {
    Self(name, .fileName, meaning) { try $0.fileName() }
  }

  /// A path; one that is not absolute counts from the file's folder.
  package static func path(_ name: String, _ meaning: String) -> Self {
    Self(name, .path, meaning) { try $0.path() }
  }

  /// One of some words.
  ///
  /// - Parameter what: what they are, for errors.
  package static func word(
    _ name: String, _ known: [String], _ what: String, default standard: String? = nil,
    _ meaning: String
  ) -> Self {
    Self(name, .word(known), standard: standard.map { ($0, .text($0)) }, meaning) {
      try $0.word(of: known, what)
    }
  }
}

extension Setting where Value == Bool {
  /// `true` or `false`.
  package static func flag(
    _ name: String, default standard: Bool? = nil, _ meaning: String
  ) -> Self {
    Self(name, .flag, standard: standard.map { ($0, .flag($0)) }, meaning) { try $0.flag() }
  }
}

extension Setting where Value == Int {
  /// A whole number of a range.
  package static func integer(
    _ name: String, _ range: ClosedRange<Int>, default standard: Int? = nil, _ meaning: String
  ) -> Self {
    Self(name, .integer(range), standard: standard.map { ($0, .integer($0)) }, meaning) {
      try $0.integer(in: range)
    }
  }
}

extension Setting where Value == Double {
  /// A finite number of a range.
  package static func number(
    _ name: String, _ range: ClosedRange<Double>, default standard: Double? = nil,
    _ meaning: String
  ) -> Self {
    Self(name, .number(range), standard: standard.map { ($0, .number($0)) }, meaning) {
      try $0.number(in: range)
    }
  }
}

extension Setting where Value == ClosedRange<Double> {
  /// A number of a range, or a list of a lower and an upper bound in it.
  package static func range(
    _ name: String, within limits: ClosedRange<Double>, default standard: Value? = nil,
    _ meaning: String
  ) -> Self {
    let written = standard.map { JSONValue.list([.number($0.lowerBound), .number($0.upperBound)]) }
    return Self(name, .range(limits), standard: standard.map { ($0, written) }, meaning) {
      try $0.range(within: limits)
    }
  }
}

extension Setting where Value == [Int] {
  /// A list of whole numbers of a range.
  package static func integers(
    _ name: String, _ range: ClosedRange<Int>, default standard: Value? = nil, _ meaning: String
  ) -> Self {
    let written = standard.map { JSONValue.list($0.map(JSONValue.integer)) }
    return Self(
      name, .list(.integer(range)), standard: standard.map { ($0, written) }, meaning
    ) { try $0.integers(in: range) }
  }
}

extension Setting where Value: RawRepresentable<String> & CaseIterable {
  /// One of an enumeration's words.
  ///
  /// - Parameter what: what they are, for errors.
  package static func choice(
    _ name: String, _ what: String, default standard: Value? = nil, _ meaning: String
  ) -> Self {
    Self(
      name, .word(Value.allCases.map(\.rawValue)),
      standard: standard.map { ($0, .text($0.rawValue)) }, meaning
    ) { try $0.choice(Value.self, what) }
  }
}

extension Setting {
  /// Words of an enumeration, each once.
  ///
  /// - Parameter what: what one of them is, for errors.
  package static func choices<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ what: String, default standard: [Choice]? = nil, _ meaning: String
  ) -> Self where Value == [Choice] {
    let written = standard.map { JSONValue.list($0.map { .text($0.rawValue) }) }
    return Self(
      name, .words(Choice.allCases.map(\.rawValue)), standard: standard.map { ($0, written) },
      meaning
    ) { try $0.choices(Choice.self, what) }
  }
}

extension Setting {
  /// A word of an enumeration, or a list of such, each once.
  ///
  /// - Parameter what: what one of them is, for errors.
  package static func choiceOrSome<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ what: String, default standard: [Choice], _ meaning: String
  ) -> Self where Value == [Choice] {
    let written = JSONValue.list(standard.map { .text($0.rawValue) })
    return Self(
      name, .oneOrSome(.word(Choice.allCases.map(\.rawValue))), standard: (standard, written),
      meaning
    ) {
      try $0.isList ? $0.choices(Choice.self, what) : [$0.choice(Choice.self, what)]
    }
  }
}

extension Setting where Value == [Int] {
  /// A whole number of a range, or a list of such.
  package static func integerOrSome(
    _ name: String, _ range: ClosedRange<Int>, default standard: Value, _ meaning: String
  ) -> Self {
    Self(
      name, .oneOrSome(.integer(range)),
      standard: (standard, JSONValue.list(standard.map(JSONValue.integer))), meaning
    ) { try $0.isList ? $0.integers(in: range) : [$0.integer(in: range)] }
  }
}
