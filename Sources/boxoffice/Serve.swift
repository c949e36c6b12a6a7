// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import BoxOffice
internal import BoxOfficeServer
internal import Glibc
internal import Logging
internal import Ticketing
internal import UnixSignals

/// `boxoffice serve`: the daemon.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a box office from a data directory.",
        discussion: """
            Prints one line on standard output once everything is recovered and the port
            is open:

              READY tcp=127.0.0.1:7710

            Examples:
              boxoffice serve --data ./season
              boxoffice serve --data ./season --listen 127.0.0.1:0 --port-file port
              BOXOFFICE_DATA=/var/lib/boxoffice boxoffice serve

            Every setting may also come from the environment (BOXOFFICE_DATA,
            BOXOFFICE_LISTEN, BOXOFFICE_SHARDS, BOXOFFICE_LOOPS, BOXOFFICE_LOG_LEVEL …) or
            from a JSON file named by --config: {"listen": "127.0.0.1:7710"}. A flag wins
            over the environment, the environment over the file.

            SIGTERM, SIGINT or SIGHUP (the terminal was closed) finishes what was asked and
            exits 0; a second SIGTERM or SIGINT ends at once. Under nohup, SIGHUP is ignored.
            """)

    @Option(help: ArgumentHelp("The data directory; made where it is absent.", valueName: "dir"))
    var data: String?
    @Option(
        help: ArgumentHelp(
            "Where to listen; port 0 takes a free one. (default: 127.0.0.1:7710)", valueName: "host:port"))
    var listen: String?
    @Option(help: ArgumentHelp("Shards of a new data directory. (default: half the cores)", valueName: "n"))
    var shards: Int?
    @Option(help: ArgumentHelp("Event loops. (default: half the cores)", valueName: "n"))
    var loops: Int?
    @Option(help: ArgumentHelp("Connections open at once. (default: 16384)", valueName: "n"))
    var maxConnections: Int?
    @Option(help: ArgumentHelp("Write the port that is listened on to this file.", valueName: "file"))
    var portFile: String?
    @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"))
    var config: String?
    @Option(
        help: ArgumentHelp("trace, debug, info, notice, warning, error, critical. (default: info)", valueName: "level"))
    var logLevel: String?
    @Option(
        help: ArgumentHelp(
            "Take a snapshot of what changed after so long, as 30m, 1h, 1d, or off. (default: 1h)", valueName: "time"))
    var snapshotEvery: String?
    @Option(
        help: ArgumentHelp(
            "Take one after so much journal, as 64M, 1G, or off: it bounds the time of a start. (default: 256M)",
            valueName: "bytes"))
    var snapshotJournal: String?
    @Option(
        help: ArgumentHelp(
            "Keep the journal so long, as 30d, to look back in with verify --at. (default: what safety needs)",
            valueName: "time"))
    var keepJournal: String?
    @Flag(help: "Allow CLOCK ADVANCE, RESET and the payment method test.")
    var test = false
    @Option(
        help: ArgumentHelp(
            "off: keep nothing at all, with --test and without --data, to measure what keeping costs.",
            valueName: "on|off"))
    var journal = JournalSwitch.on
    @Flag(name: .customLong("no-ring"), help: "Write with pwrite and fdatasync even where io_uring is there.")
    var noRing = false

    func run() async throws {
        let settings = try Settings(file: config)
        let directory = try dataDirectory(settings)
        let address = settings.string(listen, "listen") ?? "127.0.0.1:7710"
        var door = Door.Configuration()
        (door.host, door.port) = try Address.parse(address)
        door.loops = try settings.integer(loops, "loops")
        guard door.loops ?? 1 > 0 else { throw ValidationError("--loops must be at least 1") }
        if let limit = try settings.integer(maxConnections, "max-connections") { door.connectionsMax = limit }
        guard door.connectionsMax > 0 else { throw ValidationError("--max-connections must be at least 1") }
        let logger = try Self.makeLogger(level: settings.string(logLevel, "log-level") ?? "info")
        for (name, meant) in Settings.strayVariables() {
            logger.warning("there is no setting \(name)\(meant.map { "; did you mean \($0)?" } ?? "")")
        }
        door.connectionsMax = Self.allowDescriptors(for: door.connectionsMax, logger)
        door.logger = logger
        var house = House.Configuration(directory: directory, logger: logger)
        house.shards = try settings.integer(shards, "shards")
        guard house.shards.map((1...Limits.shardsMax).contains) ?? true else {
            throw ValidationError("--shards must be 1 to \(Limits.shardsMax)")
        }
        house.isTestMode = try settings.truth(test, "test")
        house.isJournalOff = journal == .off
        house.snapshots = try snapshotPolicy(settings)
        house.usesRing = try !settings.truth(noRing, "no-ring")

        do { try Door.check(door) } catch { throw Failed("\(error)") }
        let signals = await UnixSignalsSequence(trapping: Self.endingSignals)
        signal(SIGPIPE, SIG_IGN)
        let box: House
        do {
            box = try await House.open(house)
        } catch {
            throw Failed("\(error)")
        }
        box.onFailure { reason in
            logger.critical("the journal failed; nothing more is acknowledged", metadata: ["reason": "\(reason)"])
            _exit(1)
        }
        let opened: Door
        do {
            opened = try await Door.open(box, door)
        } catch {
            await box.close()
            throw Failed("\(error)")
        }
        do {
            if let file = settings.string(portFile, "port-file") { try Self.write("\(opened.port)\n", to: file) }
        } catch {
            await opened.close()
            await box.close()
            await opened.shutDown()
            throw error
        }
        print("READY tcp=\(opened.address)")
        Console.flush()

        await Self.wait(for: signals, logger: logger)
        await opened.close()
        await box.close()
        await opened.shutDown()
        logger.info("stopped")
    }

    /// Where everything is kept: it must be named, and must not where nothing is. That is said on the command line alone,
    /// so that no forgotten variable or file ever switches a journal off.
    private func dataDirectory(_ settings: Settings) throws -> String {
        let named = settings.string(data, "data")
        if journal == .off {
            guard try settings.truth(test, "test"), named == nil else {
                throw ValidationError("--journal off keeps nothing: it needs --test, and no data directory named")
            }
            return ""
        }
        guard let named else {
            throw ValidationError("name the data directory with --data, for example --data ./season")
        }
        return named
    }

    private func snapshotPolicy(_ settings: Settings) throws -> SnapshotPolicy {
        var policy = SnapshotPolicy()
        if let text = settings.string(snapshotEvery, "snapshot-every") {
            policy.everyMilliseconds =
                text == "off"
                ? nil : 1_000 * (try Amount.seconds(text, setting: "--snapshot-every", least: 1, or: "off"))
        }
        if let text = settings.string(snapshotJournal, "snapshot-journal") {
            policy.journalBytes =
                text == "off"
                ? nil : UInt64(try Amount.bytes(text, setting: "--snapshot-journal", least: 1 << 16, or: "off"))
        }
        if let text = settings.string(keepJournal, "keep-journal") {
            policy.keepJournalMilliseconds = 1_000 * (try Amount.seconds(text, setting: "--keep-journal", least: 0))
        }
        return policy
    }

    /// The signals at which the daemon ends in order. SIGHUP says that its terminal is gone, unless whoever started it had
    /// it ignored, as `nohup` does: then it is to outlive the terminal.
    private static var endingSignals: [UnixSignal] {
        var current = sigaction()
        sigaction(SIGHUP, nil, &current)
        let handler = unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
        return [.sigterm, .sigint] + (handler == unsafeBitCast(SIG_IGN, to: Int.self) ? [] : [.sighup])
    }

    /// Returns at the first signal; the second ends the process at once. A terminal that closes may send SIGHUP twice, its
    /// own and its shell's: one that comes later is no such second.
    private static func wait(for signals: UnixSignalsSequence, logger: Logger) async {
        var iterator = signals.makeAsyncIterator()
        guard await iterator.next() != nil else { return }
        logger.info("stopping: finishing what was asked; a second signal ends at once")
        let rest = Rest(iterator)
        Task.detached {
            while let signal = await rest.next() {
                if signal != .sighup { _exit(130) }
            }
        }
    }

    /// Hands the iterator over to the task that waits for the second signal.
    private final class Rest: @unchecked Sendable {
        private var iterator: UnixSignalsSequence.AsyncIterator
        init(_ iterator: UnixSignalsSequence.AsyncIterator) { self.iterator = iterator }
        func next() async -> UnixSignal? { await iterator.next() }
    }

    /// Raises this process's limit of open files as far as it may, so that every connection gets its descriptor. Returns
    /// how many connections fit: one that is accepted and refused is told so, and one that cannot be accepted waits in
    /// silence.
    private static func allowDescriptors(for connections: Int, _ logger: Logger) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return connections }
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(connections) + rlim_t(descriptorsBeside)))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // Read again: a sandbox may forbid to raise it.
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return connections }
        let descriptors = Int(clamping: limit.rlim_cur)
        let fitting = max(descriptors / 2, descriptors - descriptorsBeside)
        guard fitting < connections else { return connections }
        logger.warning(
            "the limit of open files is too low for --max-connections; raise it (ulimit -n, LimitNOFILE=)",
            metadata: ["files": "\(descriptors)", "asked": "\(connections)", "connections": "\(fitting)"])
        return fitting
    }

    /// Descriptors beside those of connections: journals, snapshots, rings, event loops.
    private static let descriptorsBeside = 256

    private static func makeLogger(level: String) throws -> Logger {
        guard let level = Logger.Level(rawValue: level) else {
            throw ValidationError(
                "the log level must be trace, debug, info, notice, warning, error or critical, not \(level)")
        }
        var logger = Logger(label: "boxoffice", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = level
        return logger
    }

    /// Written aside and renamed, so that whoever waits for the file never reads half of it.
    private static func write(_ text: String, to path: String) throws {
        let aside = path + ".new"
        guard let file = fopen(aside, "w") else { throw Failed("\(path) cannot be written: \(errorText())") }
        fputs(text, file)
        fclose(file)
        guard rename(aside, path) == 0 else { throw Failed("\(path) cannot be written: \(errorText())") }
    }
}

/// Whether the journal is kept.
enum JournalSwitch: String, ExpressibleByArgument {
    case on, off
}

/// A failure whose text is all that is to be said: exit code 1.
struct Failed: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What the last system call complained of.
func errorText() -> String { String(cString: strerror(errno)) }

/// `HOST:PORT`, `[::1]:PORT`.
enum Address {
    static func parse(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("write an address as HOST:PORT, for example 127.0.0.1:7710, not \(text)") }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else {
            throw ValidationError("write an address as HOST:PORT, for example 127.0.0.1:7710, not \(text)")
        }
        return (host, port)
    }
}
