// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import BoxOffice
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// `boxoffice shell`: speaks to a daemon, from a terminal or from a script.
struct Shell: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Speak to a running box office: lines from standard input, replies on standard output.",
        discussion: """
            Like netcat, but it waits for every reply and its exit code says whether all
            of them were OK.

            Examples:
              boxoffice shell
              boxoffice shell 127.0.0.1:7710 < season.txt
              echo 'SEARCH obrein' | boxoffice shell --json

            Exit codes: 0 all replies were OK, 2 at least one was ERR, 1 the connection
            failed.
            """)

    @Argument(help: ArgumentHelp("Where the box office listens.", valueName: "host:port"))
    var address = "127.0.0.1:7710"
    @Flag(help: "Ask for replies as JSON, one object a line.")
    var json = false
    @Flag(help: "Print only replies that are ERR, and their number.")
    var quiet = false

    func run() async throws {
        let (host, port) = try Address.parse(address)
        let isTerminal = isatty(STDIN_FILENO) == 1
        let refused = try await RemoteExchange.open(host: host, port: port) { remote in
            var printer = Printer(isQuiet: quiet)
            if json { try await remote.exchange(["FORMAT json"]) { _, _ in } }
            if isTerminal {
                print("Connected to \(address). HELP lists the commands; Ctrl-D ends.")
                while let line = Self.prompt() {
                    if LocalSession.hasReply(line) {
                        try await remote.exchange([line]) { _, lines in printer.show(lines) }
                    }
                }
            } else {
                var lines: [String] = []
                while let line = readLine(strippingNewline: true) {
                    if LocalSession.hasReply(line) { lines.append(line) }
                }
                try await remote.exchange(lines) { _, lines in printer.show(lines) }
            }
            return printer.finish()
        }
        if refused > 0 { throw ExitCode(2) }
    }

    /// Prints replies and counts refusals.
    private struct Printer {
        let isQuiet: Bool
        private var answered = 0
        private var refused = 0

        init(isQuiet: Bool) { self.isQuiet = isQuiet }

        mutating func show(_ lines: [String]) {
            answered += 1
            let isError = lines.last.map(LocalSession.isRefusal) ?? false
            if isError { refused += 1 }
            if !isQuiet || isError { for line in lines { print(line) } }
        }

        /// How many replies were refusals.
        func finish() -> Int {
            Console.flush()
            if isQuiet { Console.error("\(answered) replies, \(refused) ERR\n") }
            return refused
        }
    }

    private static func prompt() -> String? {
        print("> ", terminator: "")
        Console.flush()
        return readLine(strippingNewline: true)
    }
}
