// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import BoxOffice

/// `boxoffice`: the daemon and the tools around it.
@main
struct BoxOfficeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boxoffice",
        abstract: "Sells tickets: a box office in one process, spoken to in lines.",
        discussion: """
            Start it, then talk to it with netcat:

              boxoffice serve --data ./season
              printf 'HELP\\nQUIT\\n' | nc 127.0.0.1 7710

            Exit codes: 0 done, 1 it failed, 2 the input was refused and nothing was changed, 64 wrong usage.
            """,
        version: "boxoffice \(House.version)",
        subcommands: [
            Serve.self, Shell.self, Import.self, Export.self, Verify.self, Inspect.self, Backup.self,
            Restore.self, Simulate.self, Bench.self, Manual.self,
        ])
}
