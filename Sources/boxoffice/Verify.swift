// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Audit
internal import Glibc

/// `boxoffice verify`: reads a whole data directory and proves that it tells one consistent story.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read everything in a data directory, trust nothing, and say what is wrong.",
        discussion: """
            Every checksum is looked at and every record is held against those before it:
            that no seat ever had two owners, that every hold ended one way, that tickets
            belong to orders, that the money adds up, that times and ids run on. Beside
            that the records are replayed, and both must come to the same end.

            Nothing is changed. A daemon may be running on the directory.

            Examples:
              boxoffice verify ./season
              boxoffice verify ./season --json
              boxoffice verify ./season --event gala --at 2026-11-22T18:30:00Z
              boxoffice verify ./season --event gala --seq 17

            With --event, the event is shown as VIEW showed it at that time, or after that
            many of its changes (VIEW's seq=), as far back as the journal is kept.

            Exit codes: 0 all is right, 1 something is damaged or contradicts itself, 2
            nothing was looked at: there is nothing, or it may not be read.
            """)

    @Argument(help: ArgumentHelp("The data directory.", valueName: "dir"))
    var directory: String
    @Option(help: ArgumentHelp("Show this event as it was.", valueName: "id"))
    var event: String?
    @Option(help: ArgumentHelp("The moment to show it at: RFC 3339, as TIME says it.", valueName: "time"))
    var at: String?
    @Option(help: ArgumentHelp("Or its count of changes then.", valueName: "n"))
    var seq: UInt64?
    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if event == nil, at != nil || seq != nil { throw ValidationError("name the event with --event ID") }
        if event != nil, (at == nil) == (seq == nil) {
            throw ValidationError("say when: --at TIME, or --seq N as VIEW says it")
        }
    }

    func run() async throws {
        if let event { return try showPast(of: event) }
        let verification: HouseVerification
        do {
            verification = try HouseVerification(directory)
        } catch {
            Console.error("Error: \(error)\n")
            throw ExitCode(2)
        }
        let progress = HouseVerification.Progress()
        let meter = ProgressMeter(of: verification.bytesToRead, progress)
        let report = await verification.run(progress: progress)
        meter.end()
        print(json ? report.json.text : report.lines.joined(separator: "\n"))
        Console.flush()
        if !report.isSound { throw ExitCode(1) }
    }
}

extension Verify {
    private func showPast(of event: String) throws {
        do {
            let moment: TimeTravel.Moment
            if let at {
                guard let time = TimeTravel.Moment(time: at) else {
                    throw Failed("--at wants a time as 2026-11-22T18:30:00Z, not \(at)")
                }
                moment = time
            } else {
                moment = .sequence(seq ?? 0)
            }
            let lines = try TimeTravel(directory).view(of: event, at: moment, asJSON: json)
            print(lines.joined(separator: "\n"))
            Console.flush()
        } catch {
            Console.error("Error: \(error)\n")
            throw ExitCode(2)
        }
    }
}

/// Says on a terminal how far a long verification has come; silent elsewhere, and for what is done in a moment.
private final class ProgressMeter: Sendable {
    private static let bytesWorthIt = 256 << 20
    private let task: Task<Void, Never>?

    init(of bytes: Int, _ progress: HouseVerification.Progress) {
        guard bytes >= Self.bytesWorthIt, isatty(STDERR_FILENO) == 1 else {
            task = nil
            return
        }
        task = Task.detached {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                let percent = min(100, progress.bytesRead * 100 / max(1, bytes))
                Console.error("\rverifying: \(percent) %")
            }
            Console.error("\r\u{1B}[K")
        }
    }

    func end() { task?.cancel() }
}
