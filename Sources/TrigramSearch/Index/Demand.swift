// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// How much documents are wanted. Whoever sells tells the index from time to time, for all documents at once: between two
// versions no ranking moves, so that kept answers and pages stay right while seats are sold.

import Synchronization

/// How much a document is wanted, as a level: so small a part of its score that it decides only between documents whose
/// texts and dates fit about as well.
public enum SearchDemand {
    /// The highest level. A level adds a thousandth of what the text is worth.
    public static let levelMax = 20
    /// Versions that cursors can name: later pages are ranked by the demand that the first was ranked by.
    static let versionsKept = 16
    /// Changes that a version remembers one by one; one with more may have altered any ranking.
    static let changesMax = 1_024
}

/// The levels of all documents as of one version. Immutable; versions share the pages that are the same.
final class DemandVersion: Sendable {
    struct Change: Sendable, BitwiseCopyable {
        var number: UInt32
        var before: UInt8
        var after: UInt8
    }

    let levels: DemandLevels
    /// Which version was before this one.
    let previous: UInt32
    /// What differs from it; nil where that is too much to remember.
    let changes: [Change]?
    private let pages: DemandPages

    init(version: UInt32, previous: UInt32, most: Int, pages: DemandPages, changes: [Change]?) {
        self.previous = previous
        self.changes = changes
        self.pages = pages
        levels = DemandLevels(version: version, most: most, pages)
    }
}

/// A version as a reader uses it: plain pointers, alive as long as the ``DemandVersion`` is held.
struct DemandLevels: @unchecked Sendable {
    /// Which version it is: 0 where there is none yet.
    let version: UInt32
    /// The highest level of any document.
    let most: Int
    private let pages: UnsafeMutableBufferPointer<UnsafeMutablePointer<UInt8>?>

    static let none = DemandLevels()

    private init() {
        (version, most) = (0, 0)
        pages = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    init(version: UInt32, most: Int, _ owner: DemandPages) {
        self.version = version
        self.most = most
        pages = owner.table
    }

    /// The level of a document by the caller's number.
    @inline(__always)
    subscript(number: UInt32) -> Int {
        let page = Int(number >> DemandPages.bits)
        guard page < pages.count, let levels = pages[page] else { return 0 }
        return Int(levels[Int(number & DemandPages.mask)])
    }
}

/// Owns the pages of a version, and the table that leads to them.
final class DemandPages: @unchecked Sendable {
    static let bits: UInt32 = 12
    static let mask: UInt32 = 1 << bits - 1

    /// Some thousand levels, never changed once a version with them is published.
    final class Page: @unchecked Sendable {
        let levels = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << Int(DemandPages.bits))

        init(copying other: Page?) {
            if let other {
                levels.initialize(from: other.levels, count: 1 << Int(DemandPages.bits))
            } else {
                levels.initialize(repeating: 0, count: 1 << Int(DemandPages.bits))
            }
        }

        deinit { levels.deallocate() }
    }

    let owned: [Page?]
    let table: UnsafeMutableBufferPointer<UnsafeMutablePointer<UInt8>?>

    init(_ owned: [Page?]) {
        self.owned = owned
        table = .allocate(capacity: owned.count)
        for (place, page) in owned.enumerated() { table.initializeElement(at: place, to: page?.levels) }
    }

    deinit { table.deallocate() }
}

/// The latest versions, the newest last, and what the next is made from.
struct DemandHistory: Sendable {
    private(set) var versions: [DemandVersion] = []
    private var pages: [DemandPages.Page?] = []
    /// How many documents have each level above 0.
    private var counts = [Int](repeating: 0, count: SearchDemand.levelMax + 1)

    /// Makes a version in which these documents have these levels, and all others those that they had. Returns false
    /// where nothing differs: then there is no new version.
    mutating func append(_ levels: [(number: UInt32, level: Int)], version: UInt32) -> Bool {
        let last = versions.last?.levels.version ?? 0
        var changes: [DemandVersion.Change] = []
        /// Pages that are copied already.
        var own: Set<Int> = []
        for (number, asked) in levels {
            let level = UInt8(max(0, min(SearchDemand.levelMax, asked)))
            let place = Int(number >> DemandPages.bits)
            let index = Int(number & DemandPages.mask)
            let before = place < pages.count ? pages[place]?.levels[index] ?? 0 : 0
            if before == level { continue }
            while pages.count <= place { pages.append(nil) }
            if own.insert(place).inserted { pages[place] = DemandPages.Page(copying: pages[place]) }
            pages[place]?.levels[index] = level
            if before > 0 { counts[Int(before)] -= 1 }
            if level > 0 { counts[Int(level)] += 1 }
            changes.append(DemandVersion.Change(number: number, before: before, after: level))
        }
        guard !changes.isEmpty else { return false }
        if versions.count >= SearchDemand.versionsKept { versions.removeFirst() }
        versions.append(
            DemandVersion(
                version: max(last &+ 1, version), previous: last, most: counts.lastIndex { $0 > 0 } ?? 0,
                pages: DemandPages(pages), changes: changes.count <= SearchDemand.changesMax ? changes : nil))
        return true
    }
}

extension SearchIndex {
    /// The latest versions, the newest last.
    var demands: [DemandVersion] { demand.withLock { $0.versions } }

    /// Says how much documents are wanted from now on, by their numbers: levels from 0 (as if never told) to
    /// ``SearchDemand/levelMax``. Queries that begin after this returns are ranked by it; a later page goes on as the
    /// first began, while it is among the latest versions. A number keeps its level whatever becomes of its document.
    ///
    /// - Parameter version: names the version in cursors; above those before (the minutes since 1970, say).
    /// - Complexity: O(levels told), and O(n / 4,096) for numbers up to n.
    public func setDemand(_ levels: [(number: UInt32, level: Int)], version: UInt32) {
        if demand.withLock({ $0.append(levels, version: version) }) { noteDemand() }
    }
}
