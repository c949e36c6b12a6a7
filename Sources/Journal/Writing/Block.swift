// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A block on its way: records are copied into its memory once, and the disk writes from there.
struct Block {
    let memory: UnsafeMutableRawPointer
    var sequence: UInt64
    var payloadBytes = 0
    var recordCount = 0

    /// Bytes that the block takes in its file.
    var bytes: Int { JournalFormat.blockBytes(payloadBytes: payloadBytes) }
}

/// A block whose write is under way.
struct BlockInFlight {
    var block: Block
    var offset: Int
    /// The highest sequence that the block says is durable.
    var names: UInt64
    var isWritten = false
}

/// Memory for blocks, used again and again so that the steady state allocates nothing.
///
/// It grows when more blocks wait than ever before, and gives back what it holds beyond `keptMax`.
struct BlockMemory: ~Copyable {
    private var free: [UnsafeMutableRawPointer] = []
    private let bytes: Int
    private let keptMax: Int

    init(blockBytes: Int, keptMax: Int) {
        bytes = blockBytes
        self.keptMax = keptMax
        free.reserveCapacity(keptMax)
    }

    deinit {
        for memory in free { memory.deallocate() }
    }

    mutating func take() -> UnsafeMutableRawPointer {
        free.popLast()
            ?? UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: JournalFormat.alignment)
    }

    mutating func giveBack(_ memory: UnsafeMutableRawPointer) {
        if free.count < keptMax { free.append(memory) } else { memory.deallocate() }
    }
}
