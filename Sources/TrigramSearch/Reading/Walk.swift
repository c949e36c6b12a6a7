// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A way through the documents of a set, from a place in time: forwards only, or to both sides, the side first whose next
/// document can score more.
struct Walk {
    private let found: DocumentSet
    private let isBackward: Bool
    private let start: Int
    private var ahead: Int?
    private var behind: Int?
    private var isNextAhead = true
    /// Set once the rest cannot matter.
    var isDone = false

    init(from start: Int, isBackward: Bool, _ found: DocumentSet) {
        self.found = found
        self.isBackward = isBackward
        self.start = start
        ahead = found.next(from: start)
        behind = isBackward ? found.previous(before: start) : nil
    }

    /// The next document, without going on.
    mutating func peek(_ tables: SegmentTables, _ nowHours: Int64) -> Int? {
        guard let ahead else {
            isNextAhead = false
            return behind
        }
        guard let behind else {
            isNextAhead = true
            return ahead
        }
        func near(_ document: Int) -> Int {
            Ranking.score(text: 1000, startsMilliseconds: tables.starts[document], nowHours: nowHours, demand: 0)
        }
        isNextAhead = near(ahead) >= near(behind)
        return isNextAhead ? ahead : behind
    }

    mutating func advance() {
        if isNextAhead {
            ahead = ahead.flatMap { found.next(from: $0 + 1) }
        } else {
            behind = behind.flatMap { found.previous(before: $0) }
        }
    }

    mutating func next(_ tables: SegmentTables, _ nowHours: Int64) -> Int? {
        guard let document = peek(tables, nowHours) else { return nil }
        advance()
        return document
    }

    /// Takes out of the set what the way did not come to.
    func removeRest(all: Int) {
        var document = ahead
        while let next = document {
            found.remove(next)
            document = found.next(from: next + 1)
        }
        document = isBackward ? behind : found.previous(before: start)
        while let next = document {
            found.remove(next)
            document = found.previous(before: next)
        }
    }
}
