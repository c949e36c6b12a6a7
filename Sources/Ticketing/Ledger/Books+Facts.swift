// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What readers are told of an event.
extension Books {
    /// All of an event but the states of its seats.
    ///
    /// - Complexity: O(texts + categories); it makes Strings.
    func facts(of event: Int) -> EventFacts {
        let entry = events[event]
        let texts = eventTexts.span(at: entry.texts, count: Int(entry.textBytes))
        let plan = plans[Int(entry.plan)]
        let performers = EventTexts.string(.performers, of: texts)
        let prices = plan.categories.indices.map { price(event, category: $0) }
        return EventFacts(
            index: EventIndex(UInt32(event)), id: EventTexts.string(.id, of: texts),
            venueID: EventTexts.string(.venue, of: texts), title: EventTexts.string(.title, of: texts),
            state: entry.state, starts: Instant(milliseconds: entry.starts), startsOffsetMinutes: entry.startsOffset,
            ends: Self.optional(entry.ends), type: EventTexts.string(.type, of: texts),
            performerIDs: performers.isEmpty ? [] : performers.split(separator: ",").map(String.init),
            description: EventTexts.string(.description, of: texts),
            currency: Currency(packed: entry.currency)?.text ?? "", onsale: Self.optional(entry.onsale),
            holdSeconds: Int64(entry.holdSeconds), limit: Int(entry.limit),
            prices: prices, plan: plan, sequence: entry.sequence)
    }

    private static func optional(_ milliseconds: Int64) -> Instant? {
        milliseconds == Instant.never.milliseconds ? nil : Instant(milliseconds: milliseconds)
    }

    func publishFacts(_ event: Int, effects: inout Effects) {
        guard effects.isPublishing else { return }
        effects.publications.append(
            Publication(
                kind: .facts, event: EventIndex(UInt32(event)), place: UInt32(effects.facts.count),
                sequence: events[event].sequence))
        effects.facts.append(facts(of: event))
    }

    /// Everything that readers see, in the order of events: the facts of each, then its seats and areas that are not
    /// free. For the start, after replay.
    func publishAll(into effects: inout Effects) {
        for event in 0..<events.count {
            publishFacts(event, effects: &effects)
            let entry = events[event]
            let plan = plans[Int(entry.plan)]
            for seat in 0..<plan.seatCount {
                let index = SeatIndex(UInt32(seat))
                let state = seatState(event, index)
                guard state != .free, effects.isPublishing else { continue }
                effects.publications.append(
                    Publication(
                        kind: .seat, event: EventIndex(UInt32(event)), place: index.rawValue, state: state,
                        sequence: entry.sequence))
            }
            for area in plan.areas.indices where self.area(event, area).taken > 0 {
                publishArea(event, area, sequence: entry.sequence, effects: &effects)
            }
        }
    }
}

/// A currency of ISO 4217: three upper-case letters in one integer, the first in the lowest byte.
struct Currency: Equatable, BitwiseCopyable {
    let packed: UInt32

    /// Nil where the integer is not three upper-case letters.
    init?(packed: UInt32) {
        guard packed >> 24 == 0 else { return nil }
        guard Self.isLetter(packed), Self.isLetter(packed >> 8), Self.isLetter(packed >> 16) else { return nil }
        self.packed = packed
    }

    @inline(__always)
    private static func isLetter(_ byte: UInt32) -> Bool {
        UInt8(truncatingIfNeeded: byte) &- UInt8(ascii: "A") < 26
    }

    /// Three letters of either case.
    init?(_ text: Span<UInt8>) {
        guard text.count == 3 else { return nil }
        var packed: UInt32 = 0
        for index in 0..<3 {
            let isLower = text[index] >= UInt8(ascii: "a") && text[index] <= UInt8(ascii: "z")
            packed |= UInt32(isLower ? text[index] - 32 : text[index]) << UInt32(8 * index)
        }
        self.init(packed: packed)
    }

    func append(to reply: inout ReplyWriter) {
        let packed = packed
        reply.appendText(count: 3) { text in
            text.storeBytes(of: UInt16(truncatingIfNeeded: packed).littleEndian, as: UInt16.self)
            text.storeBytes(of: UInt8(truncatingIfNeeded: packed >> 16), toByteOffset: 2, as: UInt8.self)
        }
    }

    var text: String {
        String(
            decoding: [
                UInt8(truncatingIfNeeded: packed), UInt8(truncatingIfNeeded: packed >> 8),
                UInt8(truncatingIfNeeded: packed >> 16),
            ], as: UTF8.self)
    }
}
