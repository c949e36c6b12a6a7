// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// Why a line was refused before anybody was asked. A trivial value; ``RequestParser/write(_:line:client:ticket:to:)``
/// makes the reply of it.
public struct FormError: Sendable, BitwiseCopyable {
    /// What the hint says. Where a command, a key or a type is concerned, the table has the words.
    enum Advice: UInt8, Sendable, BitwiseCopyable {
        // The whole line.
        case tooLong, truncated, notUTF8, control, tag
        // Words and quotes.
        case quoteOpen, quoteMiddle, quoteEnd, backslash, escape, escapedNothing
        // Commands.
        case unknownCommand, incompleteCommand, quotedCommand, forbidden
        // Arguments.
        case unknownKey, repeatedKey, missing, tooManyWords, exactlyOne, goesWith, excludes
        // Values; the parameter's type says what is expected.
        case value, reversed, notASCII
    }

    public var code: ErrorCode
    var advice: Advice
    /// Index into the table's commands; -1 before the verb is known.
    var command: Int16 = -1
    /// Index among the command's positionals, then its keys; -1 where none is concerned.
    var parameter: Int16 = -1
    /// The offending word in the parser's text, for `arg=` where no parameter names it and for did-you-mean.
    var word = TextRange(offset: 0, length: 0)

    init(_ code: ErrorCode, _ advice: Advice, word: Range<Int> = 0..<0) {
        self.code = code
        self.advice = advice
        self.word = TextRange(
            offset: UInt32(truncatingIfNeeded: word.lowerBound), length: UInt32(truncatingIfNeeded: word.count))
    }

    /// A line of more than ``Limits/lineBytesMax`` bytes.
    public static var lineTooLong: FormError { FormError(.lineTooLong, .tooLong) }
    /// Input ended inside a line.
    public static var truncated: FormError { FormError(.truncated, .truncated) }
}
