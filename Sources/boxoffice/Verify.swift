// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Audit
internal import Glibc

/// `boxoffice verify`: reads a whole data directory and proves that it tells one consistent story.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read everything in a data directory, trust nothing, and say what is wrong.",
        discussion: """
            Every checksum is looked at and every record is held against those before it: that no seat ever had two
            owners, that every hold ended one way, that tickets belong to orders, that the money adds up, that times and
            ids run on. Beside that the records are replayed, and both must come to the same end.

            Nothing is changed. A daemon may be running on the directory.

            Examples:
              boxoffice verify ./season
              boxoffice verify ./season --json

            Exit codes: 0 all is right, 1 something is damaged or contradicts itself, 2 nothing could be looked at.
            """)

    @Argument(help: ArgumentHelp("The data directory.", valueName: "dir"))
    var directory: String
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
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
