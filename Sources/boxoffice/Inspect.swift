// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import Audit
internal import LineProtocol

/// `boxoffice inspect`: shows what lies in the files of a data directory.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show segments, blocks, records and snapshots, every field by its name.",
        discussion: """
            The path is a data directory, a journal's directory in it, a segment, a
            snapshot, a manifest or the house file. Nothing is changed. Secrets are not
            shown: neither the house's, nor ticket codes, nor idempotency keys.

            Types are those of records (founding, plan-part, event-added, event-changed,
            event-moved, event-cancelled, price-set, blocked, unblocked, held, extended,
            released, hold-moved, paid, confirmed, tickets-cancelled, checked-in,
            check-in-undone, key-outcome, keys-expired, digest, reset, venue-added,
            venue-changed, section-added, row-added, area-added, performer-added,
            performer-changed) and the kinds of other things (segment, block, snapshot,
            frame, head, event, hold, order, ticket, buyer, gate, footer, venue,
            performer).

            Of the snapshots in a directory, the newest one that can be read (among those
            that --from and --to let through) shows what it holds: its frames, head,
            events, holds, orders, tickets, buyers, gates, venues and performers. Of older
            ones only header and footer are shown; name the file of one to see the rest.

            Examples:
              boxoffice inspect ./season
              boxoffice inspect ./season --type order --event gala
              boxoffice inspect ./season/shard-000 --type held,confirmed --event gala
              boxoffice inspect ./season/catalogue/00000001.journal --from 20 --to 30

            Exit codes: 0 done, 1 something could not be read (it is shown as damage), 2
            there is nothing to be inspected, or it may not be read.
            """)

    @Argument(help: ArgumentHelp("What to look at.", valueName: "path"))
    var path: String
    @Option(help: ArgumentHelp("The first block (or snapshot) to show, by its sequence.", valueName: "n"))
    var from: UInt64?
    @Option(help: ArgumentHelp("The last one.", valueName: "n"))
    var to: UInt64?
    @Option(help: ArgumentHelp("Only these types, joined by commas.", valueName: "types"))
    var type: String?
    @Option(help: ArgumentHelp("Only what is about this event.", valueName: "id"))
    var event: String?
    @Flag(help: "Print a JSON object a line.")
    var json = false

    func validate() throws {
        if let from, let to, from > to { throw ValidationError("--from must not be greater than --to") }
        // A record of a type that this version does not know is shown as unknown-99.
        for word in types where !Inspection.types.contains(word) && !word.hasPrefix("unknown-") {
            let meant = DidYouMean.nearest(to: word, of: Inspection.types).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("there is no type \(word)\(meant)")
        }
    }

    private var types: Set<String> { Set((type ?? "").split(separator: ",").map(String.init)) }

    func run() throws {
        var filter = Inspection.Filter()
        filter.sequences = (from ?? 0)...(to ?? .max)
        filter.types = types
        filter.event = event
        let isSound: Bool
        do {
            isSound = try Inspection(path, filter: filter).run(asJSON: json) { print($0) }
        } catch {
            Console.error("Error: \(error)\n")
            throw ExitCode(2)
        }
        Console.flush()
        if !isSound { throw ExitCode(1) }
    }
}
