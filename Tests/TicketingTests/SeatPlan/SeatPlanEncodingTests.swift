// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Encoded seat plans")
struct SeatPlanEncodingTests {
    /// What can be read of a plan, but for its hash.
    private func description(_ plan: SeatPlan) -> String {
        var text = "\(plan.sections) \(plan.rows) \(plan.areas) \(plan.categories) \(plan.placeCount)"
        for seat in 0..<UInt32(plan.seatCount) {
            let seat = SeatIndex(seat)
            text += " \(plan.address(of: seat)) \(plan.category(of: seat)) \(plan.isAccessible(seat))"
            text += " \(plan.isAisleAfter(seat)) \(plan.rowIndex(of: seat))"
            if let (x, y) = plan.position(of: seat) { text += " \(x) \(y)" }
        }
        return text
    }

    @Test("a plan reads back as it was", arguments: 0..<200 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = Seeded(seed)
        let plan = SeatPlanBuilder.random(&random).plan()
        let encoded = plan.encoded
        let decoded = try SeatPlan(reading: encoded)
        #expect(description(decoded) == description(plan))
        #expect(decoded.contentHash == plan.contentHash)
        #expect(decoded.encoded == encoded)
    }

    @Test("the empty plan and the theatre have the hashes they always had")
    func goldenHashes() throws {
        // Plans are named by hash in journals: if this fails, the format has changed and needs a version of its own.
        #expect(SeatPlan.empty.contentHash == PlanHash(high: 7_507_271_842_589_672_759, low: 7_331_715_533_902_131_018))
        let theatre = try SeatPlanBuilder.theatre().plan()
        #expect(theatre.contentHash == PlanHash(high: 2_723_070_990_997_627_679, low: 15_120_245_454_970_055_343))
    }

    @Test("a cut plan is refused wherever it is cut")
    func truncation() throws {
        let encoded = try SeatPlanBuilder.theatre().plan().encoded
        for length in 0..<encoded.count {
            #expect(throws: RecordError.self) {
                try SeatPlan(reading: Array(encoded[..<length]))
            }
        }
        #expect(throws: RecordError.self) { try SeatPlan(reading: encoded + [0]) }
    }

    @Test("a plan with any bit flipped is refused, or is another plan whose encoding it is")
    func flips() throws {
        let plan = try SeatPlanBuilder.theatre().plan()
        let encoded = plan.encoded
        var refused = 0
        for index in encoded.indices {
            for bit in 0..<8 {
                var flipped = encoded
                flipped[index] ^= 1 << UInt8(bit)
                guard let other = try? SeatPlan(reading: flipped) else {
                    refused += 1
                    continue
                }
                #expect(other.encoded == flipped)
                #expect(other.contentHash != plan.contentHash)
            }
        }
        #expect(refused > encoded.count)
    }

    @Test(
        "plans mangled at random are refused, or are plans whose encoding they are", arguments: 0..<20 as Range<UInt64>)
    func mangled(seed: UInt64) {
        var random = Seeded(seed + 1_000)
        let encoded = SeatPlanBuilder.random(&random).plan().encoded
        for _ in 0..<200 {
            var bytes = encoded
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1 where bytes.count > 1: bytes.remove(at: index)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                default: bytes.insert(contentsOf: bytes[index..<min(index + 8, bytes.count)], at: index)
                }
            }
            guard let plan = try? SeatPlan(reading: bytes) else { continue }
            #expect(plan.encoded == bytes)
        }
    }

    @Test("what claims to be huge is refused before it is believed")
    func hugeCounts() throws {
        var bytes: [UInt8] = [1]
        bytes += [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(throws: RecordError.self) { try SeatPlan(reading: bytes) }
        bytes += Array(repeating: 0, count: 100_000)
        #expect(throws: RecordError.self) { try SeatPlan(reading: bytes) }
    }

    @Test("a quarter of a million seats fit, and not one more")
    func seatLimit() throws {
        var builder = SeatPlanBuilder()
        let section = builder.section("s")
        for row in 0..<250 { try builder.row("r\(row)", of: section, seats: "1-1000") }
        #expect(builder.seatCount == Limits.seatsPerPlanMax)
        let one = RowDraft.one
        #expect(
            builder.addRows([one], toSection: section)
                == .limit(what: "numbered seats in a venue", max: Limits.seatsPerPlanMax))
        let plan = builder.plan()
        #expect(plan.resolve("s/r249/1000").places.seats == [SeatIndex(249_999)])
        #expect(plan.encoded.count < 10_000)
        #expect(try SeatPlan(reading: plan.encoded).contentHash == plan.contentHash)
    }

    @Test("sections, areas, rows, places and categories have limits, and each holds")
    func otherLimits() throws {
        var builder = SeatPlanBuilder()
        for section in 0..<Limits.sectionsPerPlanMax { builder.section("s\(section)") }
        #expect(
            builder.addSection(label: "one", name: "", category: "")
                == .limit(what: "sections in a venue", max: Limits.sectionsPerPlanMax))

        let many = (0..<Limits.rowsPerPlanMax).map { RowLayout(label: "r\($0)", like: RowDraft.one) }
        #expect(builder.addRows(many, toSection: 0) == nil)
        #expect(
            builder.addRows([RowDraft.one], toSection: 1)
                == .limit(what: "rows in a venue", max: Limits.rowsPerPlanMax))

        builder = SeatPlanBuilder()
        for area in 0..<Limits.sectionsPerPlanMax {
            let category = "c\(min(area, Limits.categoriesPerPlanMax - 1))"
            #expect(builder.addArea(AreaLayout(label: "a\(area)", name: "", category: category, capacity: 1)) == nil)
        }
        #expect(
            builder.addArea(AreaLayout(label: "one", name: "", category: "c0", capacity: 1))
                == .limit(what: "areas in a venue", max: Limits.sectionsPerPlanMax))

        builder = SeatPlanBuilder()
        for category in 0..<Limits.categoriesPerPlanMax {
            _ = builder.addArea(AreaLayout(label: "a\(category)", name: "", category: "c\(category)", capacity: 1))
        }
        #expect(
            builder.problem(adding: AreaLayout(label: "x", name: "", category: "new", capacity: 1))
                == .limit(what: "price categories in a venue", max: Limits.categoriesPerPlanMax))
        let room = Limits.placesPerPlanMax - builder.placeCount
        #expect(builder.problem(adding: AreaLayout(label: "x", name: "", category: "c0", capacity: room)) == nil)
        for capacity in [room + 1, .max] {
            #expect(
                builder.problem(adding: AreaLayout(label: "x", name: "", category: "c0", capacity: capacity))
                    == .limit(what: "seats and places in a venue", max: Limits.placesPerPlanMax))
        }
    }
}

extension RowDraft {
    /// A row of one seat.
    static var one: RowLayout {
        var labels = LabelList()
        labels.append("1")
        return RowLayout(label: "one", name: "", labels: labels, categories: ["std"], flags: [[]], positions: [])
    }
}
