// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A part of the model that answers requests in order: a shard, or the catalogue.
protocol ModelPart: Hashable, Sendable {
    mutating func answer(_ decision: ModelDecision) -> ModelReply
    /// Does the one thing that is due first until `time`. False where there is none.
    mutating func doNextDue(until time: Int64) -> Bool
}

/// A request with the time at which it was decided and what the box office answered.
struct ModelDecision: Sendable {
    var request: ModelRequest
    var time: Int64
    var seen: ModelReply
    var attachment: ModelAttachment?
    var mayBeFull: Bool
}

extension ModelShard: ModelPart {
    mutating func answer(_ decision: ModelDecision) -> ModelReply {
        answer(
            decision.request, at: decision.time, seen: decision.seen, attachment: decision.attachment,
            mayBeFull: decision.mayBeFull)
    }
}

extension ModelCatalogue: ModelPart {
    mutating func answer(_ decision: ModelDecision) -> ModelReply {
        answer(decision.request, at: decision.time, seen: decision.seen, mayBeFull: decision.mayBeFull)
    }

    mutating func doNextDue(until time: Int64) -> Bool { false }
}

/// Where a part of the model may be: what is known to last, and what was decided since and may be lost by a crash.
///
/// Normally there is one possible world. After a crash there is one for each beginning of what was decided and not yet
/// acknowledged; every answer and every look after that drops the worlds that it contradicts. None left is a defect.
struct ModelHistory<Part: ModelPart> {
    private enum Entry {
        case due(until: Int64)
        case decision(ModelDecision)
    }

    /// What is known to last, one for each world.
    private var settled: [Part]
    /// The same worlds after everything in `log`.
    private(set) var latest: [Part]
    private var log: [Entry] = []
    /// Entries that were settled before those in `log`.
    private var settledCount = 0

    init(_ part: Part) {
        settled = [part]
        latest = [part]
    }

    /// The number of the entry made last.
    var end: Int { settledCount + log.count }

    /// Notes that everything due until `time` has been done.
    mutating func advance(to time: Int64) {
        var hasDone = false
        for world in latest.indices { while latest[world].doNextDue(until: time) { hasDone = true } }
        if hasDone { log.append(.due(until: time)) }
    }

    /// Notes a decision. Where no world would have answered so, gives the answer that was expected.
    mutating func decide(_ decision: ModelDecision) -> ModelReply? {
        var expected: ModelReply?
        var kept: [Int] = []
        for world in latest.indices {
            let answer = latest[world].answer(decision)
            if answer == decision.seen { kept.append(world) } else { expected = expected ?? answer }
        }
        if kept.isEmpty { return expected }
        keep(kept)
        log.append(.decision(decision))
        return nil
    }

    private mutating func keep(_ worlds: [Int]) {
        if worlds.count == latest.count { return }
        latest = worlds.map { latest[$0] }
        settled = worlds.map { settled[$0] }
    }

    /// Everything up to this entry is known to last.
    mutating func settle(through entry: Int) {
        guard entry > settledCount else { return }
        let count = min(entry - settledCount, log.count)
        if count == log.count {
            settled = latest
        } else {
            for world in settled.indices {
                for entry in log[..<count] { Self.apply(entry, to: &settled[world]) }
            }
        }
        log.removeFirst(count)
        settledCount += count
    }

    private static func apply(_ entry: Entry, to part: inout Part) {
        switch entry {
        case .due(let time): while part.doNextDue(until: time) {}
        case .decision(let decision): _ = part.answer(decision)
        }
    }

    /// Drops the worlds in which nobody could have seen `seen` since the last time that something was known to last.
    /// What was seen, and all before it, lasts from now on. False where no world is left.
    mutating func look<Seen: Equatable>(_ seen: Seen, _ project: (Part) -> Seen) -> Bool {
        var kept: [Int] = []
        var earliest = Int.max
        for world in settled.indices {
            guard let found = find(seen, from: settled[world], project) else { continue }
            kept.append(world)
            earliest = min(earliest, found)
        }
        if kept.isEmpty { return false }
        keep(kept)
        settle(through: earliest)
        return true
    }

    /// The number of entries after which `seen` was to be seen first.
    private func find<Seen: Equatable>(_ seen: Seen, from start: Part, _ project: (Part) -> Seen) -> Int? {
        if project(start) == seen { return settledCount }
        var part = start
        for (index, entry) in log.enumerated() {
            switch entry {
            case .due(let time):
                while part.doNextDue(until: time) { if project(part) == seen { return settledCount + index } }
            case .decision(let decision):
                _ = part.answer(decision)
                if project(part) == seen { return settledCount + index + 1 }
            }
        }
        return nil
    }

    /// A crash: any beginning of what was not known to last may be what is left.
    mutating func crash() {
        var worlds: [Part] = []
        func add(_ part: Part) { if !worlds.contains(part) { worlds.append(part) } }
        for start in settled {
            var part = start
            add(part)
            for entry in log {
                switch entry {
                case .due(let time): while part.doNextDue(until: time) { add(part) }
                case .decision(let decision):
                    _ = part.answer(decision)
                    add(part)
                }
            }
        }
        settled = worlds
        latest = worlds
        settledCount += log.count
        log = []
    }
}
