// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// Parses request lines, one at a time, into what the domain decides on.
///
/// The parser owns the memory that a line is taken apart in; a request in the steady state allocates nothing. One parser
/// serves all connections of an event loop:
///
///     switch parser.parse(line, role: session.role) {
///     case .request:
///         let shard = … parser.command.route, parser.bytes(of: .event) …
///         parser.append(to: batches[shard], client: client, ticket: ticket, role: session.role, buyer: session.buyer.span)
///     case .refused(let error):
///         parser.write(error, client: client, ticket: ticket, to: &replies)
///     case .ignored:
///         break
///     }
///
/// In all cases ``tag`` is the line's tag as far as it could be read. Nothing is appended to a batch before the whole
/// line was found good, so that a refusal leaves no trace.
public struct RequestParser: ~Copyable {
    public enum Outcome: Sendable, BitwiseCopyable {
        case request
        /// A blank line or a comment: there is no reply.
        case ignored
        case refused(FormError)
    }

    public let table: CommandTable
    let index: CommandIndex

    /// The tag of the line parsed last.
    public private(set) var tag = Tag.none
    /// The place in `table.commands` of the command parsed last; good after `.request`.
    public private(set) var commandPlace = 0

    // The line without its ends, unescaped in place; behind it a space, which ends the last word without a test for the
    // end; behind that what had to be put together anew. Readable for `slackBytes` past what is used, so that whole
    // words can be loaded anywhere.
    let text: UnsafeMutablePointer<UInt8>
    var textCount = 0
    // Where the arguments' text begins: what stands before it is not handed on.
    private var argumentsStart = 0
    // By byte, the sets that it is in: a bit each, see `ByteClass`.
    let classes: UnsafeMutablePointer<UInt8>
    let slots: UnsafeMutablePointer<ArgumentSlot>
    var slotCount = 0

    private static let slackBytes = 32
    // Each argument once, an address as three and a range as two slots.
    static let slotsMax = 192

    /// A parser for the commands of `table`.
    public init(table: CommandTable) {
        self.table = table
        self.index = CommandIndex(table)
        let capacity = 2 * Limits.lineBytesMax + Self.slackBytes
        text = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        text.initialize(repeating: 0, count: capacity)
        classes = ByteClass.makeTable()
        slots = UnsafeMutablePointer<ArgumentSlot>.allocate(capacity: Self.slotsMax)
    }

    deinit {
        text.deallocate()
        classes.deallocate()
        slots.deallocate()
    }

    // MARK: What was parsed

    /// The command parsed last; good after `.request`.
    public var command: Command { table.commands[commandPlace] }

    /// The verb parsed last; good after `.request`.
    public var verb: Verb { index.commands[commandPlace].verb }

    /// The arguments parsed last, their texts being ranges of ``argumentText``; good until the next line.
    public var arguments: UnsafeBufferPointer<ArgumentSlot> { UnsafeBufferPointer(start: slots, count: slotCount) }

    /// What the ranges of ``arguments`` are ranges of; good until the next line.
    public var argumentText: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text, count: textCount) }

    /// The text of `argument` in the line parsed last, good until the next line; nil where it was not given.
    public func bytes(of argument: Argument) -> UnsafeRawBufferPointer? {
        for slot in arguments where slot.argument == argument {
            return UnsafeRawBufferPointer(rebasing: argumentText[slot.text.range])
        }
        return nil
    }

    /// Appends the request parsed last to `batch`. May be called for several batches, as a broadcast wants it.
    ///
    /// - Complexity: O(length of the line)
    @discardableResult
    public func append(
        to batch: RequestBatch, client: UInt32, ticket: UInt32, role: Role, buyer: Span<UInt8>
    ) -> Request {
        batch.append(
            Request(client: client, ticket: ticket, verb: verb, role: role),
            text: UnsafeBufferPointer(start: text + argumentsStart, count: textCount - argumentsStart), buyer: buyer,
            arguments: arguments, textBefore: argumentsStart)
    }

    // MARK: Parsing

    public enum Parsed: Sendable, BitwiseCopyable {
        /// A blank line or a comment: there is no reply.
        case nothing
        case request(Request, Tag)
        case refused(FormError, Tag)
    }

    /// Takes `line` apart and appends its request to `batch`, which is left as it is where there is none.
    public mutating func parse(
        _ line: UnsafeRawBufferPointer, session: borrowing RequestSession, client: UInt32, ticket: UInt32,
        into batch: RequestBatch
    ) -> Parsed {
        switch parse(line, role: session.role) {
        case .ignored: return .nothing
        case .refused(let error): return .refused(error, tag)
        case .request:
            return .request(
                append(to: batch, client: client, ticket: ticket, role: session.role, buyer: session.buyer.span), tag)
        }
    }

    /// Takes `line` (without its ending) apart. `role` is that of who asks; the table says what it may ask.
    ///
    /// - Complexity: O(length of the line)
    public mutating func parse(_ line: UnsafeRawBufferPointer, role: Role) -> Outcome {
        tag = .none
        textCount = 0
        slotCount = 0
        var start = 0
        var end = line.count
        while start < end, line[start] == UInt8(ascii: " ") { start += 1 }
        while end > start, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
        guard start < end, line[start] != UInt8(ascii: "#") else { return .ignored }
        guard line.count <= Limits.lineBytesMax, let base = line.baseAddress else { return .refused(.lineTooLong) }
        textCount = end - start
        UnsafeMutableRawPointer(text).copyMemory(from: base + start, byteCount: textCount)
        text[textCount] = UInt8(ascii: " ")
        return take(role: role)
    }

    /// Takes the line in ``text`` apart, for its tag and its form.
    @inline(__always)
    private mutating func take(role: Role) -> Outcome {
        let scan = LineScan(text, textCount)
        var position = 0
        var tagIsBad = false
        if text[0] == UInt8(ascii: "@") {
            position = endOfBareWord(from: 1)
            if let tag = Tag(UnsafeRawBufferPointer(start: text + 1, count: position - 1)) {
                self.tag = tag
            } else {
                tagIsBad = true
            }
            position = skipSpaces(from: position)
        }
        if scan.hasNonASCII {
            switch TextHealth(text, textCount) {
            case .notUTF8: return .refused(FormError(.badUTF8, .notUTF8))
            case .control: return .refused(FormError(.badSyntax, .control))
            case .good: break
            }
        }
        if scan.hasControl { return .refused(FormError(.badSyntax, .control)) }
        if tagIsBad { return .refused(FormError(.badSyntax, .tag)) }

        let verbStart = position
        position = endOfBareWord(from: position)
        guard position > verbStart else { return .refused(FormError(.unknownCommand, .incompleteCommand)) }
        if text[verbStart] == UInt8(ascii: "\"") { return .refused(FormError(.badSyntax, .quotedCommand)) }
        if scan.hasQuote, let misplaced = misplacedQuote(verbStart..<position) {
            return .refused(FormError(.badSyntax, misplaced))
        }
        var verbRange = verbStart..<position
        var found = FoldedName(text + verbStart, position - verbStart).map { index.find($0) } ?? .unknown
        if case .needsSecondWord = found {
            let secondStart = skipSpaces(from: position)
            let secondEnd = endOfBareWord(from: secondStart)
            guard secondEnd > secondStart else {
                return .refused(FormError(.unknownCommand, .incompleteCommand, word: verbRange))
            }
            found = .unknown
            if let first = FoldedName(text + verbStart, position - verbStart),
                let second = FoldedName(text + secondStart, secondEnd - secondStart)
            {
                found = index.find(first, second)
            }
            position = secondEnd
            verbRange = verbStart..<secondEnd
        }
        guard case .command(let place) = found else {
            return .refused(FormError(.unknownCommand, .unknownCommand, word: verbRange))
        }
        commandPlace = place
        let command = index.commands[place]
        if var error = takeArguments(from: position, command, mayQuote: scan.hasQuote) {
            error.command = Int16(truncatingIfNeeded: place)
            return .refused(error)
        }
        guard command.access.admits(role) else {
            var error = FormError(.forbidden, .forbidden)
            error.command = Int16(truncatingIfNeeded: place)
            return .refused(error)
        }
        return .request
    }

    /// Takes what follows the verb: words by position, keys by name.
    @inline(__always)
    private mutating func takeArguments(from start: Int, _ command: CompiledCommand, mayQuote: Bool) -> FormError? {
        let lineEnd = textCount
        var position = skipSpaces(from: start)
        argumentsStart = position
        var seen: UInt64 = 0
        var wordsTaken = 0
        // Where the words of a `words` parameter are put together, behind the line.
        var joinedCount = 0
        while position < lineEnd {
            let tokenStart = position
            // A key, as long as it looks like one.
            var parameterPlace = -1
            var looked = position
            if text[position] != UInt8(ascii: "\"") {
                var nameEnd = position
                while classes[Int(text[nameEnd])] & ByteClass.keyName != 0 { nameEnd += 1 }
                if text[nameEnd] == UInt8(ascii: "="), nameEnd > position,
                    text[position] | 0x20 >= UInt8(ascii: "a")
                {
                    parameterPlace = place(ofKey: position..<nameEnd, command)
                    if parameterPlace < 0 { return FormError(.badArgument, .unknownKey, word: position..<nameEnd) }
                    position = nameEnd + 1
                    nameEnd = position
                }
                looked = nameEnd
            }
            // Its value, or a word: bare or quoted.
            let valueStart: Int
            let valueEnd: Int
            if text[position] == UInt8(ascii: "\"") {
                switch unquote(from: position + 1, to: lineEnd) {
                case .failure(let advice): return FormError(.badSyntax, advice)
                case .success(let contentEnd, let next):
                    valueStart = position + 1
                    valueEnd = contentEnd
                    position = next
                }
            } else {
                valueStart = position
                // No byte of a key's name is a space, so what was looked at need not be again.
                position = endOfBareWord(from: looked)
                valueEnd = position
                if mayQuote, let misplaced = misplacedQuote(valueStart..<valueEnd) {
                    return FormError(.badSyntax, misplaced)
                }
            }
            let tokenEnd = position
            position = skipSpaces(from: position)

            if parameterPlace < 0 {
                if wordsTaken < command.positionalCount {
                    parameterPlace = command.firstPositional + wordsTaken
                    wordsTaken += 1
                } else if command.positionalCount > 0,
                    index.parameters[command.firstPositional + command.positionalCount - 1].kind == .words
                {
                    parameterPlace = command.firstPositional + command.positionalCount - 1
                } else {
                    return FormError(.badArgument, .tooManyWords, word: tokenStart..<tokenEnd)
                }
            }
            let parameter = index.parameters[parameterPlace]
            if parameter.kind == .words {
                join(valueStart..<valueEnd, at: lineEnd + 1, &joinedCount)
                seen |= parameter.bit
                continue
            }
            if seen & parameter.bit != 0 {
                return FormError(.badArgument, .repeatedKey, command, parameterPlace)
            }
            seen |= parameter.bit
            if let advice = take(parameter, valueStart, valueEnd - valueStart) {
                return FormError(.badArgument, advice, command, parameterPlace)
            }
        }
        if joinedCount > 0 {
            let place = command.firstPositional + command.positionalCount - 1
            append(index.parameters[place].argument, lineEnd + 1, joinedCount)
            textCount = lineEnd + 1 + joinedCount
        }
        if command.required & ~seen != 0 { return missing(command, seen) }
        return disagreement(command, seen)
    }

    @inline(__always)
    mutating func append(_ argument: Argument, _ offset: Int, _ length: Int, value: Int64 = 0, extra: Int16 = 0) {
        precondition(slotCount < Self.slotsMax)
        let range = TextRange(offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: length))
        (slots + slotCount).initialize(to: ArgumentSlot(argument: argument, text: range, value: value, extra: extra))
        slotCount += 1
    }
}
