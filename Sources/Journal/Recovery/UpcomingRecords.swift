// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The next records of a journal, before they are handed out one by one: whoever replays them may fetch what they are
/// about, for many at once, where one after another would wait for the memory each time.
public struct UpcomingRecords {
    /// How many are announced at once: enough for their reads to overlap, few enough to stay in the cache.
    static var countMax: Int { 32 }

    private let payload: UnsafeRawBufferPointer
    private let offset: Int
    private let left: Int

    init(payload: UnsafeRawBufferPointer, offset: Int, left: Int) {
        self.payload = payload
        self.offset = offset
        self.left = left
    }

    /// Calls `body` with each record, in order. The spans are good only during the call. Nothing is proven of what is in
    /// them yet; where their lengths make no sense, it ends early.
    public func visit(_ body: (_ record: Span<UInt8>) -> Void) {
        var offset = offset
        for _ in 0..<min(left, Self.countMax) {
            guard payload.count - offset >= JournalFormat.recordHeaderBytes else { return }
            let length = Int(payload.integer(at: offset, as: UInt32.self))
            offset += JournalFormat.recordHeaderBytes
            guard length <= payload.count - offset else { return }
            body(UnsafeRawBufferPointer(rebasing: payload[offset..<(offset + length)]).bytes)
            offset += length
        }
    }
}
