// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import BoxOffice
internal import Glibc
internal import LineProtocol

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

            Exit codes: 0 done, 1 it failed, 2 the input was refused and nothing was
            changed, 64 wrong usage.
            """,
        version: "boxoffice \(House.version)",
        subcommands: [
            Serve.self, Shell.self, Import.self, Export.self, Verify.self, Inspect.self, Backup.self,
            Restore.self, Simulate.self, Bench.self, Manual.self,
        ])

    static func main() async {
        Console.ensureStandardDescriptors()
        sayWhichCommandWasMeant()
        do {
            var command = try parseAsRoot()
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                try Console.finish()
            } catch let problem as ValidationError {
                // Found out while it runs: the parser would refer to the help of `boxoffice` in place of the command's own.
                let name = name(of: type(of: command))
                Console.error("Error: \(problem.message)\n  See 'boxoffice \(name) --help' for more information.\n")
                Glibc.exit(EX_USAGE)
            }
        } catch {
            exit(withError: error)
        }
    }

    /// Ends the process where the first word is no command: the parser only says that it did not expect it.
    private static func sayWhichCommandWasMeant() {
        var words = CommandLine.arguments.dropFirst()
        if words.first == "help" { words = words.dropFirst() }
        let names = configuration.subcommands.map(name) + ["help"]
        guard let word = words.first, !word.hasPrefix("-"), !names.contains(word) else { return }
        let meant = DidYouMean.nearest(to: word, of: names).map { " Did you mean '\($0)'?" } ?? ""
        Console.error("Error: there is no command '\(word)'.\(meant)\n  See 'boxoffice --help' for more information.\n")
        Glibc.exit(EX_USAGE)
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? "\(command)".lowercased()
    }
}
