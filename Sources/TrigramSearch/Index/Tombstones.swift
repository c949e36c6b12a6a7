// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Which documents of a segment are gone. A change buries one among a million: what is copied for it, and what readers then
// find in another core's cache, is one page and not the whole.

/// Which documents of a segment are gone, as pages of bits. Never changed once it is published.
final class Tombstones: @unchecked Sendable {
    /// The bits of some documents; shared by all versions between which none of them went.
    private final class Page: @unchecked Sendable {
        let words: UnsafeMutablePointer<UInt64>

        init(copying other: Page?) {
            words = .allocate(capacity: TombstonePage.wordCount)
            if let other {
                words.initialize(from: other.words, count: TombstonePage.wordCount)
            } else {
                words.initialize(repeating: 0, count: TombstonePage.wordCount)
            }
        }

        deinit { words.deallocate() }
    }

    private var pages: [Page?]
    /// By page, whether no other version has it.
    private var isOwn: [Bool]
    let bits: TombstoneBits

    init(documents: Int) {
        let count = (documents + 1 << TombstonePage.documentsLog - 1) >> TombstonePage.documentsLog
        pages = Array(repeating: nil, count: count)
        isOwn = Array(repeating: false, count: count)
        bits = TombstoneBits(pages: .allocate(capacity: count), pageCount: count)
        bits.pages.initialize(repeating: nil, count: count)
    }

    /// - Complexity: O(pages)
    init(copying other: Tombstones) {
        let count = other.pages.count
        pages = other.pages
        isOwn = Array(repeating: false, count: count)
        bits = TombstoneBits(pages: .allocate(capacity: count), pageCount: count)
        bits.pages.initialize(from: other.bits.pages, count: count)
    }

    deinit { bits.pages.deallocate() }

    func insert(_ document: Int) {
        let number = document >> TombstonePage.documentsLog
        let page: Page
        if let own = pages[number], isOwn[number] {
            page = own
        } else {
            page = Page(copying: pages[number])
            pages[number] = page
            isOwn[number] = true
            bits.pages[number] = page.words
        }
        let word = document >> 6 & (TombstonePage.blocksAt - 1)
        page.words[word] |= 1 << UInt64(document & 63)
        page.words[TombstonePage.blocksAt] |= 1 << UInt64(word >> 3)
    }
}

/// A page of tombstones as a plain pointer.
struct TombstonePage {
    /// Documents of a page: so many as a word of a ``DocumentSet``'s summary stands for.
    static let documentsLog = DocumentSet.blockBits + 6
    /// Behind the bits of its documents, a bit for each block of which one is gone.
    static let blocksAt = 1 << documentsLog / 64
    static let wordCount = blocksAt + 1

    let words: UnsafePointer<UInt64>

    @inline(__always)
    var blocks: UInt64 { words[Self.blocksAt] }

    @inline(__always)
    func contains(_ document: Int) -> Bool {
        words[document >> 6 & (Self.blocksAt - 1)] >> UInt64(document & 63) & 1 != 0
    }
}

/// Tombstones as plain pointers, for readers: alive as long as the ``Tombstones`` are.
struct TombstoneBits: @unchecked Sendable {
    fileprivate let pages: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>?>
    let pageCount: Int

    /// A page; nil where none of its documents is gone.
    @inline(__always)
    func page(_ number: Int) -> TombstonePage? { pages[number].map { TombstonePage(words: UnsafePointer($0)) } }

    @inline(__always)
    func contains(_ document: Int) -> Bool {
        page(document >> TombstonePage.documentsLog)?.contains(document) ?? false
    }

    /// Calls `body` with each document that is gone, and was not by `former` tombstones of the same segment.
    ///
    /// - Complexity: O(pages), and O(documents) of those that differ.
    func forEach(notIn former: TombstoneBits?, _ body: (Int) -> Void) {
        for number in 0..<pageCount {
            guard let page = page(number) else { continue }
            let before = former?.page(number)
            if page.words == before?.words { continue }
            for word in 0..<TombstonePage.blocksAt {
                var rest = page.words[word] & ~(before?.words[word] ?? 0)
                while rest != 0 {
                    body(number << TombstonePage.documentsLog + word << 6 + rest.trailingZeroBitCount)
                    rest &= rest &- 1
                }
            }
        }
    }
}
