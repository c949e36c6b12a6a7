// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("The catalogue's journal")
struct CatalogueReplayTests {
    /// A desk at which everything that leads to a record was asked for.
    private func busyDesk() -> CatalogueDesk {
        let desk = CatalogueDesk()
        desk.ask(
            Ask(.venueAdd, [.venue: "globe", .name: "Le Globe", .city: "Lyon", .timeZone: "Europe/Paris"]).key("1"))
        desk.ask(Ask(.venueAdd, [.venue: "odeon", .name: "Odéon"]))
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "stalls", .rows: "A-C", .seats: "1-10", .category: "c"]))
        desk.ask(Ask(.sectionAdd, [.venue: "globe", .section: "box", .name: "Loge"]))
        desk.ask(
            Ask(
                .rowAdd,
                [
                    .venue: "globe", .section: "box", .row: "L", .seats: "a-c", .gaps: "a", .accessible: "b",
                    .categories: "a:vip", .xy: "0,0 1,1 2,2",
                ]))
        desk.ask(Ask(.areaAdd, [.venue: "globe", .area: "lawn", .capacity: "5", .xy: "1,2"]))
        desk.ask(Ask(.performerAdd, [.performer: "p", .name: "P"]).key("2"))
        desk.ask(Ask(.performerAdd, [.performer: "p", .name: "P"]).key("3"))
        desk.ask(Ask(.performerSet, [.performer: "p", .genre: "folk"]))
        desk.ask(Ask(.venueSet, [.venue: "odeon", .city: "Paris"]))
        desk.pass(seconds: Limits.keySeconds + 3_600)
        desk.runDue()
        desk.ask(Ask(.performerAdd, [.performer: "q", .name: "Q"]).key("4"))
        return desk
    }

    @Test("the busy desk has a record of every type but a reset")
    func coverage() {
        let types = Set(busyDesk().journal.map { $0[0] })
        #expect(
            types == [
                RecordType.founding, RecordType.keyOutcome, RecordType.keysExpired, RecordType.venueAdded,
                RecordType.venueChanged, RecordType.sectionAdded, RecordType.rowAdded, RecordType.areaAdded,
                RecordType.performerAdded, RecordType.performerChanged,
            ])
    }

    @Test("replay leads to the same digest and the same publications")
    func replay() throws {
        let desk = busyDesk()
        let again = try CatalogueDesk.replay(desk.journal)
        #expect(again.digest == desk.catalogue.digest)
        #expect(again.published == desk.catalogue.published)
        #expect(again.founding == desk.catalogue.founding)
        #expect(again.keyCount == desk.catalogue.keyCount)
        #expect(desk.catalogue.published.split(separator: "\n").count == 4)
    }

    @Test("what was published change by change is what publishing all gives")
    func publishedLive() {
        let desk = busyDesk()
        var last: [String: Substring] = [:]
        for line in desk.effects.text.split(separator: "\n") {
            last[line.split(separator: " ").prefix(2).joined(separator: " ")] = line
        }
        #expect(Set(last.values) == Set(desk.catalogue.published.split(separator: "\n")))
    }

    @Test("the digest is the sum of what there is, after every record")
    func digest() throws {
        let catalogue = Catalogue()
        var effects = Effects(isPublishing: false)
        var seen: Set<UInt64> = [catalogue.digest]
        for record in busyDesk().journal {
            try catalogue.apply(record, &effects)
            #expect(catalogue.recomputedContentDigest() == catalogue.contentDigest)
            // Every change shows in the digest.
            #expect(seen.insert(catalogue.digest).inserted)
        }
    }

    @Test("a journalled digest is compared")
    func digestRecord() throws {
        let desk = busyDesk()
        var record = RecordWriter()
        desk.catalogue.writeDigestRecord(at: desk.now, into: &record)
        desk.take(record)
        #expect(try CatalogueDesk.replay(desk.journal).digest == desk.catalogue.digest)
        // One record less before it, and it does not fit.
        var other = desk.journal
        other.remove(at: other.count - 2)
        #expect {
            try CatalogueDesk.replay(other)
        } throws: { error in
            if case .digestMismatch = error as? RecordError { true } else { false }
        }
    }

    @Test("a record cut anywhere is refused and changes nothing")
    func truncation() throws {
        let journal = busyDesk().journal
        for index in journal.indices {
            let catalogue = try CatalogueDesk.replay(journal[..<index])
            let digest = catalogue.digest
            var effects = Effects(isPublishing: true)
            for length in 0..<journal[index].count {
                let cut = Array(journal[index][..<length])
                #expect(throws: RecordError.self, "record \(index) cut to \(length)") {
                    try catalogue.apply(cut, &effects)
                }
            }
            #expect(catalogue.digest == digest)
            #expect(effects.publications.isEmpty)
            try catalogue.apply(journal[index], &effects)
        }
    }

    @Test("a record with any bit flipped is refused and changes nothing, or is another that applies whole")
    func flips() throws {
        let journal = busyDesk().journal
        for index in journal.indices {
            var catalogue = try CatalogueDesk.replay(journal[..<index])
            let digest = catalogue.digest
            for position in journal[index].indices {
                for bit in 0..<8 {
                    var flipped = journal[index]
                    flipped[position] ^= 1 << UInt8(bit)
                    var effects = Effects(isPublishing: false)
                    if (try? catalogue.apply(flipped, &effects)) == nil {
                        #expect(catalogue.digest == digest, "record \(index), byte \(position), bit \(bit)")
                    } else {
                        #expect(catalogue.recomputedContentDigest() == catalogue.contentDigest)
                        catalogue = try CatalogueDesk.replay(journal[..<index])
                    }
                }
            }
        }
    }

    @Test("nothing comes before the founding, and nothing founds twice")
    func founding() throws {
        let journal = busyDesk().journal
        #expect(throws: RecordError.self) { try CatalogueDesk.replay(journal[1...]) }
        #expect(throws: RecordError.self) { try CatalogueDesk.replay([journal[0], journal[0]]) }
        #expect(throws: RecordError.unknownType(0x7F)) {
            try CatalogueDesk.replay([journal[0], [0x7F, 0, 0, 0, 0, 0, 0, 0, 0]])
        }
        let founding = try FoundingRecord(reading: journal[0])
        #expect(founding == FoundingRecord(shard: FoundingRecord.catalogueShard, shards: 4, secret: Array(0..<32)))
    }

    @Test("the journal's bytes do not change from run to run")
    func golden() {
        // A digest over all bytes: if this fails, the format has changed, and yesterday's journals need a reader.
        var hash = SipHash(key: SipHash.Key(low: 1, high: 2))
        for record in busyDesk().journal { hash.update(record.span) }
        #expect(hash.finish() == 2_706_452_959_123_889_583)
        #expect(busyDesk().catalogue.digest == 2_491_781_174_374_481_708)
    }
}

extension FoundingRecord {
    init(reading bytes: [UInt8]) throws(RecordError) {
        try self.init(decoding: bytes.span)
    }
}
