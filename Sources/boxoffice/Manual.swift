// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import LineProtocol

/// `boxoffice manual`: the man page of the line protocol, made from the command table.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the man page of the line protocol.",
        discussion: """
            Examples:
              boxoffice manual | man -l -
              boxoffice manual > /usr/local/share/man/man7/boxoffice.7
            """)

    func run() {
        print(CommandTable(testMode: true).manPage(), terminator: "")
    }
}
