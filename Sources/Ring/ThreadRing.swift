// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CRing
internal import Glibc
internal import Journal

/// The io_uring of one thread: what its storages write and what it sleeps in. Used by that thread alone.
final class ThreadRing {
    /// The token of reading the eventfd. Storages have the tokens from 1 << 56 on: their number above, theirs below.
    private static let wakeToken: UInt64 = 0
    private static let storageShift: UInt64 = 56
    private static let entries: UInt32 = 64

    private var ring: OpaquePointer?
    private let eventDescriptor: Int32
    private let wakeValue = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    private var wakeIsArmed = false
    private let completions = UnsafeMutablePointer<box_ring_completion>.allocate(capacity: 32)
    private var delivered: [[StorageCompletion]] = []
    private var isGone: [Bool] = []

    /// Why the ring takes no more operations: an errno, or 0. What was under way is lost to sight.
    private(set) var failure: Int32 = 0

    /// Makes the calling thread's ring. Throws with the errno where the system forbids it.
    init(eventDescriptor: Int32) throws(StorageError) {
        var made: OpaquePointer?
        let result = box_ring_create(Self.entries, &made)
        guard result == 0, let made else { throw StorageError(.start, "io_uring", errno: -result) }
        ring = made
        self.eventDescriptor = eventDescriptor
    }

    /// Waits for the end of what is under way and gives the ring back: on its thread, when that ends. A storage that
    /// still has it finds it failed.
    func end() {
        if let ring { box_ring_destroy(ring) }
        ring = nil
        if failure == 0 { failure = ECANCELED }
    }

    deinit {
        if let ring { box_ring_destroy(ring) }
        wakeValue.deallocate()
        completions.deallocate()
    }

    /// Gives a storage its number.
    func addStorage() -> Int {
        delivered.append([])
        isGone.append(false)
        delivered[delivered.count - 1].reserveCapacity(16)
        return delivered.count - 1
    }

    /// A storage goes: what it still has under way completes unseen, and keeps nobody awake.
    func removeStorage(_ storage: Int) {
        isGone[storage] = true
        delivered[storage] = []
    }

    /// Prepares a write; it starts with the next ``submit()`` or ``sleep(nanoseconds:)``.
    func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer, storage: Int, token: UInt64) {
        guard let ring else { return }
        let ringToken = UInt64(storage + 1) << Self.storageShift | token
        let result = box_ring_write(
            ring, file.rawValue, memory.baseAddress, UInt32(memory.count), UInt64(offset), ringToken)
        if result < 0 { delivered[storage].append(StorageCompletion(token: token, result: Int(result))) }
    }

    /// Starts what is prepared.
    func submit() {
        if let ring, failure == 0, box_ring_prepared(ring) > 0 { note(box_ring_submit(ring)) }
    }

    /// Starts what is prepared and sleeps until something completes, the eventfd is written to, or the time is up
    /// (negative: for ever).
    func sleep(nanoseconds: Int64) {
        guard let ring, failure == 0 else { return }
        if !wakeIsArmed {
            note(box_ring_read_wake(ring, eventDescriptor, wakeValue, Self.wakeToken))
            wakeIsArmed = failure == 0
        }
        note(box_ring_wait(ring, nanoseconds))
        takeCompletions()
    }

    /// Whether completions were taken that their storage has not fetched yet.
    var hasUnfetched: Bool {
        for list in delivered where !list.isEmpty { return true }
        return false
    }

    /// Takes what has completed and returns whether a storage has something to fetch.
    func look() -> Bool {
        takeCompletions()
        return hasUnfetched
    }

    /// Appends the completions of `storage`.
    func fetch(storage: Int, into list: inout [StorageCompletion]) {
        takeCompletions()
        if delivered[storage].isEmpty { return }
        list.append(contentsOf: delivered[storage])
        delivered[storage].removeAll(keepingCapacity: true)
    }

    private func takeCompletions() {
        while let ring {
            let count = Int(box_ring_reap(ring, completions, 32))
            for index in 0..<count { deliver(completions[index]) }
            if count < 32 { return }
        }
    }

    private func deliver(_ completion: box_ring_completion) {
        if completion.token == Self.wakeToken {
            wakeIsArmed = false
            return
        }
        let storage = Int(completion.token >> Self.storageShift) - 1
        let token = completion.token & (1 << Self.storageShift - 1)
        if isGone[storage] { return }
        delivered[storage].append(StorageCompletion(token: token, result: Int(completion.result)))
    }

    private func note(_ result: Int32) {
        if result < 0, failure == 0 { failure = -result }
    }
}
