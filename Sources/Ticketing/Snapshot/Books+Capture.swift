// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How far the capture of the books has come: column after column, those that change most first, so that little has to
/// be copied out of turn.
struct BooksCapture {
    let sink: StateCapture
    var stage = Stage.seatStates
    var nextPlan = 0
    let planCount: Int

    enum Stage: Int, CaseIterable {
        case seatStates, seatOwners, areas, events, holds, items, standings, buyers, traces, prices
        case keys, gates, tickets, orders, eventTexts, plans
    }
}

extension Books {
    /// Begins to capture the books as they are now.
    ///
    /// - Complexity: O(chunks / 64): a bit each is set aside.
    mutating func beginCapture(into sink: StateCapture) {
        guard let founding else { preconditionFailure("books are captured once they are founded") }
        sink.take(.head, message: head(founding).encoded().span)
        capture = BooksCapture(sink: sink, planCount: plans.count)
        seatStates.beginCapture(into: sink, as: .seatStates)
        seatOwners.beginCapture(into: sink, as: .seatOwners)
        areas.beginCapture(into: sink, as: .areas)
        events.beginCapture(into: sink, as: .events)
        holds.beginCapture(into: sink, as: .holds)
        items.beginCapture(into: sink)
        standings.beginCapture(into: sink, as: .standings)
        buyers.beginCapture(into: sink, entries: .buyers, texts: .buyerNames)
        traces.beginCapture(into: sink, as: .traces)
        prices.beginCapture(into: sink, as: .prices)
        keyTable.beginCapture(into: sink)
        gates.beginCapture(into: sink, entries: .gates, texts: .gateNames)
        tickets.beginCapture(into: sink, as: .tickets)
        orders.beginCapture(into: sink, as: .orders)
        eventTexts.beginCapture(into: sink, as: .eventTexts)
    }

    private func head(_ founding: FoundingRecord) -> LedgerHead {
        var head = LedgerHead(
            founding: founding, lastRecorded: lastRecorded, digest: digest.value, keysDigest: keyTable.digest)
        head[.seats] = UInt64(seatStates.count)
        head[.rows] = UInt64(rowRuns.count)
        head[.events] = UInt64(events.count)
        head[.areas] = UInt64(areas.count)
        head[.prices] = UInt64(prices.count)
        head[.standings] = UInt64(standings.count)
        head[.holds] = UInt64(holds.count)
        head[.items] = UInt64(items.count)
        head[.tracesStart] = traces.start
        head[.tracesEnd] = traces.end
        head[.buyers] = UInt64(buyers.count)
        head[.buyerNameBytes] = buyers.textsEnd
        head[.gates] = UInt64(gates.count)
        head[.gateNameBytes] = gates.textsEnd
        head[.orders] = UInt64(orders.count)
        head[.tickets] = UInt64(tickets.count)
        head[.eventTextBytes] = eventTexts.end
        head[.plans] = UInt64(plans.count)
        head[.keys] = UInt64(keyTable.count)
        head[.openHolds] = UInt64(openHoldCount)
        head.seatCounts = (0..<5).map { UInt64(seatCounts[$0]) }
        head.freeHold = freeHold
        head.freeItems = items.freeHeads
        head.lastPayment = lastPayment
        head.firstOrderSerial = firstOrderSerial
        head.firstTicketSerial = firstTicketSerial
        head.firstHoldSerial = firstHoldSerial
        return head
    }

    /// Copies some more. Returns whether everything is captured.
    mutating func captureSome(bytesMax: Int) -> Bool {
        guard var work = capture else { return true }
        let end = work.sink.bytesCopied + bytesMax
        while work.sink.bytesCopied < end {
            if captureNext(&work) { continue }
            guard let next = BooksCapture.Stage(rawValue: work.stage.rawValue + 1) else {
                work.sink.finishPage()
                capture = nil
                return true
            }
            work.stage = next
        }
        capture = work
        return false
    }

    private mutating func captureNext(_ work: inout BooksCapture) -> Bool {
        switch work.stage {
        case .seatStates: return seatStates.captureNext()
        case .seatOwners: return seatOwners.captureNext()
        case .areas: return areas.captureNext()
        case .events: return events.captureNext()
        case .holds: return holds.captureNext()
        case .items: return items.captureNext()
        case .standings: return standings.captureNext()
        case .buyers: return buyers.captureNext()
        case .traces: return traces.captureNext()
        case .prices: return prices.captureNext()
        case .keys: return keyTable.captureNext()
        case .gates: return gates.captureNext()
        case .tickets: return tickets.captureNext()
        case .orders: return orders.captureNext()
        case .eventTexts: return eventTexts.captureNext()
        case .plans:
            // Plans never change, and are encoded where they are written: the plan of an arena takes a while.
            guard work.nextPlan < work.planCount else { return false }
            work.sink.take(.plan(plans[work.nextPlan]))
            work.nextPlan += 1
            return true
        }
    }

    /// Gives a capture up.
    mutating func abandonCapture() {
        guard capture != nil else { return }
        capture = nil
        seatStates.endCapture()
        seatOwners.endCapture()
        areas.endCapture()
        events.endCapture()
        holds.endCapture()
        items.endCapture()
        standings.endCapture()
        buyers.endCapture()
        traces.endCapture()
        prices.endCapture()
        keyTable.endCapture()
        gates.endCapture()
        tickets.endCapture()
        orders.endCapture()
        eventTexts.endCapture()
    }

    /// What is being captured is about to be forgotten: there is no snapshot of it.
    mutating func voidCapture() {
        capture?.sink.void()
        abandonCapture()
    }
}
