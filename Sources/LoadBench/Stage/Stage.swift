// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc

/// What the runs of a bench need of the box office: a venue and events of its own, made before and cleared away behind,
/// or an event that is there.
package final class Stage {
    private let control: ControlConnection
    /// Begins the ids of all that the bench makes; no two benches have the same.
    private let prefix: String
    private let givenEvent: String?
    private let say: (String) -> Void
    private var venues: Set<String> = []
    private var openEvents: [String] = []
    private var eventsMade = 0
    /// `server=` of HELLO.
    package let server: String

    /// What a run of a scenario plays with.
    struct Setting {
        var supply: SeatSupply
        var sceneries: [Scenery] = []
        var questions: [Question] = []
    }

    /// Connects. `event` names one to use in place of own ones; `say` is told in words what is made and cleared away.
    package init(_ endpoint: Endpoint, event: String?, say: @escaping (String) -> Void) throws(BenchFailure) {
        control = try ControlConnection(endpoint)
        givenEvent = event
        self.say = say
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        prefix = "bench-" + String(UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000, radix: 36)
        let hello = try control.must("HELLO 1").last ?? ""
        server =
            hello.split(separator: " ").first { $0.hasPrefix("server=") }.map { String($0.dropFirst(7)) } ?? "unknown"
    }

    /// Makes what a scenario needs, with so many events and seats, or looks at the event that was given.
    func set(_ scenario: Scenario, events: Int, seats: Int) throws(BenchFailure) -> Setting {
        var setting: Setting
        var titles: [String] = []
        if let givenEvent {
            let view = try control.must("VIEW \(givenEvent)")
            setting = Setting(supply: SeatSupply(event: Array(givenEvent.utf8), free: SeatMapReader.freeSeats(view)))
            titles = [SeatMapReader.title(view)]
        } else {
            let grid = SeatSupply.Grid(atLeast: seats)
            let venue = try makeVenue(grid)
            let ids = try makeEvents(events, venue: venue, titles: &titles)
            setting = Setting(supply: SeatSupply(events: ids.map { Array($0.utf8) }, grid: grid))
        }
        if scenario == .view || scenario == .mixed {
            let ids = setting.supply.events.map { String(decoding: $0, as: UTF8.self) }
            let replies = try control.ask(ids.map { "VIEW \($0)" })
            setting.sceneries = zip(setting.supply.events, replies).map { Scenery(event: $0, lines: $1) }
        }
        if scenario == .search || scenario == .mixed {
            setting.questions = zip(setting.supply.events, titles).flatMap {
                SearchWorkload.questions(title: $1, event: $0)
            }
            guard !setting.questions.isEmpty else { throw BenchFailure("the event's title has no word to search for") }
        }
        return setting
    }

    /// Clears away what the last run used. What it did at a given event is taken back by `undoing`.
    func clear(undoing: [String]) throws(BenchFailure) {
        if !undoing.isEmpty {
            let refused = try control.ask(undoing).count { $0.last?.hasPrefix("OK") != true }
            say(
                "took back \(Figures.whole(undoing.count - refused)) of \(Figures.whole(undoing.count)) bookings"
                    + (refused > 0 ? " (the others had ended)" : ""))
        }
        try cancelEvents()
    }

    /// Clears away what is left, whatever happened.
    package func strike() {
        do {
            try cancelEvents()
            if eventsMade > 0 {
                say(
                    "cancelled \(Self.events(eventsMade)); left in the catalogue, as venues cannot be removed: \(venueList)"
                )
            }
        } catch {
            say("could not cancel the events that it made (their ids begin with \(prefix)): \(error)")
        }
    }

    /// Begins the idempotency keys: at own events, which are always new, they may be short.
    var keyPrefix: String { givenEvent == nil ? "k" : prefix + "-" }

    private static func events(_ count: Int) -> String { Figures.whole(count) + (count == 1 ? " event" : " events") }

    private var venueList: String { venues.sorted().joined(separator: ", ") }

    // MARK: Making things

    private func makeVenue(_ grid: SeatSupply.Grid) throws(BenchFailure) -> String {
        let venue = "\(prefix)-\(grid.seatCount)"
        guard !venues.contains(venue) else { return venue }
        var requests = ["VENUE ADD \(venue) name=\"Bench hall of \(grid.seatCount) seats\""]
        for section in 1...grid.sections {
            requests.append("SECTION ADD \(venue)/s\(section) rows=1-\(grid.rows) seats=1-\(grid.seats)")
        }
        try control.must(requests)
        venues.insert(venue)
        return venue
    }

    private func makeEvents(
        _ count: Int, venue: String, titles: inout [String]
    ) throws(BenchFailure) -> [String] {
        let ids = (0..<count).map { "\(prefix)-e\(eventsMade + $0)" }
        titles = (0..<count).map { SearchWorkload.title(eventsMade + $0) }
        eventsMade += count
        say("making \(Self.events(count)) at the venue \(venue)")
        openEvents += ids
        try control.must(
            zip(ids, titles).map { id, title in
                "EVENT ADD \(id) venue=\(venue) title=\"\(title)\" starts=2035-05-01T19:30Z currency=EUR price=4500"
                    + " hold=1h"
            })
        try control.must(ids.map { "EVENT OPEN \($0)" })
        return ids
    }

    private func cancelEvents() throws(BenchFailure) {
        let events = openEvents
        openEvents = []
        // Those that could not be made are not there: their refusals say nothing new.
        _ = try control.ask(events.map { "EVENT CANCEL \($0)" })
    }
}
