// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The ids of documents, in the documents' order: where each begins is two bytes, counted from the beginning of its block.
struct IDColumn: @unchecked Sendable {
    /// Documents of a block: so few that their ids, of 255 bytes each at most, are counted by two bytes.
    private static let blockBits = 6

    private var bytes = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private var blocks = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    /// One more than there are documents.
    private var starts = UnsafeMutableBufferPointer<UInt16>(start: nil, count: 0)
    private var (count, end) = (0, 0)

    init() {}

    /// Room for so many ids of so many bytes together, which are to be appended.
    init(documents: Int, bytes: Int) {
        self.bytes = .allocate(capacity: bytes)
        blocks = .zeros(documents >> Self.blockBits + 1)
        starts = .zeros(documents + 1)
    }

    mutating func append(_ id: UnsafeBufferPointer<UInt8>) {
        _ = bytes[end..<(end + id.count)].update(fromContentsOf: id)
        end += id.count
        count += 1
        // Where the next one begins.
        if count & (1 << Self.blockBits - 1) == 0 { blocks[count >> Self.blockBits] = UInt32(end) }
        starts[count] = UInt16(end - Int(blocks[count >> Self.blockBits]))
    }

    @inline(__always)
    subscript(document: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[start(document)..<start(document + 1)])
    }

    @inline(__always)
    private func start(_ document: Int) -> Int { Int(blocks[document >> Self.blockBits]) + Int(starts[document]) }

    var byteCount: Int { bytes.count + 4 * blocks.count + 2 * starts.count }

    func deallocate() {
        bytes.deallocate()
        blocks.deallocate()
        starts.deallocate()
    }
}
