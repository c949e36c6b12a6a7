// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// The texts that are made from the table.
extension CommandTable {
    /// Writes the lines of the reply to `HELP` and `HELP verb`: one line a command, with all there is to say where a
    /// single command is asked for.
    public func writeHelp(_ topic: String, to reply: inout ReplyWriter) {
        let asked = topic.uppercased().split(separator: " ").joined(separator: " ")
        let found = commands.filter { asked.isEmpty || $0.name == asked || $0.name.hasPrefix(asked + " ") }
        guard !found.isEmpty else {
            reply.error(.unknownCommand)
            let names = commands.map(\.name)
            if let nearest = DidYouMean.nearest(to: asked, of: names) {
                reply.field(.hint, "Did you mean HELP \(nearest)?")
            } else {
                reply.field(.hint, "HELP lists the commands.")
            }
            return
        }
        for command in found {
            reply.line(.help)
            reply.field(.verb, command.name)
            if !asked.isEmpty {
                reply.field(.usage, command.usage)
            }
            reply.field(.text, command.help)
            if found.count == 1, !asked.isEmpty {
                reply.field(.access, command.access.rawValue)
                reply.field(.example, command.example)
            }
        }
        reply.line(.ok)
        reply.field(.count, Int64(found.count))
    }

    /// Writes the lines of the reply to `COMMANDS`, for programs: `args=` lists `name:type`, a `!` behind those that
    /// must be given and a `=` behind the name of a key.
    public func writeCommands(to reply: inout ReplyWriter) {
        for command in commands {
            reply.line(.command)
            reply.field(.name, command.name)
            reply.field(.commandClass, command.commandClass.rawValue)
            reply.field(.access, command.access.rawValue)
            reply.beginText(.arguments, .list)
            var isFirst = true
            for (place, parameter) in (command.positionals + command.keys).enumerated() {
                if !isFirst { reply.appendText(",") }
                isFirst = false
                reply.appendText(parameter.name)
                if place >= command.positionals.count { reply.appendText("=") }
                reply.appendText(":")
                reply.appendText(parameter.typeWord)
                if parameter.isRequired { reply.appendText("!") }
            }
            reply.endText()
        }
        reply.line(.ok)
        reply.field(.count, Int64(commands.count))
    }
}

extension Command.Access {
    /// Who that is, in words.
    var whom: String {
        switch self {
        case .anyone: "anyone"
        case .booking: "buyers, and operators for them"
        case .gate: "gates and operators"
        case .operator: "operators"
        }
    }
}
