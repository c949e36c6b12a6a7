// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Where in a file something was found: a line and a column, both from 1 and the column in characters, and the JSON
/// path of the value (`$.zones[0].rows[3]`).
public struct FileLocation: Hashable, Sendable {
    public var line: Int
    public var column: Int
    public var path: String

    public init(line: Int, column: Int, path: String) {
        self.line = line
        self.column = column
        self.path = path
    }
}

/// Why a file was not translated. Nothing of it was given out.
public struct ImportProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of problem it is, for those who handle one kind differently from another.
    public enum Kind: Hashable, Sendable {
        /// The file is larger, deeper or holds more values than an import takes.
        case tooLarge, tooDeep
        /// The bytes are not UTF-8, or not JSON.
        case badUTF8, badJSON
        /// The JSON ends before it is complete.
        case truncated
        /// The file is JSON of another kind than was asked for, or of none that is known.
        case wrongKind
        /// A value has the wrong type, or one that cannot be.
        case badValue
        /// A value that the format demands is absent.
        case missing
        /// Two things have the same name where names tell things apart.
        case duplicate
        /// A house, or a line, larger than the box office takes.
        case limit
        /// A warning, under `strict`.
        case strict
    }

    public var kind: Kind
    /// The name of the file, as the options gave it; may be empty.
    public var file: String
    public var location: FileLocation
    /// What is wrong and what to do about it, in one sentence.
    public var message: String

    public init(kind: Kind, file: String, location: FileLocation, message: String) {
        self.kind = kind
        self.file = file
        self.location = location
        self.message = message
    }

    /// `plan.json:12:5: $.zones[0].rows: message`, in the form that editors jump to.
    public var description: String {
        "\(file.isEmpty ? "input" : file):\(location.line):\(location.column): \(location.path): \(message)"
    }
}

/// Something that an import noticed and went on from.
public struct ImportWarning: Hashable, Sendable, CustomStringConvertible {
    /// A `note` says what was left out by design; a `warning` says what was guessed or lost, and is a problem under
    /// `strict`.
    public enum Severity: String, Hashable, Sendable {
        case note, warning
    }

    public var severity: Severity
    public var file: String
    public var location: FileLocation
    public var message: String

    public init(severity: Severity, file: String, location: FileLocation, message: String) {
        self.severity = severity
        self.file = file
        self.location = location
        self.message = message
    }

    public var description: String {
        let place = "\(file.isEmpty ? "input" : file):\(location.line):\(location.column): \(location.path)"
        return "\(place): \(severity.rawValue): \(message)"
    }
}
