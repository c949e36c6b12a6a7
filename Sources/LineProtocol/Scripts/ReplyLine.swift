// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One reply line in text form, taken apart: for tools and tests that talk to a daemon.
public struct ReplyLine: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// `* kind …`
        case item(String)
        case ok
        /// `ERR CODE …`
        case error(String)

        /// Whether this is the last line of its reply.
        public var isLast: Bool {
            if case .item = self { false } else { true }
        }
    }

    public struct Field: Sendable, Equatable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    public enum Problem: Error, Equatable, Sendable {
        /// Neither `* `, `OK` nor `ERR` stands where the kind must.
        case unknownBeginning
        case missingKind
        /// A quote that is not closed, opens within a word, or is followed by more of it.
        case misplacedQuote
        case badEscape
        /// A control character, which no reply holds unescaped.
        case control
        case repeatedKey(String)
    }

    /// Without its `@`.
    public var tag: String?
    public var kind: Kind
    /// The bare or quoted words after the kind or code.
    public var words: [String] = []
    /// In the order of the line.
    public var fields: [Field] = []

    /// The value of a field; nil where the line has none of this key.
    public subscript(key: String) -> String? {
        fields.first { $0.key == key }?.value
    }

    /// Takes a line (without its line feed) apart.
    public init(parsing line: String) throws(Problem) {
        var reader = Reader(scalars: Array(line.unicodeScalars))
        reader.skipSpaces()
        var beginning = reader.bareWord()
        if beginning.hasPrefix("@") {
            tag = String(beginning.dropFirst())
            reader.skipSpaces()
            beginning = reader.bareWord()
        }
        switch beginning {
        case "OK":
            kind = .ok
        case "*", "ERR":
            reader.skipSpaces()
            let word = reader.bareWord()
            guard !word.isEmpty else { throw .missingKind }
            kind = beginning == "*" ? .item(word) : .error(word)
        default:
            throw .unknownBeginning
        }
        while let token = try reader.token() {
            guard let key = token.key else {
                words.append(token.value)
                continue
            }
            guard self[key] == nil else { throw .repeatedKey(key) }
            fields.append(Field(key: key, value: token.value))
        }
    }

    /// Goes through the tokens of a line, by the same grammar as requests.
    private struct Reader {
        let scalars: [Unicode.Scalar]
        var position = 0

        var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

        mutating func skipSpaces() {
            while current == " " { position += 1 }
        }

        mutating func bareWord() -> String {
            var word = String.UnicodeScalarView()
            while let scalar = current, scalar != " " {
                word.append(scalar)
                position += 1
            }
            return String(word)
        }

        mutating func token() throws(Problem) -> (key: String?, value: String)? {
            skipSpaces()
            guard let first = current else { return nil }
            if first == "\"" { return (nil, try quoted()) }
            if let key = key() {
                if current == "\"" { return (key, try quoted()) }
                return (key, try bare())
            }
            return (nil, try bare())
        }

        /// The key at the position, which is moved behind its `=`; nil, and nothing moved, where there is none.
        private mutating func key() -> String? {
            var end = position
            while end < scalars.count, isKeyScalar(scalars[end], first: end == position) { end += 1 }
            guard end > position, end < scalars.count, scalars[end] == "=" else { return nil }
            var key = String.UnicodeScalarView()
            key.append(contentsOf: scalars[position..<end])
            position = end + 1
            return String(key).lowercased()
        }

        private func isKeyScalar(_ scalar: Unicode.Scalar, first: Bool) -> Bool {
            switch scalar {
            case "a"..."z", "A"..."Z": true
            case "0"..."9", "-": !first
            default: false
            }
        }

        private mutating func bare() throws(Problem) -> String {
            let word = bareWord()
            for scalar in word.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { throw .misplacedQuote }
                if scalar.properties.generalCategory == .control { throw .control }
            }
            return word
        }

        private mutating func quoted() throws(Problem) -> String {
            position += 1
            var text = String.UnicodeScalarView()
            while let scalar = current {
                position += 1
                switch scalar {
                case "\"":
                    guard current == nil || current == " " else { throw .misplacedQuote }
                    return String(text)
                case "\\":
                    text.append(try escape())
                default:
                    if scalar.properties.generalCategory == .control { throw .control }
                    text.append(scalar)
                }
            }
            throw .misplacedQuote
        }

        private mutating func escape() throws(Problem) -> Unicode.Scalar {
            guard let escaped = current else { throw .badEscape }
            position += 1
            switch escaped {
            case "\"", "\\": return escaped
            case "n": return "\n"
            case "t": return "\t"
            case "u":
                guard current == "{" else { throw .badEscape }
                position += 1
                var digits = ""
                while let digit = current, digit.properties.isASCIIHexDigit, digits.count < 7 {
                    digits.unicodeScalars.append(digit)
                    position += 1
                }
                guard current == "}", (1...6).contains(digits.count), let value = UInt32(digits, radix: 16), value != 0,
                    let scalar = Unicode.Scalar(value)
                else { throw .badEscape }
                position += 1
                return scalar
            default: throw .badEscape
            }
        }
    }
}
