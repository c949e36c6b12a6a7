// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Audit

/// `boxoffice restore`: makes a data directory of a backup.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify a backup and make a data directory of it.",
        discussion: """
            The backup is verified as `boxoffice verify` does it, copied, and the copy
            verified again.

            Hidden files and lost+found may lie in the directory already; where anything
            else does, nothing is begun.

            Let only one of a data directory and its backup ever be served from here on:
            both would give out the same ids for different sales.

            Example:
              boxoffice restore /mnt/backup/monday /var/lib/boxoffice

            Exit codes: 0 done, 1 it failed, 2 it was not begun: nothing was written.
            """)

    @Argument(help: ArgumentHelp("What boxoffice backup made.", valueName: "backup"))
    var backup: String
    @Argument(help: ArgumentHelp("The data directory to make: empty or not there.", valueName: "dir"))
    var directory: String
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let report = try await CopyCommand.run(from: backup, to: directory, .restore)
        print(json ? report.json.text : report.lines.joined(separator: "\n"))
        if !json { print("OK: serve it with: boxoffice serve --data \(directory)") }
        Console.flush()
    }
}
