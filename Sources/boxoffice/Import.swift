// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import BoxOffice
internal import CatalogueImport
internal import Glibc
internal import LineProtocol
internal import Logging

/// `boxoffice import`: translates seat plans and catalogues into protocol lines and carries them out.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Translate a seat plan or a catalogue into protocol lines, and carry them out.",
        discussion: """
            Reads pretix seating plans, seats.io charts, Ticketmaster Discovery events and
            our own JSON lines; which of them a file is, it tells by its content. The
            whole file is checked before the first line goes. Lines carry keys, so that
            running it again after an interruption completes it and repeats nothing.

            Examples:
              boxoffice import plan.json --print | boxoffice shell
              boxoffice import chart.json --venue globe --to 127.0.0.1:7710
              boxoffice import concerts.jsonl --data ./season
              boxoffice import plan.json --dry-run --strict

            Exit codes: 0 done, 1 it could not be carried out, 2 the file was refused and
            nothing was changed.
            """)

    @Argument(help: ArgumentHelp("The file to import; - for standard input.", valueName: "file"))
    var file: String
    @Flag(name: .customLong("print"), help: "Write the protocol lines to standard output.")
    var prints = false
    @Option(help: ArgumentHelp("Send the lines to a running box office.", valueName: "host:port"))
    var to: String?
    @Option(
        help: ArgumentHelp(
            "Open this data directory, which no daemon holds, and carry the lines out.", valueName: "dir"))
    var data: String?
    @Flag(help: "Check the file and say what it holds; change nothing.")
    var dryRun = false
    @Option(help: ArgumentHelp("Take the file for this format: \(ImportFormat.names).", valueName: "format"))
    var format: String?
    @Option(help: ArgumentHelp("The id of the venue that a seat plan becomes.", valueName: "id"))
    var venue: String?
    @Option(help: ArgumentHelp("The name of the venue that a seat plan becomes.", valueName: "name"))
    var venueName: String?
    @Flag(help: "Refuse what would otherwise be a warning.")
    var strict = false
    @Flag(help: "Write the summary as one JSON object.")
    var json = false

    func validate() throws {
        let destinations = (prints ? 1 : 0) + (to == nil ? 0 : 1) + (data == nil ? 0 : 1) + (dryRun ? 1 : 0)
        guard destinations == 1 else {
            throw ValidationError("choose one of --print, --to HOST:PORT, --data DIR and --dry-run")
        }
        if let format, ImportFormat(rawValue: format) == nil {
            throw ValidationError("--format must be one of \(ImportFormat.names), not \(format)")
        }
        if let venue, !ImportOptions.isVenueID(venue) {
            throw ValidationError(
                "--venue must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit, not \(venue)")
        }
        if let venueName, !ImportOptions.isVenueName(venueName) {
            throw ValidationError("--venue-name must not be blank")
        }
    }

    func run() async throws {
        let bytes = try Console.read(file, limit: ImportLimits.fileBytesMax)
        var options = ImportOptions()
        options.format = format.flatMap(ImportFormat.init(rawValue:))
        options.fileName = file == "-" ? "standard input" : file
        options.venueID = venue
        options.venueName = venueName
        options.isStrict = strict
        let plan: ImportPlan
        do {
            plan = try ImportPlan.translate(bytes, options: options)
        } catch {
            Console.error("\(error)\n")
            if Self.isScript(bytes) {
                Console.error("These are lines of the protocol already: boxoffice shell HOST:PORT < FILE sends them.\n")
            }
            throw ExitCode(2)
        }
        for warning in plan.warnings { Console.error("\(warning)\n") }
        if plan.warningsOmitted > 0 { Console.error("warning: and \(plan.warningsOmitted) more\n") }
        if prints {
            for line in plan.lines { print(line) }
            return
        }
        if !dryRun { try await carryOut(plan.lines) }
        summarize(plan)
    }

    /// Whether a file begins with a request, as what `boxoffice export` prints does.
    private static func isScript(_ bytes: [UInt8]) -> Bool {
        let word = String(decoding: bytes.prefix(64).prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self).uppercased()
        return CommandTable().commands.contains { $0.words.first == word }
    }

    private func carryOut(_ lines: [String]) async throws {
        if let to {
            let (host, port) = try Address.parse(to)
            try await RemoteExchange.open(host: host, port: port) { try await send(lines, over: &$0) }
        } else if let data {
            var configuration = House.Configuration(directory: data)
            configuration.logger = Logger(label: "boxoffice", factory: { _ in SwiftLogNoOpLogHandler() })
            // How much of the past is kept is the daemon's to say: nothing of it is dropped here.
            configuration.snapshots.everyMilliseconds = nil
            configuration.snapshots.journalBytes = nil
            let house: House
            do { house = try await House.open(configuration) } catch { throw Failed("\(error)") }
            house.onFailure { reason in
                Console.error("Error: the journal failed: \(reason)\n")
                _exit(1)
            }
            var local = LocalExchange(session: LocalSession(house))
            do {
                try await send(lines, over: &local)
            } catch {
                await house.close()
                throw error
            }
            await house.close()
        }
    }

    private func send(_ lines: [String], over exchange: inout some LineExchange) async throws {
        var progress = Progress(total: lines.count, what: "lines")
        try await exchange.exchange(lines) { index, reply in
            progress.advance(to: index + 1)
            guard let last = reply.last, LocalSession.isRefusal(last) else { return }
            progress.finish()
            throw Failed(
                """
                line \(index + 1) of \(lines.count) was refused:
                  \(lines[index])
                  \(last)
                What came before it is kept; run the same import again once the cause is mended.
                """)
        }
        progress.finish()
    }

    private func summarize(_ plan: ImportPlan) {
        let summary = plan.summary
        let counts = [
            ("venues", summary.venues), ("sections", summary.sections), ("rows", summary.rows),
            ("seats", summary.seats), ("areas", summary.areas), ("places", summary.places),
            ("performers", summary.performers), ("events", summary.events), ("lines", plan.lines.count),
        ]
        if json {
            let fields = counts.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
            print(
                "{\"format\":\"\(plan.format.rawValue)\",\(fields),\"warnings\":\(plan.warnings.count + plan.warningsOmitted),\"dryRun\":\(dryRun)}"
            )
        } else {
            let said = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.1 == 1 ? String($0.0.dropLast()) : $0.0)" }
                .joined(separator: ", ")
            print("\(dryRun ? "would import" : "imported") \(said) (\(plan.format.title))")
        }
    }
}

extension ImportFormat {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// A progress line on standard error, where that is a terminal.
struct Progress {
    private let total: Int
    private let what: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private var shownPercent = -1

    init(total: Int, what: String) {
        self.total = total
        self.what = what
    }

    mutating func advance(to count: Int) {
        guard isShown, total > 0 else { return }
        let percent = count * 100 / total
        guard percent != shownPercent else { return }
        shownPercent = percent
        let filled = percent * 30 / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        Console.error("\r[\(bar)] \(percent) % of \(total) \(what)")
    }

    mutating func finish() {
        guard isShown, shownPercent >= 0 else { return }
        Console.error("\n")
        shownPercent = -1
    }
}
