// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing
import Ticketing

@testable import Audit

@Suite("Inspecting")
struct InspectionTests {
    private func lines(of records: [[UInt8]]) -> [String] {
        var description = RecordDescription()
        return records.map { record in
            var item = InspectedItem("record")
            description.describe(record.span, into: &item)
            return item.text
        }
    }

    @Test("a record shows every field by its name, and seats by their addresses")
    func records() {
        let office = Office()
        let before = office.records.count
        office("HOLD gala stalls/A/1-2 key=ada-1", as: "ada")
        let held = office("HOLD gala lawn:2", as: "ada")
        office("PAY \(held["hold"]) amount=2000 method=test token=paid:30s")
        office.advance(seconds: 31)
        office("CONFIRM \(held["hold"])")
        office.advance(seconds: 60)
        let shown = lines(of: office.records)
        #expect(
            shown[0]
                == "record type=founding time=2030-03-17T17:46:40Z owner=\"shard 0\" shards=1 secret=redacted")
        let id = held["hold"]
        #expect(
            Array(shown[before...]) == [
                "record type=held time=2030-03-17T17:46:40Z hold=1 holdID=\(Self.hold1) event=0 id=gala buyer=ada "
                    + "ends=2030-03-17T17:47:40Z seats=stalls/A/1,stalls/A/2 prices=4500,4500",
                "record type=key-outcome time=2030-03-17T17:46:40Z key=redacted reply=\"OK hold=\(Self.hold1) "
                    + "seats=stalls/A/1,stalls/A/2 total=9000 currency=EUR ttl=60 expires=2030-03-17T17:47:40Z\"",
                "record type=held time=2030-03-17T17:46:40Z hold=2 holdID=\(id) event=0 id=gala buyer=ada "
                    + "ends=2030-03-17T17:47:40Z seats=lawn,lawn prices=1000,1000",
                "record type=paid time=2030-03-17T17:46:40Z hold=2 holdID=\(id) event=0 id=gala payment=1 "
                    + "paymentID=\(Self.payment1) method=test state=paying total=2000 outcome=2030-03-17T17:47:10Z "
                    + "succeeds=yes",
                "record type=hold-moved time=2030-03-17T17:47:11Z hold=2 holdID=\(id) event=0 id=gala move=paid "
                    + "when=2030-03-17T17:47:10Z",
                "record type=confirmed time=2030-03-17T17:47:11Z hold=2 holdID=\(id) event=0 id=gala order=1 "
                    + "orderID=\(Self.order1) firstTicket=1 firstTicketID=\(Self.ticket1)",
                "record type=hold-moved time=2030-03-17T17:48:11Z hold=1 holdID=\(Self.hold1) event=0 id=gala "
                    + "move=expired when=2030-03-17T17:47:40Z",
            ])
    }

    @Test("every kind of thing that is shown can be asked for by its name")
    func types() {
        #expect(Set(Inspection.types).isSuperset(of: ["held", "venue-added", "block", "head", "footer", "torn-tail"]))
        #expect(Set(Inspection.types).count == Inspection.types.count)
    }

    // Ids under the secret of the tests: 0, 1, 2 … 31.
    private static let hold1 = "HBFY0KKTYHN7N1"
    private static let payment1 = "P74J0H5KVXXW9S"
    private static let order1 = "ODMWYYCCMWCSDV"
    private static let ticket1 = "T0EAM13FFE6962"

    @Test("neither the secret nor a ticket's code is shown, whatever is inspected")
    func secrets() {
        let office = Office()
        let held = office("HOLD gala stalls/A/1 key=k1")
        office("PAY \(held["hold"]) amount=4500 method=cash key=k2")
        let order = office("CONFIRM \(held["hold"]) key=k3")
        #expect(order["codes"].count == TicketCode.textBytes)
        office("CHECKIN \(order["codes"]) gate=north key=k4")
        let shown = lines(of: office.records).joined(separator: "\n")
        #expect(shown.contains("tickets=\(order["tickets"])") && shown.contains("codes=redacted"))
        #expect(!shown.contains(order["codes"]) && !shown.contains("k3"))
        let secret = Office.secret.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(!shown.contains(secret))
    }

    @Test("every kind of record that random sales write is shown whole", arguments: 1...4)
    func everyRecord(seed: UInt64) {
        var run = RandomSales(seed: seed)
        for _ in 0..<500 { run.step() }
        for line in lines(of: run.office.records) + lines(of: run.office.catalogueRecords) {
            #expect(!line.contains("malformed") && !line.contains("unknown"), "\(line)")
        }
    }

    @Test("a directory is shown with its house, journals and records, as text and as JSON, and filtered")
    func directory() async throws {
        try await HouseOnDisk.with { office in
            try await office.openGala()
            try await office.must("HOLD gala stalls/A/1")
            func inspect(_ path: String, _ change: (inout Inspection.Filter) -> Void = { _ in }, json: Bool = false)
                throws
                -> [String]
            {
                var filter = Inspection.Filter()
                change(&filter)
                var lines: [String] = []
                #expect(try Inspection(path, filter: filter).run(asJSON: json) { lines.append($0) })
                return lines
            }
            let all = try inspect(office.directory)
            #expect(all.first == "house format=1 shards=2 founded=yes secret=redacted")
            #expect(all.contains { $0.hasPrefix("block journal=catalogue sequence=1 segment=1 offset=4096") })
            let held = try inspect(office.directory, { $0.types = ["held"] }, json: true)
            #expect(held.count == 1)
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data((held.first ?? "").utf8)) as? [String: Any])
            #expect(object["id"] as? String == "gala" && object["seats"] as? [String] == ["stalls/A/1"])
            let ofGala = try inspect(office.directory) { $0.event = "gala" }
            #expect(ofGala.count == 3 && ofGala.allSatisfy { $0.contains("id=gala") }, "\(ofGala)")
            let first = try inspect(office.directory + "/catalogue/00000001.journal") { $0.sequences = 1...1 }
            #expect(first.count == 3 && first[2].contains("type=founding"), "\(first)")
            #expect(throws: AuditError.nothingToInspect("/nowhere")) { try Inspection("/nowhere") }
        }
    }
}
