// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing
internal import TrigramSearch

/// Feeds the search with what is published: an event becomes a document with the names of its venue and performers.
///
/// A document is put together and handed over under one lock, so that a venue renamed on one thread and an event changed
/// on another cannot leave older names behind. States, prices and free seats are no part of a document: selling a seat
/// touches no text, and a query reads them live; how much an event is wanted is told apart, by the minute. Only whether an
/// event is a draft, hidden from buyers, is noted too: so that nothing is to be asked of it for a query that is about
/// neither price nor seats.
package final class SearchFeed: Sendable {
    private let index = SearchIndex()
    private let inBackground: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let writing = Mutex(Writing())

    private struct Writing {
        /// Changes gathered since the last ``commit()``.
        var isDirty = false
        var isMerging = false
    }

    init(inBackground: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
        self.inBackground = inBackground
    }

    /// Work of low priority on a thread of its own.
    package static let detached: @Sendable (@escaping @Sendable () -> Void) -> Void = { work in
        Task.detached(priority: .utility) { work() }
    }

    func makeReader() -> SearchReader { index.makeReader() }

    /// Puts the event's document in, or in the place of the one that it had.
    func put(_ event: PublishedEvent, in house: PublishedHouse) {
        writing.withLock { writing in
            if event.isForgotten.load(ordering: .acquiring) { return }
            let facts = event.currentFacts()
            // What is cancelled leaves the search; a draft is in it for operators only.
            if facts.state == .cancelled {
                index.remove(event.number)
            } else {
                index.update(Self.document(of: event, facts, house.names(for: facts)))
            }
            writing.isDirty = true
        }
    }

    func remove(_ number: UInt32) {
        writing.withLock { writing in
            index.remove(number)
            writing.isDirty = true
        }
    }

    /// Makes what was put and removed since visible to every query that begins from now on.
    func commit() {
        writing.withLock { writing in
            guard writing.isDirty else { return }
            writing.isDirty = false
            index.publish()
            guard index.isMergeDue, !writing.isMerging else { return }
            writing.isMerging = true
            inBackground { [self] in merge() }
        }
    }

    /// Joins small parts of the index into larger ones, on a thread of its own; neither writers nor readers wait for it.
    private func merge() {
        var isDone = false
        while !isDone {
            while index.isMergeDue { index.merge() }
            // Whoever published since leaves the merging to this thread, while it says that it is at it.
            isDone = writing.withLock { writing in
                writing.isMerging = index.isMergeDue
                return !writing.isMerging
            }
        }
    }

    /// Ranks by these levels of demand from now on.
    func setDemand(_ levels: [(number: UInt32, level: Int)], version: UInt32) {
        index.setDemand(levels, version: version)
    }

    /// Whether anything that the search knows of an event differs between two of its facts.
    static func textDiffers(_ one: EventFacts, _ other: EventFacts) -> Bool {
        one.title != other.title || one.description != other.description || one.type != other.type
            || one.performerIDs != other.performerIDs || one.starts != other.starts
            || one.startsOffsetMinutes != other.startsOffsetMinutes
            || (one.state == .draft) != (other.state == .draft)
            || (one.state == .cancelled) != (other.state == .cancelled)
    }

    private static func document(
        of event: PublishedEvent, _ facts: EventFacts, _ names: PublishedHouse.Names
    ) -> SearchDocument {
        SearchDocument(
            number: event.number, id: facts.id, title: facts.title, performers: names.performers.map(\.name),
            performerIDs: facts.performerIDs, venue: names.venue?.name ?? "", city: names.venue?.city ?? "",
            description: facts.description,
            locations: [facts.venueID, names.venue?.country ?? ""].filter { !$0.isEmpty },
            type: facts.type, startsMilliseconds: facts.starts.milliseconds,
            localDay: SearchDocument.localDay(
                startsMilliseconds: facts.starts.milliseconds, offsetMinutes: Int(facts.startsOffsetMinutes)),
            isHidden: facts.state == .draft)
    }
}
