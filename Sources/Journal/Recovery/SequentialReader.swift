// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads a file from front to back in large pieces and lends views of it; each byte is read once.
package struct SequentialReader: ~Copyable {
    /// Large enough that a disk reads at full speed, and that the longest block fits whatever is left of the last piece.
    private static let capacity = 1 << 20

    private let storage: any DirectoryStorage
    private let memory: UnsafeMutableRawBufferPointer
    private var file = StorageFile(rawValue: -1)
    package private(set) var fileBytes = 0
    /// The part of the file that `memory` holds.
    private var held = 0..<0
    /// All bytes read so far, of all files.
    package private(set) var bytesRead = 0

    package init(storage: any DirectoryStorage) {
        self.storage = storage
        memory = .allocate(byteCount: Self.capacity, alignment: JournalFormat.alignment)
    }

    deinit { memory.deallocate() }

    /// Goes over to another file, at its front.
    package mutating func begin(_ file: StorageFile, bytes: Int) {
        self.file = file
        fileBytes = bytes
        held = 0..<0
    }

    /// The bytes from `offset` on, `count` of them or as many as the file has. Offsets must not go back. The view is
    /// good until the next call.
    package mutating func view(at offset: Int, count: Int) throws(StorageError) -> UnsafeRawBufferPointer {
        precondition(offset >= held.lowerBound && count <= Self.capacity)
        let end = min(offset + count, fileBytes)
        if end > held.upperBound { try refill(from: offset) }
        let start = min(offset, held.upperBound) - held.lowerBound
        let stop = min(end, held.upperBound) - held.lowerBound
        return UnsafeRawBufferPointer(rebasing: memory[start..<max(start, stop)])
    }

    private mutating func refill(from offset: Int) throws(StorageError) {
        precondition(offset <= held.upperBound || held.isEmpty, "bytes must not be skipped: they are all looked at")
        let keptBytes = max(0, held.upperBound - offset)
        if keptBytes > 0, let start = memory.baseAddress {
            start.copyMemory(from: start + (offset - held.lowerBound), byteCount: keptBytes)
        }
        held = offset..<(offset + keptBytes)
        while held.count < Self.capacity, held.upperBound < fileBytes {
            let wanted = min(Self.capacity - held.count, fileBytes - held.upperBound)
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[held.count..<(held.count + wanted)])
            let count = try storage.read(file, at: held.upperBound, into: rest)
            if count == 0 { fileBytes = held.upperBound }
            bytesRead += count
            held = held.lowerBound..<(held.upperBound + count)
        }
    }
}
