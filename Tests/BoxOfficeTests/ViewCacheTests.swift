// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing
import Ticketing

@testable import BoxOffice

@Suite("The views that a loop keeps")
struct ViewCacheTests {
    private func event(_ number: UInt32) -> PublishedEvent {
        PublishedEvent(
            facts: EventFacts(
                index: EventIndex(number), id: "e\(number)", venueID: "v", title: "", state: .onSale,
                starts: .earliest, startsOffsetMinutes: 0, ends: nil, type: "", performerIDs: [], description: "",
                currency: "EUR", onsale: nil, holdSeconds: 600, limit: 8, prices: [], plan: SeatPlan(), sequence: 1),
            number: number, shard: 0)
    }

    private func find(
        _ event: PublishedEvent, in cache: borrowing ViewCache, catalogue: UInt64, asJSON: Bool
    ) -> [UInt8]? {
        var output: [UInt8] = [9]
        guard cache.append(event, catalogue: catalogue, asJSON: asJSON, to: &output) else { return nil }
        return Array(output.dropFirst())
    }

    @Test("are as many as the limit takes; one byte more, and only the newest is left")
    func limit() {
        var cache = ViewCache(bytesMax: 1_000)
        let events = (0..<4).map { event($0) }
        for event in events[0..<2] {
            cache.keep(
                Array(repeating: 1, count: 500), of: ViewCache.Stamp(event: event, changes: event.stamp, catalogue: 3),
                asJSON: false)
        }
        #expect(cache.bytes == 1_000)
        #expect(events[0..<2].allSatisfy { find($0, in: cache, catalogue: 3, asJSON: false)?.count == 500 })
        #expect(find(events[0], in: cache, catalogue: 3, asJSON: true) == nil)
        #expect(find(events[0], in: cache, catalogue: 4, asJSON: false) == nil)
        cache.keep([2], of: ViewCache.Stamp(event: events[2], changes: events[2].stamp, catalogue: 3), asJSON: true)
        #expect(cache.bytes == 1)
        #expect(events[0..<2].allSatisfy { find($0, in: cache, catalogue: 3, asJSON: false) == nil })
        #expect(find(events[2], in: cache, catalogue: 3, asJSON: true) == [2])
        cache.keep(
            Array(repeating: 1, count: 1_001),
            of: ViewCache.Stamp(event: events[3], changes: events[3].stamp, catalogue: 3), asJSON: false)
        #expect(find(events[3], in: cache, catalogue: 3, asJSON: false) == nil)
        #expect(find(events[2], in: cache, catalogue: 3, asJSON: true) == [2])
    }

    @Test("are those of one event, not of another that has its number")
    func sameNumber() {
        var cache = ViewCache(bytesMax: 1_000)
        let (one, other) = (event(7), event(7))
        cache.keep([1], of: ViewCache.Stamp(event: one, changes: one.stamp, catalogue: 0), asJSON: false)
        #expect(find(one, in: cache, catalogue: 0, asJSON: false) == [1])
        #expect(find(other, in: cache, catalogue: 0, asJSON: false) == nil)
    }

    @Test("take the place of what they were, in either form")
    func replacing() {
        var cache = ViewCache(bytesMax: 1_000)
        let event = event(0)
        func keep(_ bytes: [UInt8], asJSON: Bool) {
            cache.keep(
                bytes, of: ViewCache.Stamp(event: event, changes: event.stamp, catalogue: 0), asJSON: asJSON)
        }
        keep([1, 2, 3], asJSON: false)
        keep([4, 5], asJSON: true)
        #expect(cache.bytes == 5)
        keep([6], asJSON: false)
        #expect(cache.bytes == 3 && find(event, in: cache, catalogue: 0, asJSON: true) == [4, 5])
        event.beginChange()
        event.endChange(sequence: 2)
        #expect(find(event, in: cache, catalogue: 0, asJSON: false) == nil)
        keep([7], asJSON: false)
        #expect(find(event, in: cache, catalogue: 0, asJSON: true) == nil, "the other form is of before the change")
        #expect(cache.bytes == 1)
    }
}
