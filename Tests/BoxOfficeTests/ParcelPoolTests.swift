// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOfficeTesting
import Synchronization
import Testing
import Ticketing

@testable import BoxOffice

@Suite("Parcels for the next requests")
struct ParcelPoolTests {
    /// A house of one shard that keeps what is posted to it until it is told to answer.
    private final class PatientHouse: DeskHouse, ConversationOutput {
        let shardCount = 1
        let published = PublishedHouse(clock: ManualClock(at: Instant(milliseconds: 1_900_000_000_000)))
        let issuedIDKeys = IssuedIDKeys(secret: Array(0..<32))
        let isTestMode = true
        private let posted = Mutex<[Parcel]>([])

        func post(_ parcel: Parcel, to destination: Int) { posted.withLock { $0.append(parcel) } }

        /// Answers all that was posted with replies of so many bytes each, in lines of up to 50,000.
        func answer(bytes: Int) {
            let parcels = posted.withLock { posted in
                defer { posted = [] }
                return posted
            }
            for parcel in parcels {
                for request in parcel.requests.requests {
                    parcel.replies.begin(client: request.client, ticket: request.ticket)
                    for length in stride(from: bytes, to: 0, by: -50_000) {
                        parcel.replies.line(.row)
                        parcel.replies.field(.name, String(repeating: "x", count: min(length, 50_000)))
                    }
                    parcel.replies.line(.ok)
                    parcel.replies.end()
                }
                parcel.address?.deliver(parcel)
            }
        }

        func conversation(_ conversation: Conversation, writes bytes: Span<UInt8>) {}
        func conversationIsOver(_ conversation: Conversation, lingering: Bool) {}
        func conversationChangedAppetite() {}
    }

    @Test("the memory that fat replies took is given back, and that of usual ones is kept")
    func fatReplies() {
        let house = PatientHouse()
        let desk = Desk(of: house) {}
        let conversation = desk.open(house)
        func ask(parcels: Int, bytes: Int) {
            for _ in 0..<parcels {
                Array("HOLD gala lawn:1\n".utf8).withUnsafeBytes { conversation.receive($0) }
                desk.finishTick()
            }
            house.answer(bytes: bytes)
            desk.collect()
        }
        ask(parcels: 40, bytes: 1_000)
        let usual = desk.pooledBytes
        #expect(usual > 40_000, "forty parcels are kept as they are")
        ask(parcels: 80, bytes: 400_000)
        #expect(desk.pooledBytes <= usual)
        ask(parcels: 80, bytes: 1_000)
        #expect(desk.pooledBytes <= Limits.parcelsKeptMax * Limits.parcelBytesKeptMax)
        #expect(desk.pooledBytes > 64_000, "sixty-four are kept as they are")
        conversation.disconnected()
    }

    @Test("a parcel is kept for its next use up to its bytes, and not one past them")
    func bound() {
        var pool: [Parcel] = []
        let lean = Parcel()
        lean.replies.begin(client: 0, ticket: 0)
        lean.retire(to: &pool)
        #expect(pool.count == 1 && pool[0] === lean)
        let fat = Parcel()
        // What timers did: a hall's worth of seats is free again.
        fat.effects.publications.reserveCapacity(
            Limits.parcelBytesKeptMax / MemoryLayout<Publication>.stride + 1)
        fat.retire(to: &pool)
        #expect(pool.count == 1)
    }
}
