// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Snapshots of a catalogue")
struct CatalogueSnapshotTests {
    private func fill(_ desk: CatalogueDesk, _ numbers: Range<Int>) {
        for number in numbers {
            desk.ask(
                Ask(.venueAdd, [.venue: "v\(number)", .name: "Salle №\(number)", .city: "Łódź"]).key("k\(number)"))
            desk.ask(
                Ask(
                    .sectionAdd,
                    [.venue: "v\(number)", .section: "stalls", .rows: "A-C", .seats: "1-9/2", .category: "front"]))
            desk.ask(Ask(.sectionAdd, [.venue: "v\(number)", .section: "box", .name: "Loge", .category: "vip"]))
            desk.ask(
                Ask(.rowAdd, [.venue: "v\(number)", .section: "box", .row: "L", .seats: "a-c", .xy: "0,0 1,1 2,2"]))
            desk.ask(Ask(.areaAdd, [.venue: "v\(number)", .area: "lawn", .capacity: "5", .xy: "1,2"]))
            desk.ask(Ask(.performerAdd, [.performer: "p\(number)", .name: "Beyoncé \(number)", .genre: "soul"]))
        }
    }

    @Test("a catalogue captured while it changes is that of the cut, and goes on as it")
    func whileWorking() throws {
        let desk = CatalogueDesk()
        fill(desk, 0..<40)
        let cut = desk.journal.count
        let digest = desk.catalogue.digest
        let published = desk.catalogue.published
        var step = 0
        let frames = try #require(
            desk.catalogue.captured(stepBytes: 100) {
                // From the end, so that things change before their turn.
                let number = 39 - step % 40
                desk.ask(Ask(.venueSet, [.venue: "v\(number)", .name: "Other \(step)"]))
                desk.ask(Ask(.rowAdd, [.venue: "v\(number)", .section: "box", .row: "R\(step)", .seats: "1-4"]))
                desk.ask(Ask(.performerSet, [.performer: "p\(number)", .name: "Other \(step)"]))
                desk.ask(Ask(.performerAdd, [.performer: "n\(step)", .name: "New"]))
                step += 1
            })
        #expect(step > 10)
        let restored = try Catalogue.restored(frames)
        #expect(restored.digest == digest)
        #expect(restored.published == published)
        #expect(restored.digest == restored.contentDigest &+ restored.keys.digest &+ StateMix.mix(restored.founding!))
        var effects = Effects(isPublishing: false)
        for record in desk.journal[cut...] { try restored.apply(record: record.span, effects: &effects) }
        #expect(restored.digest == desk.catalogue.digest)
        #expect(restored.published == desk.catalogue.published)
        #expect(restored.lastRecorded == desk.catalogue.lastRecorded)
    }

    @Test("a section of a restored venue gives its next rows its category")
    func sectionCategory() throws {
        let desk = CatalogueDesk()
        desk.ask(Ask(.venueAdd, [.venue: "v", .name: "V"]))
        desk.ask(Ask(.sectionAdd, [.venue: "v", .section: "box", .category: "vip"]))
        let restored = try Catalogue.restored(try #require(desk.catalogue.captured()))
        #expect(restored.venues[0].builder.sections[0].category == "vip")
        #expect(restored.digest == desk.catalogue.digest)
    }

    @Test("the time of the last record is in a snapshot as after replay: of a kept refusal, of a sweep, of a digest")
    func timeOfTheLastRecord() throws {
        let desk = CatalogueDesk()
        func expectTime(_ what: Comment) throws {
            let restored = try Catalogue.restored(try #require(desk.catalogue.captured()))
            #expect(restored.lastRecorded == desk.now, what)
            #expect(try CatalogueDesk.replay(desk.journal).lastRecorded == desk.now, what)
        }
        try expectTime("founding")
        desk.pass(seconds: 1)
        desk.ask(Ask(.venueAdd, [.venue: "v", .name: "V"]))
        try expectTime("a change")
        desk.pass(seconds: 1)
        #expect(desk.ask(Ask(.venueAdd, [.venue: "v", .name: "W"]).key("k")).hasPrefix("ERR exists"))
        try expectTime("a refusal that is kept beside its key")
        desk.pass(seconds: Limits.keySeconds + KeyTable.sweepDelaySeconds)
        desk.runDue()
        #expect(desk.catalogue.keys.count == 0)
        try expectTime("a sweep of keys that ended")
        desk.pass(seconds: 1)
        var record = RecordWriter()
        desk.catalogue.writeDigestRecord(at: desk.now, into: &record)
        desk.take(record)
        try expectTime("a digest")
    }

    @Test("RESET makes a capture void")
    func reset() {
        let desk = CatalogueDesk()
        fill(desk, 0..<5)
        var isFirst = true
        let frames = desk.catalogue.captured(stepBytes: 10) {
            var record = RecordWriter()
            var effects = Effects(isPublishing: false)
            if isFirst { desk.catalogue.reset(at: desk.now, record: &record, effects: &effects) }
            isFirst = false
        }
        #expect(frames == nil)
    }

    @Test("every byte of a snapshot's content changed is an error or changes nothing")
    func flippedBytes() throws {
        let desk = CatalogueDesk()
        fill(desk, 0..<1)
        let frames = try #require(desk.catalogue.captured())
        for number in frames.frames.indices {
            for at in frames.frames[number].indices {
                var flipped = frames
                flipped.frames[number][at] ^= 1 << UInt8(at % 8)
                guard let restored = try? Catalogue.restored(flipped) else { continue }
                #expect(restored.digest == desk.catalogue.digest, "frame \(number), byte \(at)")
                #expect(restored.published == desk.catalogue.published, "frame \(number), byte \(at)")
            }
        }
    }
}
