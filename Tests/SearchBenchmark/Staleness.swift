// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import TrigramSearch

/// Asks a reader that keeps its answers and one that keeps none the same, again and again, while events come, go, move
/// and are renamed, seats are sold, prices change, and versions of the demand follow: every answer must be the same.
struct Staleness {
    /// So few events that most changes touch what some kept answer could find.
    static let eventsMax = 3_000
    static let queriesAtATime = 400

    let season: Season
    private let index = SearchIndex()
    private var random = Seeded(31)
    private var free: [Int] = []
    private var price: [Int] = []
    private var asked: [SearchQuery] = []
    private(set) var compared = 0
    private(set) var stale = 0
    private(set) var changes = 0
    private(set) var versions: UInt32 = 0

    init(_ season: Season) {
        self.season = season
    }

    private var count: Int { min(Self.eventsMax, season.events.count) }

    /// Returns how many answers came from those kept, and how many of these were dropped.
    mutating func run(steps: Int, _ questions: [Questions]) throws -> (hits: Int, drops: Int) {
        let pool = questions.flatMap { questions in
            QuestionClass.allCases.flatMap { questions.make($0, count: 150, seed: 12).map(\.query) }
        }
        free = (0..<count).map { _ in Int.random(in: 0...3, using: &random) }
        price = (0..<count).map { _ in Int.random(in: 1...40, using: &random) }
        for number in 0..<count { index.update(season.document(number)) }
        index.publish()
        let (keeping, forgetting) = (index.makeReader(), index.makeReader(cachedQueries: 0))
        asked = (0..<Self.queriesAtATime).map { _ in some(pool) }
        for _ in 0..<steps {
            let number = Int.random(in: 0..<count, using: &random)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<6: change(number)
            case 6: index.remove(UInt32(number))
            case 7: index.merge()
            case 8..<12: asked[Int.random(in: 0..<asked.count, using: &random)] = some(pool)
            case 12..<18: free[number] = Int.random(in: 0...3, using: &random)
            case 18..<24: price[number] = Int.random(in: 1...40, using: &random)
            case 24: wanted()
            default: try compare(keeping, forgetting)
            }
            if index.count == 0 { break }
            index.publish()
        }
        return keeping.cacheUse
    }

    private mutating func some(_ pool: [SearchQuery]) -> SearchQuery {
        var query = pool.randomElement(using: &random) ?? SearchQuery(nowMilliseconds: Season.now)
        query.limit = Int.random(in: 1...30, using: &random)
        query.seesHidden = Int.random(in: 0..<5, using: &random) == 0
        if Int.random(in: 0..<5, using: &random) == 0 { query.sort = .date }
        query.foldsTours = Int.random(in: 0..<6, using: &random) == 0
        return query
    }

    /// The event comes back, moves, is hidden, or bears another event's names.
    private mutating func change(_ number: Int) {
        changes += 1
        var document = season.document(
            Bool.random(using: &random) ? number : Int.random(in: 0..<season.events.count, using: &random))
        document.number = UInt32(number)
        document.id = "ev-\(number)"
        document.startsMilliseconds += Int64.random(in: -96...96, using: &random) * 3_600_000
        document.localDay = SearchDocument.localDay(
            startsMilliseconds: document.startsMilliseconds,
            offsetMinutes: Int.random(in: -14...14, using: &random) * 60)
        document.isHidden = Int.random(in: 0..<8, using: &random) == 0
        index.update(document)
    }

    /// A minute is over: of some events, few or many, another share is sold.
    private mutating func wanted() {
        versions += 1
        let count = Int.random(in: 0..<8, using: &random) == 0 ? 500 : 4
        index.setDemand(
            (0..<count).map { _ in
                (UInt32.random(in: 0..<UInt32(self.count), using: &random), Int.random(in: 0...20, using: &random))
            }, version: versions)
    }

    private mutating func compare(_ keeping: SearchReader, _ forgetting: SearchReader) throws {
        // The first are asked far more often.
        let uniform = Double.random(in: 0..<1, using: &random)
        let query = asked[Int(uniform * uniform * Double(asked.count))]
        let (kept, found): (SearchResult, SearchResult)
        if Int.random(in: 0..<3, using: &random) == 0 {
            let (free, price) = (self.free, self.price)
            func isWanted(_ number: UInt32) -> Bool { free[Int(number)] > 0 && price[Int(number)] <= 25 }
            kept = try keeping.search(query, where: isWanted)
            found = try forgetting.search(query, where: isWanted)
        } else {
            kept = try keeping.search(query)
            found = try forgetting.search(query)
        }
        compared += 1
        if kept != found {
            stale += 1
            if stale <= 5 { print("stale: \(query)\n  kept \(kept)\n  is   \(found)") }
        }
    }
}
