// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import LineProtocol
import Testing
import Ticketing

@Suite("The command table")
struct CommandTableTests {
    let table = CommandTable(testMode: true)

    @Test("every verb of the domain has exactly one command")
    func complete() {
        #expect(Set(table.commands.map(\.verb)).count == table.commands.count)
        for verb in Verb.allCases { #expect(table[verb] != nil, "\(verb)") }
        #expect(Set(table.commands.map(\.name)).count == table.commands.count)
    }

    @Test("outside test mode the test commands are nowhere")
    func testMode() {
        let open = CommandTable()
        #expect(open[.reset] == nil && open[.clockAdvance] == nil && open.commands.count == table.commands.count - 2)
        let help = reply { open.writeHelp("", to: &$0) }
        #expect(!help.contains { $0.contains("RESET") || $0.contains("CLOCK") })
        #expect(!open.manPage().contains("RESET"))
    }

    @Test("every change takes a key, and nothing else does")
    func keys() {
        for command in table.commands {
            let isChange = [.catalogueChange, .eventChange, .shardChange].contains(command.commandClass)
            #expect(command.keys.contains { $0.argument == .key } == isChange, "\(command.name)")
        }
    }

    @Test("what routes a command is an argument that it must be given")
    func routes() {
        for command in table.commands {
            switch command.route {
            case .event(let argument), .issued(let argument):
                #expect(
                    command.positionals.first?.argument == argument && command.positionals.first?.isRequired == true,
                    "\(command.name)")
            case .none: #expect([.session, .publishedLook].contains(command.commandClass), "\(command.name)")
            case .catalogue: #expect(command.commandClass == .catalogueChange)
            case .everyShard: #expect(command.commandClass == .broadcast)
            }
        }
    }

    @Test("no command names an argument twice, and what needs or excludes another names one that is there")
    func arguments() {
        for command in table.commands {
            let all = command.positionals + command.keys
            #expect(Set(all.map(\.argument)).count == all.count, "\(command.name)")
            #expect(Set(all.map(\.name)).count == all.count, "\(command.name)")
            let needed = all.compactMap(\.goesWith) + all.compactMap(\.excludes) + command.exactlyOneOf
            for argument in needed { #expect(all.contains { $0.argument == argument }, "\(command.name)") }
            #expect(command.help.hasSuffix("."), "\(command.name)")
        }
    }

    @Test("HELP lists each command once, and explains one with its usage and an example")
    func help() {
        let all = reply { table.writeHelp("", to: &$0) }
        #expect(all.count == table.commands.count + 1)
        #expect(all[0] == #"* help HELLO text="Says which server this is and which protocol it speaks.""#)
        #expect(all.last == "OK n=\(table.commands.count)")
        #expect(
            reply { table.writeHelp("whoami", to: &$0) } == [
                #"* help WHOAMI usage=WHOAMI text="Says who you are and for whom you act." access=anyone example=WHOAMI"#,
                "OK n=1",
            ])
        #expect(reply { table.writeHelp("format", to: &$0) }[0].contains(#" usage="FORMAT text|json" "#))
        #expect(reply { table.writeHelp(" price  set ", to: &$0) }.count == 2)
        #expect(reply { table.writeHelp("event", to: &$0) }.count == 8)
        #expect(
            reply { table.writeHelp("hodl", to: &$0) } == [#"ERR UNKNOWN_COMMAND hint="Did you mean HELP HOLD?""#])
    }

    @Test("the usage shows the form of every value whose form cannot be guessed")
    func usages() throws {
        let add = try #require(table[.eventAdd]?.usage)
        #expect(
            add.hasPrefix(
                "EVENT ADD id venue= title= starts=2031-05-01T19:30Z [currency=EUR] [ends=2031-05-01T19:30Z] [type=]"))
        #expect(add.contains(" [performers=id,id] ") && add.contains(" [hold=10m] "))
        let row = try #require(table[.rowAdd]?.usage)
        #expect(row.contains(" [categories=1-4:vip,5-10:std] ") && row.contains(#" [xy="0,0 25,0"] "#))
        #expect(table[.format]?.usage == "FORMAT text|json")
    }

    @Test("COMMANDS says of each what a program must know")
    func commands() throws {
        let lines = reply { table.writeCommands(to: &$0) }
        #expect(lines.count == table.commands.count + 1)
        let hold = try #require(lines.first { $0.hasPrefix("* command name=PRICE") || $0.contains("\"PRICE SET\"") })
        #expect(
            hold == #"* command name="PRICE SET" class=shard-change access=operator "#
                + #"args="event:id!,category:category!,amount:money!,key=:text""#)
        for line in lines { _ = try ReplyLine(parsing: line) }
    }

    @Test("the man page names every command and starts no line with a stray request")
    func manPage() {
        let page = table.manPage()
        for command in table.commands {
            #expect(page.contains(command.help.replacing("-", with: "\\-").replacing("'", with: "\\(aq")))
        }
        #expect(page.contains(".B seats\nA seat is section/row/seat, as stalls/A/3;"))
        let requests: Set<Substring> = [".TH", ".SH", ".PP", ".TP", ".B", ".RS", ".EX", ".EE", ".RE"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(requests.contains(line.prefix { $0 != " " }), "\(line)")
        }
    }
}

@Suite("The reply table")
struct ReplyTableTests {
    @Test("codes and kinds are spelt apart, and fields in the form of keys")
    func spellings() {
        #expect(Set(ErrorCode.allCases.map { "\(ReplyTable.spelling(of: $0))" }).count == ErrorCode.allCases.count)
        #expect(Set(LineKind.allCases.map { "\(ReplyTable.word(of: $0))" }).count == LineKind.allCases.count)
        for field in Field.allCases {
            let text = "\(ReplyTable.spelling(of: field))"
            #expect(text.first?.isLowercase == true && text.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
        }
    }
}
