// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing
internal import TrigramSearch

/// One reader's own index over what is published: an event loop keeps one, so that looking an event up takes no lock
/// and shares nothing. It catches up when the house's generation moved.
final class HouseReader {
    let house: PublishedHouse
    @exclusivity(unchecked) private(set) var events: [PublishedEvent] = []
    /// Open addressing over the ids of `events`: number + 1, 0 for an empty place. At most half full.
    @exclusivity(unchecked) private var table: [UInt32] = Array(repeating: 0, count: 64)
    private var era: UInt64 = 0
    @exclusivity(unchecked) private var generation: UInt64 = 0
    private var sortedNumbers: [UInt32]?
    let search: SearchReader

    init(house: PublishedHouse) {
        self.house = house
        search = house.search.makeReader()
    }

    /// Takes in what was published since the last look.
    ///
    /// - Complexity: one atomic load where nothing was; O(new events) otherwise.
    func refresh() {
        let now = house.generation.load(ordering: .acquiring)
        guard now != generation else { return }
        generation = now
        sortedNumbers = nil
        house.directory.withLock { directory in
            if directory.era != era {
                era = directory.era
                events.removeAll()
                table = Array(repeating: 0, count: 64)
            }
            for number in events.count..<directory.events.count {
                let event = directory.events[number]
                events.append(event)
                if !event.isForgotten.load(ordering: .acquiring) { index(event) }
            }
        }
    }

    /// Lets go of a search index in whose place another is; the next query takes that up.
    func letGo() { search.letGo() }

    private func index(_ event: PublishedEvent) {
        if events.count * 2 > table.count {
            table = Array(repeating: 0, count: table.count * 4)
            for other in events where !other.isForgotten.load(ordering: .acquiring) { place(other) }
        } else {
            place(event)
        }
    }

    private func place(_ event: PublishedEvent) {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: event.idHash) & mask
        while table[slot] != 0 {
            if table[slot] == event.number + 1 { return }
            slot = (slot + 1) & mask
        }
        table[slot] = event.number + 1
    }

    /// The event of that id, draft or not.
    ///
    /// - Complexity: O(length of the id), expected.
    func event(id: Span<UInt8>) -> PublishedEvent? {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: StableHash.of(id)) & mask
        while table[slot] != 0 {
            let event = events[Int(table[slot]) - 1]
            if event.isCalled(id), !event.isForgotten.load(ordering: .relaxed) { return event }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The event that `argument` names, unless it is a draft and the asker is no operator.
    func visibleEvent(_ argument: Argument, of request: Request, in batch: RequestBatch) -> PublishedEvent? {
        guard let slot = batch.slot(argument, of: request) else { return nil }
        guard let event = event(id: batch.bytes(slot.text)) else { return nil }
        return Looks.sees(event, request) ? event : nil
    }

    func event(number: UInt32) -> PublishedEvent? {
        Int(number) < events.count ? events[Int(number)] : nil
    }

    /// All events in order of their ids' bytes: the order of `EVENT LIST`.
    ///
    /// - Complexity: O(n log n) the first time after an event was added, then O(1).
    func eventsInOrder() -> [UInt32] {
        if let sortedNumbers { return sortedNumbers }
        let sorted = events.filter { !$0.isForgotten.load(ordering: .relaxed) }
            .sorted { $0.idBytes.lexicographicallyPrecedes($1.idBytes) }.map(\.number)
        sortedNumbers = sorted
        return sorted
    }
}
