// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// A name of at most 16 ASCII bytes, folded to lower case, as two words: compared in two instructions.
struct FoldedName: Sendable, BitwiseCopyable, Equatable {
    var low: UInt64
    var high: UInt64

    static var none: FoldedName { FoldedName(low: 0, high: 0) }

    /// Setting bit 5 turns capitals into small letters and leaves digits, `-`, and small letters as they are. Other
    /// bytes may change too, but never into a letter or digit, so that no name of the table is matched by mistake.
    ///
    /// `start` must be readable for 16 bytes, whatever `count` is. Nil past 16 bytes.
    @inline(__always)
    init?(_ start: UnsafePointer<UInt8>, _ count: Int) {
        guard count <= 16 else { return nil }
        let raw = UnsafeRawPointer(start)
        let all: UInt64 = 0x2020_2020_2020_2020
        let lowMask: UInt64 = count >= 8 ? .max : (1 << UInt64(truncatingIfNeeded: count * 8)) &- 1
        let highMask: UInt64 =
            count >= 16 ? .max : count <= 8 ? 0 : (1 << UInt64(truncatingIfNeeded: count * 8 - 64)) &- 1
        low = (raw.loadUnaligned(as: UInt64.self).littleEndian | all) & lowMask
        high = (raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian | all) & highMask
    }

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The name of a table's entry.
    init(_ name: String) {
        var bytes = Array(name.utf8)
        let count = bytes.count
        bytes += [UInt8](repeating: 0, count: 16)
        let folded = bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { FoldedName($0, count) }
        }
        guard let folded else { preconditionFailure("a name in the command table has more than 16 bytes: \(name)") }
        self = folded
    }
}

/// A parameter as the parser uses it: a trivial value.
struct CompiledParameter: Sendable, BitwiseCopyable {
    enum Kind: UInt8, Sendable, BitwiseCopyable {
        case id, ids, label, category, sectionAddress, rowAddress, areaAddress, seats, labels, categories, coordinates
        case text, name, buyer, words, integer, money, moneyRange, duration, instant, dateRange, yesNo, word, currency
    }

    var name: FoldedName
    var argument: Argument
    var kind: Kind
    var minimum: Int64 = 0
    var maximum: Int64 = 0
    /// A bit for the argument without which this one makes no sense, and one for that beside which it makes none.
    var goesWith: UInt64 = 0
    var excludes: UInt64 = 0
    /// Where its words lie in ``CommandIndex/words``.
    var firstWord = 0
    var wordCount = 0

    @inline(__always)
    var bit: UInt64 { argument.bit }
}

extension Argument {
    /// Its place among the 64 bits of a set of arguments.
    @inline(__always)
    var bit: UInt64 { 1 << UInt64(rawValue) }
}

/// A command as the parser uses it: a trivial value.
struct CompiledCommand: Sendable, BitwiseCopyable {
    var verb: Verb
    var access: Command.Access
    var firstPositional: Int
    var positionalCount: Int
    var firstKey: Int
    var keyCount: Int
    /// A bit per argument that must be given.
    var required: UInt64
    /// A bit per argument of which exactly one must be given; 0 where there is no such choice.
    var exactlyOneOf: UInt64
    /// A bit per argument that depends on another.
    var related: UInt64
}

/// The command table in the shape that parsing wants: flat arrays, names as integers, verbs in a small hash table.
struct CommandIndex: Sendable {
    private struct Entry: Sendable, BitwiseCopyable {
        var first: FoldedName
        var second: FoldedName
        var place: Int
    }

    enum Found {
        case command(Int)
        /// The first word of commands of two.
        case needsSecondWord
        case unknown
    }

    let commands: [CompiledCommand]
    let parameters: [CompiledParameter]
    let words: [FoldedName]
    private let entries: [Entry]
    private static let empty = -1
    private static let group = -2

    init(_ table: CommandTable) {
        precondition(Argument.allCases.count <= 64, "arguments no longer fit the parser's 64 bits")
        var commands: [CompiledCommand] = []
        var parameters: [CompiledParameter] = []
        var words: [FoldedName] = []
        var entries = Array(repeating: Entry(first: .none, second: .none, place: Self.empty), count: 256)
        for (place, command) in table.commands.enumerated() {
            let firstPositional = parameters.count
            var required: UInt64 = 0
            for parameter in command.positionals + command.keys {
                let compiled = Self.compile(parameter, words: &words)
                if parameter.isRequired { required |= compiled.bit }
                parameters.append(compiled)
            }
            let all = command.positionals + command.keys
            commands.append(
                CompiledCommand(
                    verb: command.verb, access: command.access, firstPositional: firstPositional,
                    positionalCount: command.positionals.count,
                    firstKey: firstPositional + command.positionals.count, keyCount: command.keys.count,
                    required: required, exactlyOneOf: command.exactlyOneOf.reduce(0) { $0 | $1.bit },
                    related: all.reduce(0) {
                        $0 | ($1.goesWith == nil && $1.excludes == nil ? 0 : $1.argument.bit)
                    }))
            let first = FoldedName(command.words[0])
            if command.words.count == 2 {
                Self.insert(Entry(first: first, second: .none, place: Self.group), into: &entries)
                Self.insert(Entry(first: first, second: FoldedName(command.words[1]), place: place), into: &entries)
            } else {
                Self.insert(Entry(first: first, second: .none, place: place), into: &entries)
            }
        }
        self.commands = commands
        self.parameters = parameters
        self.words = words
        self.entries = entries
    }

    private static func compile(_ parameter: Parameter, words: inout [FoldedName]) -> CompiledParameter {
        var compiled = CompiledParameter(name: FoldedName(low: 0, high: 0), argument: parameter.argument, kind: .id)
        compiled.goesWith = parameter.goesWith?.bit ?? 0
        compiled.excludes = parameter.excludes?.bit ?? 0
        if parameter.name.utf8.count <= 16 { compiled.name = FoldedName(parameter.name) }
        switch parameter.type {
        case .id: compiled.kind = .id
        case .ids(let count):
            compiled.kind = .ids
            compiled.minimum = Int64(count.lowerBound)
            compiled.maximum = Int64(count.upperBound)
        case .label: compiled.kind = .label
        case .category: compiled.kind = .category
        case .sectionAddress: compiled.kind = .sectionAddress
        case .rowAddress: compiled.kind = .rowAddress
        case .areaAddress: compiled.kind = .areaAddress
        case .seats: compiled.kind = .seats
        case .labels: compiled.kind = .labels
        case .categories: compiled.kind = .categories
        case .coordinates: compiled.kind = .coordinates
        case .text(let bytes):
            compiled.kind = .text
            compiled.minimum = Int64(bytes.lowerBound)
            compiled.maximum = Int64(bytes.upperBound)
        case .name(let bytes):
            compiled.kind = .name
            compiled.minimum = Int64(bytes.lowerBound)
            compiled.maximum = Int64(bytes.upperBound)
        case .buyer: compiled.kind = .buyer
        case .words: compiled.kind = .words
        case .integer(let range):
            compiled.kind = .integer
            compiled.minimum = range.lowerBound
            compiled.maximum = range.upperBound
        case .money(let most):
            compiled.kind = .money
            compiled.maximum = most
        case .moneyRange:
            compiled.kind = .moneyRange
            compiled.maximum = Limits.priceMinorMax
        case .duration(let seconds):
            compiled.kind = .duration
            compiled.minimum = seconds.lowerBound
            compiled.maximum = seconds.upperBound
        case .instant: compiled.kind = .instant
        case .dateRange: compiled.kind = .dateRange
        case .yesNo:
            // A word set whose indices are the values.
            compiled.kind = .word
            compiled.firstWord = words.count
            compiled.wordCount = 2
            words += [FoldedName("no"), FoldedName("yes")]
        case .word(let choices):
            compiled.kind = .word
            compiled.firstWord = words.count
            compiled.wordCount = choices.count
            words += choices.map { FoldedName($0) }
        case .currency: compiled.kind = .currency
        }
        return compiled
    }

    @inline(__always)
    private static func slot(_ first: FoldedName, _ second: FoldedName) -> Int {
        let mixed = (first.low ^ (second.low &* 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: mixed >> 56)
    }

    private static func insert(_ entry: Entry, into entries: inout [Entry]) {
        var slot = slot(entry.first, entry.second)
        while entries[slot].place != empty {
            if entries[slot].first == entry.first, entries[slot].second == entry.second {
                precondition(
                    entries[slot].place == group && entry.place == group, "two commands have one name")
                return
            }
            slot = (slot + 1) & 255
        }
        entries[slot] = entry
    }

    /// The command of one word (`second` is none) or two.
    @inline(__always)
    func find(_ first: FoldedName, _ second: FoldedName = .none) -> Found {
        var slot = Self.slot(first, second)
        while true {
            let entry = entries[slot]
            if entry.place == Self.empty { return .unknown }
            if entry.first == first, entry.second == second {
                return entry.place == Self.group ? .needsSecondWord : .command(entry.place)
            }
            slot = (slot + 1) & 255
        }
    }
}
