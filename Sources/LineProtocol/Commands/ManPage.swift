// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

extension CommandTable {
    /// The man page of the line protocol, in the macros of man(7).
    public func manPage() -> String {
        var page = Self.manPageHead
        page += ".SH VALUES\n"
        for (name, meaning) in Self.values { page += ".TP\n.B \(Self.roff(name))\n\(Self.roff(meaning))\n" }
        page += ".SH COMMANDS\n"
        for command in commands {
            page += ".TP\n.B \(Self.roff(command.usage))\n\(Self.roff(command.help))\n"
            page += "For \(Self.roff(command.access.whom))\(command.isTestOnly ? ", only with \\-\\-test" : "").\n"
            page += ".RS\n.EX\n\(Self.roff(command.example))\n.EE\n.RE\n"
        }
        page += ".SH ERRORS\n"
        page += Self.roff(#"ERR CODE [fields] [retry=never|later|same] [after=SECONDS] hint="what to do""#)
        page += "\n.PP\n"
        let codes = ErrorCode.allCases.map { Self.roff("\(ReplyTable.spelling(of: $0))") }
        page += codes.joined(separator: ",\n") + ".\n"
        return page
    }

    /// The forms that values have, whatever the command.
    private static let values: [(name: String, meaning: String)] = [
        (
            "seats",
            "A seat is section/row/seat, as stalls/A/3; a run of neighbours stalls/A/3-6; four places in an area floor:4; "
                + "a list is joined by commas."
        ),
        ("map=", "A letter a place of the row: . free, h held, p being paid, x sold, b blocked, _ an aisle."),
        ("labels", "1-10, 1-19/2 in steps of two, A-C, or a list joined by commas."),
        ("money", "A whole number of minor units: cents, pence."),
        ("times", "RFC 3339, as 2031-05-01T19:30Z or 2031-05-01T19:30+02:00; replies are in UTC."),
        ("durations", "600s, 10m or 2h."),
        (
            "key=",
            "On a change: sent again with the same key and arguments within 24 hours, it gives the first answer once more, "
                + "with replayed=yes, and changes nothing."
        ),
    ]

    private static let manPageHead = """
        .TH BOXOFFICE 7
        .SH NAME
        boxoffice \\- the line protocol of the ticketing daemon
        .SH DESCRIPTION
        One request a line, in UTF\\-8, ended by a line feed:
        .PP
        .EX
        [@tag] VERB [word | key=value]...
        .EE
        .PP
        Words and values that hold a space, a quote or a backslash stand in double quotes, with the escapes
        \\e" \\e\\e \\en \\et \\eu{hex}.
        A bare key=value is a key; verbs and keys may be written in small letters or capitals.
        Blank lines and lines that begin with # are ignored.
        A line has at most \(Limits.lineBytesMax) bytes.
        .PP
        Each reply is zero or more lines that begin with *, then one that begins with OK or ERR.
        A tag is on every line of its reply.
        Replies come in the order of the requests.

        """

    /// A text as roff shows it unchanged.
    private static func roff(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "'": escaped += "\\(aq"
            default: escaped.append(character)
            }
        }
        return escaped.hasPrefix(".") ? "\\&" + escaped : escaped
    }
}
