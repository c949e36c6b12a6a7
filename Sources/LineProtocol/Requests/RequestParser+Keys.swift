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

    /// What is wrong among the arguments given (`seen` has a bit for each), where each by itself is good.
    @inline(__always)
    func disagreement(_ command: CompiledCommand, _ seen: UInt64) -> FormError? {
        if command.exactlyOneOf != 0, (seen & command.exactlyOneOf).nonzeroBitCount != 1 {
            return wrongNumber(command, seen & command.exactlyOneOf)
        }
        return seen & command.related == 0 ? nil : brokenRelation(command, seen)
    }

    /// None of a choice, or more than one: the first that could be given, or the last that was.
    private func wrongNumber(_ command: CompiledCommand, _ given: UInt64) -> FormError? {
        let named =
            given == 0
            ? command.exactlyOneOf.trailingZeroBitCount : UInt64.bitWidth - 1 - given.leadingZeroBitCount
        let places = command.firstPositional..<(command.firstKey + command.keyCount)
        guard let place = places.first(where: { Int(index.parameters[$0].argument.rawValue) == named }) else {
            return nil
        }
        return FormError(.badArgument, .exactlyOne, command, place)
    }

    private func brokenRelation(_ command: CompiledCommand, _ seen: UInt64) -> FormError? {
        for place in command.firstPositional..<(command.firstKey + command.keyCount) {
            let parameter = index.parameters[place]
            guard seen & parameter.bit != 0 else { continue }
            if parameter.goesWith & ~seen != 0 { return FormError(.badArgument, .goesWith, command, place) }
            if parameter.excludes & seen != 0 { return FormError(.badArgument, .excludes, command, place) }
        }
        return nil
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
