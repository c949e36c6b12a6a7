// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CIntrinsics
internal import Synchronization
package import Ticketing

/// One event as readers see it: facts replaced as a whole, a byte a seat, two counts an area.
///
/// One shard thread writes, after the change is durable; any number of event loops read. Seats and counts are read under
/// a version check (a sequence lock): the version is odd while a change is being written, and a reader that saw it move
/// reads again. No reader ever holds up a booking.
package final class PublishedEvent: @unchecked Sendable {
    // What a booking changes comes first, and so lies in the object's first line of memory. Written by the shard's thread
    // alone; readers only load.
    private let version = Atomic<UInt64>(0)
    private let sequenceCell: Atomic<UInt64>
    private let freeCell: Atomic<Int>
    private let seats: UnsafeMutablePointer<Atomic<UInt8>>

    /// The event's id, as bytes to compare requests with.
    package let idBytes: [UInt8]
    /// The stable hash of `idBytes`.
    let idHash: UInt64
    package let shard: Int
    package let plan: SeatPlan
    /// Its number in the directory of all events; also its number as a document of the search.
    package let number: UInt32

    private let facts: Mutex<EventFacts>
    private let factsVersion = Atomic<UInt64>(0)
    private let stateCell: Atomic<UInt8>
    private let lowestPriceCell: Atomic<Int64>
    /// Places that are kept from being sold.
    private let blockedCell = Atomic<Int>(0)
    /// Whether the demand for it is to be looked at when the next version is made.
    private let isDemandNoted = Atomic<Bool>(false)
    private let feed: DemandFeed
    /// Set by `RESET`: readers pass over it from then on.
    let isForgotten = Atomic<Bool>(false)

    // Written and read as the seats are.
    private let areaHeld: UnsafeMutablePointer<Atomic<UInt32>>
    private let areaSold: UnsafeMutablePointer<Atomic<UInt32>>
    /// How many of the held places are blocked. The shard's thread alone looks at it.
    private let areaBlocked: UnsafeMutablePointer<UInt32>
    /// So many free places leave the level of the demand as it is. The shard's thread alone looks at it.
    private var levelFree: ClosedRange<Int>

    init(facts initial: EventFacts, number: UInt32, shard: Int, demand feed: DemandFeed = DemandFeed()) {
        self.feed = feed
        let id = Array(initial.id.utf8)
        idBytes = id
        idHash = StableHash.of(id.span)
        plan = initial.plan
        self.number = number
        self.shard = shard
        let seatCount = initial.plan.seatCount
        let areaCount = initial.plan.areas.count
        seats = .allocate(capacity: seatCount)
        for seat in 0..<seatCount { (seats + seat).initialize(to: Atomic(SeatState.free.rawValue)) }
        areaHeld = .allocate(capacity: areaCount)
        areaSold = .allocate(capacity: areaCount)
        areaBlocked = .allocate(capacity: areaCount)
        areaBlocked.initialize(repeating: 0, count: areaCount)
        for area in 0..<areaCount {
            (areaHeld + area).initialize(to: Atomic(0))
            (areaSold + area).initialize(to: Atomic(0))
        }
        freeCell = Atomic(initial.plan.placeCount)
        sequenceCell = Atomic(initial.sequence)
        stateCell = Atomic(initial.state.rawValue)
        lowestPriceCell = Atomic(initial.lowestPrice ?? -1)
        levelFree = Demand(places: initial.plan.placeCount).free(atLevelOf: initial.plan.placeCount)
        facts = Mutex(initial)
    }

    deinit {
        seats.deinitialize(count: plan.seatCount)
        seats.deallocate()
        areaHeld.deinitialize(count: plan.areas.count)
        areaHeld.deallocate()
        areaSold.deinitialize(count: plan.areas.count)
        areaSold.deallocate()
        areaBlocked.deallocate()
    }

    // MARK: Writing (the shard's thread)

    /// Has the memory fetched that these publications will change: their events lie anywhere, and waiting for one at a
    /// time costs more than changing it. With few events it is in a cache anyway.
    static func fetch(for publications: [Publication], in events: [PublishedEvent?]) {
        guard events.count >= fetchedFromEvents, publications.count > 1 else { return }
        // As addresses: counting a reference would wait for the very object.
        events.withUnsafeBytes { slots in
            for publication in publications {
                if let object = address(publication, slots) { box_office_prefetch(object) }
            }
            for publication in publications where publication.kind == .seat {
                guard let object = address(publication, slots) else { continue }
                Unmanaged<PublishedEvent>.fromOpaque(object)._withUnsafeGuaranteedRef {
                    box_office_prefetch($0.seats + Int(publication.place))
                }
            }
        }
    }

    private static let fetchedFromEvents = 1_024

    private static func address(_ publication: Publication, _ slots: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        let offset = Int(publication.event.rawValue) * MemoryLayout<PublishedEvent?>.stride
        guard publication.kind == .seat || publication.kind == .area, offset < slots.count else { return nil }
        return slots.load(fromByteOffset: offset, as: UnsafeRawPointer?.self)
    }

    func beginChange() {
        version.store(version.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
    }

    func endChange(sequence: UInt64) {
        sequenceCell.store(sequence, ordering: .relaxed)
        version.store(version.load(ordering: .relaxed) &+ 1, ordering: .releasing)
        let free = freeCell.load(ordering: .relaxed)
        if !levelFree.contains(free) { moveLevel(free) }
    }

    @inline(never)
    private func moveLevel(_ free: Int) {
        levelFree = demand.free(atLevelOf: free)
        if !isDemandNoted.exchange(true, ordering: .acquiringAndReleasing) { feed.note(number) }
    }

    func setSeat(_ seat: UInt32, _ state: SeatState) {
        let cell = seats + Int(seat)
        let before = cell.pointee.load(ordering: .relaxed)
        cell.pointee.store(state.rawValue, ordering: .relaxed)
        let gained = (state == .free ? 1 : 0) - (before == SeatState.free.rawValue ? 1 : 0)
        if gained != 0 { freeCell.store(freeCell.load(ordering: .relaxed) + gained, ordering: .relaxed) }
        if state == .blocked || before == SeatState.blocked.rawValue {
            noteBlocked((state == .blocked ? 1 : 0) - (before == SeatState.blocked.rawValue ? 1 : 0))
        }
    }

    private func noteBlocked(_ gained: Int) {
        blockedCell.store(blockedCell.load(ordering: .relaxed) + gained, ordering: .relaxed)
        // The levels lie elsewhere now.
        levelFree = Int.max...Int.max
    }

    /// - Parameter blocked: How many of the held places are blocked.
    func setArea(_ area: UInt32, held: UInt32, sold: UInt32, blocked: UInt32) {
        let heldCell = areaHeld + Int(area)
        let soldCell = areaSold + Int(area)
        let before = Int(heldCell.pointee.load(ordering: .relaxed)) + Int(soldCell.pointee.load(ordering: .relaxed))
        heldCell.pointee.store(held, ordering: .relaxed)
        soldCell.pointee.store(sold, ordering: .relaxed)
        let gained = before - Int(held) - Int(sold)
        if gained != 0 { freeCell.store(freeCell.load(ordering: .relaxed) + gained, ordering: .relaxed) }
        let place = Int(area)
        if areaBlocked[place] != blocked {
            noteBlocked(Int(blocked) - Int(areaBlocked[place]))
            areaBlocked[place] = blocked
        }
    }

    func setFacts(_ new: EventFacts) {
        facts.withLock { $0 = new }
        stateCell.store(new.state.rawValue, ordering: .relaxed)
        lowestPriceCell.store(new.lowestPrice ?? -1, ordering: .relaxed)
        factsVersion.wrappingAdd(1, ordering: .releasing)
    }

    // MARK: Reading (anyone)

    func isCalled(_ id: Span<UInt8>) -> Bool {
        let own = idBytes
        return own.span.holdsSameBytes(as: id)
    }

    /// All but the seats, as last published.
    package func currentFacts() -> EventFacts {
        facts.withLock { $0 }
    }

    /// Moves on with every change of seats or facts: what is rendered from an event is good while this stays the same.
    package var stamp: UInt64 {
        version.load(ordering: .acquiring) &+ factsVersion.load(ordering: .acquiring) &<< 40
    }

    /// Free seats and places now. A single load; it may be newer than other things read beside it.
    package var freeCount: Int { freeCell.load(ordering: .relaxed) }

    /// Where the event stands, in a single load.
    package var state: EventState { EventState(rawValue: stateCell.load(ordering: .relaxed)) ?? .draft }

    private var demand: Demand { Demand(places: plan.placeCount - blockedCell.load(ordering: .relaxed)) }

    /// How much the event is wanted now. From here on, a change of the level is noted again.
    func takeDemandLevel() -> Int {
        _ = isDemandNoted.exchange(false, ordering: .acquiringAndReleasing)
        return demand.level(free: freeCount)
    }

    /// The lowest price of any category, in minor units; nil where there is none.
    package var lowestPrice: Int64? {
        let price = lowestPriceCell.load(ordering: .relaxed)
        return price < 0 ? nil : price
    }

    /// What a reader gets in one consistent look.
    package struct Look {
        package var sequence: UInt64 = 0
        package var free = 0
        package var seats: [UInt8] = []
        package var areaHeld: [UInt32] = []
        package var areaSold: [UInt32] = []

        package init() {}
    }

    /// Copies the states of all seats and areas as of one moment into `look`, reusing its memory.
    ///
    /// - Complexity: O(seats); again from the start where a change was written meanwhile.
    package func read(into look: inout Look) {
        let seatCount = plan.seatCount
        let areaCount = plan.areas.count
        while true {
            let before = version.load(ordering: .acquiring)
            if before & 1 == 0 {
                look.seats.removeAll(keepingCapacity: true)
                look.seats.reserveCapacity(seatCount)
                for seat in 0..<seatCount { look.seats.append((seats + seat).pointee.load(ordering: .relaxed)) }
                look.areaHeld.removeAll(keepingCapacity: true)
                look.areaSold.removeAll(keepingCapacity: true)
                for area in 0..<areaCount {
                    look.areaHeld.append((areaHeld + area).pointee.load(ordering: .relaxed))
                    look.areaSold.append((areaSold + area).pointee.load(ordering: .relaxed))
                }
                look.free = freeCell.load(ordering: .relaxed)
                look.sequence = sequenceCell.load(ordering: .relaxed)
                atomicMemoryFence(ordering: .acquiring)
                if version.load(ordering: .relaxed) == before { return }
            }
        }
    }
}

extension EventFacts {
    /// The lowest price of any category, in minor units; nil where there is none.
    var lowestPrice: Int64? { prices.compactMap { $0 }.min() }
}
