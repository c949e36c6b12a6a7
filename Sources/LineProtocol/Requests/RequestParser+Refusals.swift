// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

extension RequestParser {
    /// Writes the whole reply to a line that was refused. Call it before the next line is parsed, for the parser still
    /// holds what the reply quotes.
    public func write(_ error: FormError, client: UInt32, ticket: UInt32, to reply: inout ReplyWriter) {
        reply.begin(client: client, ticket: ticket)
        writeBody(of: error, to: &reply)
        reply.end()
    }

    /// Writes the line of the reply to a line that was refused, where the frame around it is made elsewhere.
    public func writeBody(of error: FormError, to reply: inout ReplyWriter) {
        let command = table.commands.indices.contains(Int(error.command)) ? table.commands[Int(error.command)] : nil
        let parameter = command?.parameter(Int(error.parameter))
        reply.error(error.code)
        if error.code == .badArgument {
            if let parameter {
                reply.field(.argument, parameter.name)
            } else {
                reply.field(.argument, quoted(error))
            }
        }
        reply.field(.hint, hint(error, command, parameter))
    }

    /// The offending word, cut short: it is the client's, and may be of any length.
    private func quoted(_ error: FormError) -> String {
        let most = 64
        let range = error.word.range
        guard range.upperBound <= textCount else { return "" }
        let bytes = UnsafeBufferPointer(start: text + range.lowerBound, count: range.count)
        guard bytes.count > most else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: bytes.prefix(most), as: UTF8.self) + "…"
    }

    private func hint(_ error: FormError, _ command: Command?, _ parameter: Parameter?) -> String {
        switch error.advice {
        case .tooLong: return "A line has at most \(Limits.lineBytesMax) bytes; split the request."
        case .truncated: return "The line had no line feed at its end and was not executed; send it again whole."
        case .notUTF8: return "Send the line as UTF-8."
        case .control: return #"Leave control characters out, or write them as \t, \n or \u{...} in quotes."#
        case .tag: return "A tag is @ and 1 to 32 of A-Z a-z 0-9 . _ - before the verb."
        case .quoteOpen: return #"Close the quote with a " at the end of the value."#
        case .quoteMiddle: return #"A quote opens at the start of a word or right after =; quote the whole value."#
        case .quoteEnd: return "Leave a space after the closing quote."
        case .backslash: return #"A value with a backslash stands in quotes, the backslash doubled: "a\\b"."#
        case .escape: return #"In quotes the escapes are \" \\ \n \t and \u{hex} of a Unicode scalar."#
        case .escapedNothing: return #"\u{0} is not allowed in a text."#
        case .quotedCommand: return "Write the verb without quotes."
        case .incompleteCommand: return secondWordHint(quoted(error))
        case .unknownCommand: return unknownCommandHint(quoted(error))
        case .forbidden:
            switch command?.access {
            case .gate: return "\(command?.name ?? "This") is for gates and operators."
            case .booking: return "\(command?.name ?? "This") is for buyers, and operators for them."
            default: return "\(command?.name ?? "This") is for operators."
            }
        case .unknownKey:
            let names = command?.keys.map(\.name) ?? []
            if let nearest = DidYouMean.nearest(to: quoted(error), of: names) { return "Did you mean \(nearest)=?" }
            return "Usage: \(command?.usage ?? "")"
        case .repeatedKey: return "Give \(parameter?.name ?? "it") once."
        case .missing: return "Usage: \(command?.usage ?? "")"
        case .tooManyWords:
            // Whoever writes 'Le Globe' is used to a shell.
            let isApostrophed = quoted(error).contains("'")
            return (isApostrophed ? "A text with spaces stands in double quotes. " : "")
                + "Usage: \(command?.usage ?? "")"
        case .exactlyOne:
            let names = (command?.exactlyOneOf ?? []).map { argument in
                command?.keys.first { $0.argument == argument }.map { "\($0.name)=" }
                    ?? command?.positionals.first { $0.argument == argument }?.name ?? ""
            }
            return "Give either \(names.joined(separator: " or ")). Usage: \(command?.usage ?? "")"
        case .goesWith: return "\(parameter?.name ?? "It")= is only for use with \(key(parameter?.goesWith, command))."
        case .excludes: return "Give either \(parameter?.name ?? "it")= or \(key(parameter?.excludes, command))."
        case .value: return parameter?.expectation ?? ""
        case .reversed: return "\(parameter?.name ?? "It")= ends before it begins; put the lower end first."
        case .notASCII:
            return "Use plain ASCII here; a letter that looks the same may be another. "
                + (parameter?.expectation ?? "")
        }
    }

    private func key(_ argument: Argument?, _ command: Command?) -> String {
        command?.keys.first { $0.argument == argument }.map { "\($0.name)=" } ?? ""
    }

    private func secondWordHint(_ word: String) -> String {
        let seconds = table.secondWords(of: word)
        return seconds.isEmpty
            ? "Write a verb; HELP lists them."
            : "\(word.uppercased()) wants a second word: \(seconds.joined(separator: ", "))."
    }

    private func unknownCommandHint(_ words: String) -> String {
        // A byte order mark at the head of a file, a space that does not break: nobody sees them.
        if words.utf8.contains(where: { $0 >= 0x80 }) {
            return "Write the verb in plain ASCII; a mark that cannot be seen may stand beside it."
        }
        let first = words.prefix { $0 != " " }
        if CommandTable.isForTests(String(first)), table.secondWords(of: String(first)).isEmpty {
            return "\(first.uppercased()) is for tests: a daemon started with --test has it."
        }
        if first.count < words.count {
            let seconds = table.secondWords(of: String(first))
            let second = words.drop { $0 != " " }.drop { $0 == " " }
            if let nearest = DidYouMean.nearest(to: String(second), of: seconds) {
                return "Did you mean \(first.uppercased()) \(nearest)?"
            }
            return secondWordHint(String(first))
        }
        var names: [String] = []
        for command in table.commands where !names.contains(command.words[0]) { names.append(command.words[0]) }
        if let nearest = DidYouMean.nearest(to: words, of: names) { return "Did you mean \(nearest)?" }
        return "HELP lists the commands."
    }
}

extension CommandTable {
    /// The second words of the commands that begin with this one, in the table's order.
    func secondWords(of first: String) -> [String] {
        commands.filter { $0.words.count == 2 && $0.words[0] == first.uppercased() }.map { $0.words[1] }
    }
}
