// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
package import Ticketing
internal import TrigramSearch

/// All that is published for readers: the directory of events, the catalogue's venues and performers, and the search
/// index that is fed from them. Shard threads and the catalogue's write here, after durability; event loops read.
///
/// The directory only grows (but for `RESET`), so a reader keeps its own index over it and catches up by reading what
/// was appended since: it checks one atomic number a tick.
package final class PublishedHouse: Sendable {
    struct Directory {
        /// Bumped by every `RESET`: readers then forget what they indexed.
        var era: UInt64 = 0
        var events: [PublishedEvent] = []
    }

    struct CatalogueView {
        var venues: [String: VenueFacts] = [:]
        var performers: [String: PerformerFacts] = [:]
        /// The ids of both, for lists.
        var venueOrder = IDOrder<String>()
        var performerOrder = IDOrder<String>()
        /// Events by venue and performer, so that a new name reaches the search.
        var eventsByVenue: [String: [UInt32]] = [:]
        var eventsByPerformer: [String: [UInt32]] = [:]
    }

    let directory = Mutex(Directory())
    let catalogue = Mutex(CatalogueView())
    /// Counts appended events and resets; what readers check.
    let generation = Atomic<UInt64>(0)
    /// Counts changes of the catalogue: part of the stamp of what is rendered with names of venues and performers.
    let catalogueStamp = Atomic<UInt64>(0)
    let search: SearchFeed
    private let demand = DemandFeed()
    private let time: Mutex<ShardTime>

    /// - Parameter inBackground: Runs the upkeep of the search index that nobody waits for.
    package init(
        clock: any HouseClock,
        inBackground: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = SearchFeed.detached
    ) {
        search = SearchFeed(inBackground: inBackground)
        time = Mutex(ShardTime(clock: clock, lastRecorded: nil))
    }

    /// The time as readers are told it: never behind that of a shard, nor behind what was said before.
    package func now() -> Instant { time.withLock { $0.now() } }

    /// Has the search rank by the demand of the minute of `now`: what is sold later in that minute moves nothing.
    ///
    /// - Complexity: one atomic load; the first time in a minute O(events of which another share is taken).
    func refreshDemand(at now: Instant) {
        guard demand.isDue(at: now) else { return }
        demand.makeVersion(at: now, for: search) { number in directory.withLock { $0.events[Int(number)] } }
    }

    /// A shard says which time it has reached, where it is not the wall clock's.
    package func noteTime(_ instant: Instant) { time.withLock { $0.raise(to: instant) } }

    /// Carries out what a durable change publishes, in order. Called on the thread of the shard that made the change.
    ///
    /// - Complexity: O(publications), without locks but where facts are among them.
    func publish(_ effects: borrowing Effects, shard: Int, events: inout [PublishedEvent?]) {
        // Not counted for each change: `events` keeps it while it is open.
        var open: Unmanaged<PublishedEvent>?
        var openIndex = -1
        var openSequence: UInt64 = 0
        func endChange() { open?._withUnsafeGuaranteedRef { $0.endChange(sequence: openSequence) } }
        var touchesSearch = false
        PublishedEvent.fetch(for: effects.publications, in: events)
        for publication in effects.publications {
            switch publication.kind {
            case .seat, .area:
                let index = Int(publication.event.rawValue)
                if index != openIndex {
                    guard index < events.count, let event = events[index] else { continue }
                    endChange()
                    event.beginChange()
                    open = .passUnretained(event)
                    openIndex = index
                }
                openSequence = publication.sequence
                open?._withUnsafeGuaranteedRef { event in
                    if publication.kind == .seat {
                        event.setSeat(publication.place, publication.state)
                    } else {
                        event.setArea(
                            publication.place, held: publication.held, sold: publication.sold,
                            blocked: publication.blocked)
                    }
                }
            case .facts:
                touchesSearch = true
                endChange()
                open = nil
                openIndex = -1
                publishFacts(effects.facts[Int(publication.place)], shard: shard, events: &events)
            case .venue:
                touchesSearch = true
                publishVenue(effects.venues[Int(publication.place)])
            case .performer:
                touchesSearch = true
                publishPerformer(effects.performers[Int(publication.place)])
            case .reset:
                touchesSearch = true
                endChange()
                open = nil
                openIndex = -1
                if shard < 0 { resetCatalogue() } else { reset(shard: shard, events: &events) }
            }
        }
        endChange()
        if touchesSearch { search.commit() }
    }

    /// Events published so far, forgotten ones included.
    var eventCount: Int { directory.withLock { $0.events.count } }

    // MARK: Events

    private func publishFacts(_ facts: EventFacts, shard: Int, events: inout [PublishedEvent?]) {
        let index = Int(facts.index.rawValue)
        if index < events.count, let event = events[index] {
            let before = event.currentFacts()
            event.beginChange()
            event.setFacts(facts)
            event.endChange(sequence: facts.sequence)
            if SearchFeed.textDiffers(before, facts) {
                relink(event.number, from: before, to: facts)
                search.put(event, in: self)
            }
            return
        }
        let event = directory.withLock { directory in
            let event = PublishedEvent(
                facts: facts, number: UInt32(directory.events.count), shard: shard, demand: demand)
            directory.events.append(event)
            return event
        }
        while events.count <= index { events.append(nil) }
        events[index] = event
        relink(event.number, from: nil, to: facts)
        search.put(event, in: self)
        generation.wrappingAdd(1, ordering: .releasing)
    }

    private func relink(_ number: UInt32, from before: EventFacts?, to after: EventFacts) {
        catalogue.withLock { view in
            if before == nil { view.eventsByVenue[after.venueID, default: []].append(number) }
            if let before {
                for performer in before.performerIDs where !after.performerIDs.contains(performer) {
                    view.eventsByPerformer[performer]?.removeAll { $0 == number }
                }
            }
            for performer in after.performerIDs where before?.performerIDs.contains(performer) != true {
                view.eventsByPerformer[performer, default: []].append(number)
            }
        }
    }

    private func reset(shard: Int, events: inout [PublishedEvent?]) {
        events.removeAll()
        let gone = directory.withLock { directory -> [UInt32] in
            // Numbers are never reused within an era of the search, so the others keep theirs.
            let gone = directory.events.filter { $0.shard == shard }.map(\.number)
            directory.era += 1
            for number in gone { directory.events[Int(number)].isForgotten.store(true, ordering: .releasing) }
            return gone
        }
        let forgotten = Set(gone)
        catalogue.withLock { view in
            for id in view.eventsByVenue.keys { view.eventsByVenue[id]?.removeAll { forgotten.contains($0) } }
            for id in view.eventsByPerformer.keys { view.eventsByPerformer[id]?.removeAll { forgotten.contains($0) } }
        }
        for number in gone { search.remove(number) }
        generation.wrappingAdd(1, ordering: .releasing)
    }

    // MARK: Catalogue

    /// The names that a document of the search and a view show beside the event's own.
    struct Names {
        var venue: VenueFacts?
        var performers: [PerformerFacts]
    }

    func names(for facts: EventFacts) -> Names {
        catalogue.withLock { view in
            Names(venue: view.venues[facts.venueID], performers: facts.performerIDs.compactMap { view.performers[$0] })
        }
    }

    private func publishVenue(_ venue: VenueFacts) {
        let touched = catalogue.withLock { view -> [UInt32] in
            let before = view.venues.updateValue(venue, forKey: venue.id)
            if before == nil { view.venueOrder.insert(venue.id) }
            let same = before.map { $0.name == venue.name && $0.city == venue.city && $0.country == venue.country }
            return same == true ? [] : view.eventsByVenue[venue.id] ?? []
        }
        catalogueStamp.wrappingAdd(1, ordering: .releasing)
        refreshSearch(of: touched)
    }

    private func publishPerformer(_ performer: PerformerFacts) {
        let touched = catalogue.withLock { view -> [UInt32] in
            let before = view.performers.updateValue(performer, forKey: performer.id)
            if before == nil { view.performerOrder.insert(performer.id) }
            return before?.name == performer.name ? [] : view.eventsByPerformer[performer.id] ?? []
        }
        catalogueStamp.wrappingAdd(1, ordering: .releasing)
        refreshSearch(of: touched)
    }

    private func refreshSearch(of numbers: [UInt32]) {
        for number in numbers {
            search.put(directory.withLock { $0.events[Int(number)] }, in: self)
        }
    }

    private func resetCatalogue() {
        catalogue.withLock { view in
            view.venues = [:]
            view.performers = [:]
            view.venueOrder = IDOrder()
            view.performerOrder = IDOrder()
        }
        catalogueStamp.wrappingAdd(1, ordering: .releasing)
    }
}
