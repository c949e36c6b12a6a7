// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Documents of a segment that are there ready made, in one form or the other.
enum ReadyDocuments {
    case set(DenseSet)
    case list(DocumentList)

    var count: Int {
        switch self {
        case .set(let set): set.documents
        case .list(let list): list.count
        }
    }

    func contains(_ document: Int) -> Bool {
        switch self {
        case .set(let set): set.contains(document)
        case .list(let list): list.contains(document)
        }
    }
}

/// The documents of a segment as bits, ready made.
struct DenseSet: BitwiseCopyable {
    let words: UnsafePointer<UInt64>
    /// How many documents.
    let documents: Int

    @inline(__always)
    func contains(_ document: Int) -> Bool {
        words[document >> 6] >> UInt64(document & 63) & 1 != 0
    }
}

/// Documents of a segment in order, block by block, each as how many were left out before it: a byte, where they are not
/// too few.
struct DocumentList: BitwiseCopyable {
    /// Documents of a block.
    static let blockBits = 12
    /// In the place of a document: that so many more were left out.
    static let skip: UInt8 = 255

    /// Where each block's begin in `gaps`, one more than there are blocks.
    let starts: UnsafePointer<UInt32>
    let gaps: UnsafePointer<UInt8>
    let blocks: Int
    /// How many documents.
    let count: Int

    func isSame(_ other: DocumentList) -> Bool { starts == other.starts }

    /// Calls `body` with each document of a block, in order, until that says no.
    @inline(__always)
    func visit(block: Int, _ body: (Int) -> Bool) {
        var document = block << Self.blockBits - 1
        for index in Int(starts[block])..<Int(starts[block + 1]) {
            let gap = gaps[index]
            if gap == Self.skip {
                document += Int(Self.skip)
                continue
            }
            document += Int(gap) + 1
            if !body(document) { return }
        }
    }

    /// - Complexity: O(documents of a block).
    func contains(_ document: Int) -> Bool {
        var isThere = false
        visit(block: document >> Self.blockBits) { other in
            isThere = other == document
            return other < document
        }
        return isThere
    }

    /// Appends the documents of one block, told by their bits.
    static func append(
        _ bits: UnsafeMutableBufferPointer<UInt64>, words: Range<Int>, block: Int, to gaps: inout [UInt8]
    ) {
        var next = block << blockBits
        for word in words {
            var rest = bits[word]
            while rest != 0 {
                let document = word << 6 + rest.trailingZeroBitCount
                var gap = document - next
                while gap >= Int(skip) {
                    gaps.append(skip)
                    gap -= Int(skip)
                }
                gaps.append(UInt8(gap))
                next = document + 1
                rest &= rest &- 1
            }
        }
    }
}
