// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Keys, and what a command cannot do without.
extension RequestParser {
    @inline(__always)
    func place(ofKey range: Range<Int>, _ command: CompiledCommand) -> Int {
        guard let name = FoldedName(text + range.lowerBound, range.count) else { return -1 }
        var place = command.firstKey
        let end = place + command.keyCount
        while place < end {
            if index.parameters[place].name == name { return place }
            place += 1
        }
        return -1
    }

    func missing(_ command: CompiledCommand, _ seen: UInt64) -> FormError? {
        let missing = command.required & ~seen
        for place in command.firstPositional..<(command.firstKey + command.keyCount)
        where index.parameters[place].bit & missing != 0 {
            return FormError(.badArgument, .missing, command, place)
        }
        return nil
    }

    func disagreement(_ command: CompiledCommand, _ seen: UInt64) -> FormError? {
        let described = table.commands[commandPlace]
        func given(_ argument: Argument) -> Bool { seen & (1 << UInt64(argument.rawValue)) != 0 }
        if let first = described.exactlyOneOf.first {
            let count = described.exactlyOneOf.count(where: given)
            if count != 1 {
                let named = count == 0 ? first : described.exactlyOneOf.last(where: given) ?? first
                return FormError(.badArgument, .exactlyOne, command, place(of: named, command))
            }
        }
        for place in command.firstPositional..<(command.firstKey + command.keyCount) {
            let parameter = described.parameter(place - command.firstPositional)
            guard let parameter, given(parameter.argument) else { continue }
            if let other = parameter.goesWith, !given(other) {
                return FormError(.badArgument, .goesWith, command, place)
            }
            if let other = parameter.excludes, given(other) {
                return FormError(.badArgument, .excludes, command, place)
            }
        }
        return nil
    }

    func place(of argument: Argument, _ command: CompiledCommand) -> Int {
        var place = command.firstPositional
        while place < command.firstKey + command.keyCount, index.parameters[place].argument != argument { place += 1 }
        return place
    }
}

extension Command {
    /// The parameter of this place among positionals, then keys.
    func parameter(_ place: Int) -> Parameter? {
        if positionals.indices.contains(place) { return positionals[place] }
        let key = place - positionals.count
        return keys.indices.contains(key) ? keys[key] : nil
    }
}

extension FormError {
    init(_ code: ErrorCode, _ advice: Advice, _ command: CompiledCommand, _ place: Int) {
        self.init(code, advice)
        parameter = Int16(truncatingIfNeeded: place - command.firstPositional)
    }
}
