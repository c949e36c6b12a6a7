// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Audit

/// `boxoffice backup`: copies a data directory, from under a running daemon too.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a data directory while its daemon runs.",
        discussion: """
            Everything that was answered OK before the backup began is in it. Nothing in
            the directory is changed, no lock is taken, and the daemon goes on selling.
            The copy is verified; its file `house` is written last, so that an unfinished
            copy is never served.

            Hidden files and lost+found may lie where it goes; where anything else does,
            nothing is begun.

            A backup holds the secret that ids and ticket codes are made with: keep it
            where only you can read it.

            Examples:
              boxoffice backup /var/lib/boxoffice /mnt/backup/monday
              boxoffice restore /mnt/backup/monday /var/lib/boxoffice

            Exit codes: 0 done, 1 it failed, 2 it was not begun: nothing was written.
            """)

    @Argument(help: ArgumentHelp("The data directory.", valueName: "dir"))
    var directory: String
    @Argument(help: ArgumentHelp("Where the copy goes: a directory that is empty or not there.", valueName: "to"))
    var target: String
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let report = try await CopyCommand.run(from: directory, to: target, .backup)
        print(json ? report.json.text : report.lines.joined(separator: "\n"))
        if !json { print("OK: \(target) holds everything that was answered before the backup began.") }
        Console.flush()
    }
}

/// What `backup` and `restore` have in common.
enum CopyCommand {
    static func run(from source: String, to target: String, _ purpose: HouseCopy.Purpose) async throws
        -> HouseCopy.Report
    {
        let copy: HouseCopy
        do {
            copy = try HouseCopy(from: source, to: target, purpose: purpose)
        } catch {
            Console.error("Error: \(error)\n")
            throw ExitCode(2)
        }
        do {
            return try await copy.run()
        } catch {
            throw Failed("\(error)")
        }
    }
}
