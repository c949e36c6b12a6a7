// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CIntrinsics

/// Finds numbers by hash, and grows a page at a time, so that no insertion pays for all: extendible hashing (Fagin,
/// Nievergelt, Pippenger, Strong 1979).
///
/// The upper bits of a hash choose an entry of the directory, which names a page; in its page a number lies by the lower
/// bits of its hash, with open addressing. A page that fills up is split in two by the next upper bit; only the
/// directory, eight bytes for each few hundred numbers, is ever copied whole. What a number stands for, and whether it is
/// the one looked for, its owner knows. Nothing is ever removed but everything.
struct IndexTable: ~Copyable {
    /// A page: a word of its own (see `Head`), then slots. A slot has the hash in the upper half, the number plus one in
    /// the lower; 0 is free.
    private typealias Page = UnsafeMutablePointer<UInt64>

    /// What a directory entry says of a page, with its address: how often it was doubled because no split could help.
    /// Pages are aligned to sixteen bytes, so that this fits beside the address.
    private struct Entry: BitwiseCopyable {
        let bits: UInt

        init(_ page: Page, doublings: Int) { bits = UInt(bitPattern: page) | UInt(doublings) }

        @inline(__always) var doublings: Int { Int(bits & 15) }
        @inline(__always) var slotMask: Int { (IndexTable.slotsInPage &<< doublings) &- 1 }
        @inline(__always) var page: Page {
            // Made from a page's address, so it is one again.
            Page(bitPattern: bits & ~15).unsafelyUnwrapped
        }
        @inline(__always) var slots: UnsafeMutablePointer<UInt64> { page + 1 }
    }

    /// How many numbers a page has, and how many upper bits all of them share.
    private struct Head {
        var count: Int
        var depth: Int

        init(count: Int, depth: Int) {
            self.count = count
            self.depth = depth
        }
        init(_ word: UInt64) {
            count = Int(word & 0xFFFF_FFFF)
            depth = Int(word >> 32)
        }
        var word: UInt64 { UInt64(depth) << 32 | UInt64(count) }
    }

    private static let slotBits = 9
    private static let slotsInPage = 1 << slotBits
    /// A page this full is split: four fifths, so that pages are a little more than half full on average.
    private static let fullCount = slotsInPage * 4 / 5
    /// Bits that choose a page are never those that choose its slot.
    private static let depthMax = 32 - slotBits
    private static let doublingsMax = 15

    private var directory: UnsafeMutablePointer<Entry>
    /// Log 2 of the entries in the directory.
    private var depth = 0
    private(set) var count = 0
    private var pageBytes = 0

    init() {
        directory = .allocate(capacity: 1)
        directory.initialize(to: Entry(Self.makePage(doublings: 0, depth: 0), doublings: 0))
        pageBytes = Self.bytes(ofPageWith: 0)
    }

    /// A table with pages for `count` numbers.
    init(for count: Int) {
        while depth < Self.depthMax, count >> depth > Self.slotsInPage * 3 / 5 { depth += 1 }
        directory = .allocate(capacity: 1 << depth)
        for at in 0..<(1 << depth) {
            (directory + at).initialize(to: Entry(Self.makePage(doublings: 0, depth: depth), doublings: 0))
        }
        pageBytes = Self.bytes(ofPageWith: 0) << depth
    }

    deinit {
        Self.freePages(of: directory, depth)
        directory.deallocate()
    }

    // MARK: Looking up

    /// The number of this hash that `isEqual` takes for the one looked for.
    @inline(__always)
    func find(hash: UInt32, where isEqual: (Int) -> Bool) -> Int? {
        let entry = directory[directoryIndex(of: hash)]
        let slots = entry.slots
        let mask = entry.slotMask
        var at = Int(hash) & mask
        while slots[at] != 0 {
            if slots[at] >> 32 == UInt64(hash) {
                let number = Int(slots[at] & 0xFFFF_FFFF) - 1
                if isEqual(number) { return number }
            }
            at = (at + 1) & mask
        }
        return nil
    }

    /// Has the slot fetched in which a search for this hash begins.
    @inline(__always)
    func prefetch(hash: UInt32) {
        let entry = directory[directoryIndex(of: hash)]
        box_office_prefetch(entry.slots + (Int(hash) & entry.slotMask))
    }

    /// The first number of this hash: most probably the one that a search would find. Where there is none, what entering
    /// it will need is fetched.
    @inline(__always)
    func firstCandidate(hash: UInt32) -> Int? {
        if let number = find(hash: hash, where: { _ in true }) { return number }
        box_office_prefetch(directory[directoryIndex(of: hash)].page)
        return nil
    }

    @inline(__always)
    private func directoryIndex(of hash: UInt32) -> Int { Int((UInt64(hash) &<< UInt64(depth)) &>> 32) }

    // MARK: Growing

    /// Enters a number that is not there yet.
    ///
    /// - Complexity: O(1), and O(slots of a page) where a page is split; the directory, eight bytes a page, doubles with
    ///   the table.
    mutating func insert(hash: UInt32, _ number: Int) {
        precondition(number >= 0 && number < Int(UInt32.max))
        while true {
            let at = directoryIndex(of: hash)
            let entry = directory[at]
            var head = Head(entry.page[0])
            if head.count < Self.fullCount &<< entry.doublings {
                Self.place(UInt64(hash) << 32 | UInt64(number + 1), in: entry)
                head.count += 1
                entry.page[0] = head.word
                count += 1
                return
            }
            makeRoom(for: hash)
        }
    }

    @inline(__always)
    private static func place(_ slot: UInt64, in entry: Entry) {
        let slots = entry.slots
        let mask = entry.slotMask
        var at = Int(slot >> 32) & mask
        while slots[at] != 0 { at = (at + 1) & mask }
        slots[at] = slot
    }

    /// Splits the full page of a hash; where its numbers share too many bits for that, doubles it.
    @inline(never)
    private mutating func makeRoom(for hash: UInt32) {
        let old = directory[directoryIndex(of: hash)]
        let head = Head(old.page[0])
        if head.depth == Self.depthMax {
            // Hundreds of equal hashes: no luck brings that about, but no input may end the process either.
            precondition(old.doublings < Self.doublingsMax, "a table has millions of equal hashes")
            let larger = Entry(
                Self.makePage(doublings: old.doublings + 1, depth: head.depth), doublings: old.doublings + 1)
            Self.move(old) { _ in larger }
            larger.page[0] = head.word
            name(larger, larger, inPlaceOf: head.depth, hash)
            pageBytes += Self.bytes(ofPageWith: larger.doublings)
        } else {
            if head.depth == depth { doubleDirectory() }
            let bit = UInt64(1) << UInt64(63 - head.depth)
            let low = Entry(Self.makePage(doublings: 0, depth: head.depth + 1), doublings: 0)
            let high = Entry(Self.makePage(doublings: 0, depth: head.depth + 1), doublings: 0)
            Self.move(old) { $0 & bit == 0 ? low : high }
            name(low, high, inPlaceOf: head.depth, hash)
            pageBytes += Self.bytes(ofPageWith: 0) * 2
        }
        pageBytes -= Self.bytes(ofPageWith: old.doublings)
        ChunkMemory.deallocate(old.page, capacity: Self.words(ofPageWith: old.doublings))
    }

    /// Enters the slots of a page elsewhere, and counts them there.
    private static func move(_ old: Entry, to target: (UInt64) -> Entry) {
        for at in 0...old.slotMask where old.slots[at] != 0 {
            let entry = target(old.slots[at])
            place(old.slots[at], in: entry)
            entry.page[0] += 1
        }
    }

    private mutating func doubleDirectory() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: 2 << depth)
        for at in 0..<(2 << depth) { (larger + at).initialize(to: directory[at >> 1]) }
        directory.deallocate()
        directory = larger
        depth += 1
    }

    /// Names two pages where the directory named the one whose numbers share their `bits` upper bits with `hash`.
    private func name(_ low: Entry, _ high: Entry, inPlaceOf bits: Int, _ hash: UInt32) {
        let span = 1 << (depth - bits)
        let first = directoryIndex(of: hash) & ~(span - 1)
        for at in 0..<span { directory[first + at] = at < span / 2 ? low : high }
    }

    private static func makePage(doublings: Int, depth: Int) -> Page {
        let page = ChunkMemory.allocate(UInt64.self, capacity: words(ofPageWith: doublings))
        page.initialize(repeating: 0, count: words(ofPageWith: doublings))
        page[0] = Head(count: 0, depth: depth).word
        return page
    }

    private static func words(ofPageWith doublings: Int) -> Int { 1 + slotsInPage << doublings }

    private static func bytes(ofPageWith doublings: Int) -> Int { words(ofPageWith: doublings) * 8 }

    private static func freePages(of directory: UnsafeMutablePointer<Entry>, _ depth: Int) {
        var at = 0
        while at < 1 << depth {
            let entry = directory[at]
            at += 1 << (depth - Head(entry.page[0]).depth)
            ChunkMemory.deallocate(entry.page, capacity: words(ofPageWith: entry.doublings))
        }
    }

    mutating func removeAll() {
        Self.freePages(of: directory, depth)
        directory.deallocate()
        depth = 0
        count = 0
        directory = .allocate(capacity: 1)
        directory.initialize(to: Entry(Self.makePage(doublings: 0, depth: 0), doublings: 0))
        pageBytes = Self.bytes(ofPageWith: 0)
    }

    var bytesAllocated: Int { pageBytes + 8 << depth }
}
