// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal

/// What retiring old snapshots came to.
public struct SnapshotRetirement: Equatable, Sendable {
    /// The journal may be trimmed through this block; 0 where all of it is needed.
    public var trimJournalThrough: UInt64
    /// The files that were removed.
    public var removed: [String]
}

/// Promoting a new snapshot, retiring old ones.
extension SnapshotShelf {
    /// Makes a finished snapshot the newest one: gives it its name, durably, and then names it in the manifest, durably.
    ///
    /// - Parameter durable: the block up to which the journal is on stable storage. A snapshot must not be ahead of it: the
    ///   changes in between would be there after a crash, and the journal would not know them.
    /// - Throws: ``SnapshotError``. The snapshots before are kept, and the new one is given up.
    public func promote(_ file: SnapshotFile, journalDurableThrough durable: UInt64) throws(SnapshotError) {
        let name = file.name
        let temporaryName = SnapshotFormat.temporaryName(of: name)
        do throws(SnapshotError) {
            try check(file, journalDurableThrough: durable)
            // A failed attempt may have left a manifest behind that names this very file.
            try settleManifest()
        } catch {
            try? storage.remove(temporaryName)
            throw error
        }
        do throws(StorageError) {
            try storage.rename(temporaryName, to: name)
        } catch {
            // Whether it has happened is open. One of the names is there, and neither is wanted.
            leftovers += [temporaryName, name]
            _ = try? removeLeftovers()
            throw .storage(error)
        }
        leftovers.removeAll { $0 == name || $0 == temporaryName }
        do throws(SnapshotError) {
            try syncDirectory()
            try writeManifest([file] + candidates)
        } catch {
            leftovers.append(name)
            // Where a manifest that names it may be in place, it stays until another one surely is.
            if manifestIsCertain { _ = try? removeLeftovers() }
            throw error
        }
        candidates.insert(file, at: 0)
    }

    private func check(_ file: SnapshotFile, journalDurableThrough durable: UInt64) throws(SnapshotError) {
        let name = file.name
        guard file.header.journal == journal else {
            throw .foreign(file: name, found: file.header.journal, expected: journal)
        }
        guard file.header.kind == kind else { throw .otherKind(file: name, found: file.header.kind, expected: kind) }
        guard file.sequence <= durable else { throw .notDurable(file: name, durable: durable) }
        if let newest, newest.sequence >= file.sequence {
            throw .notNewer(file: name, newest: newest.sequence)
        }
        guard candidates.count < SnapshotFormat.generationsMax else { throw .tooMany(file: name) }
    }

    /// Drops the snapshots that are no longer needed, first from the manifest, then from the disk, and says how much of
    /// the journal nobody needs any more.
    ///
    /// Kept are: the newest and the one before it; where `keepMilliseconds` is not 0, also the newest that is at least as
    /// old as that, which is the base from which everything since can be seen again, and about eight between, so that the
    /// base can move on. The journal is needed from the oldest of them on. Where there is no second snapshot, or none is
    /// old enough to be the base, all of it is.
    ///
    /// - Parameters:
    ///   - now: milliseconds since 1970, by the clock of the snapshots' own times.
    ///   - keepMilliseconds: how far back the past must stay reachable; 0 for no further than safety needs.
    /// - Throws: ``SnapshotError``. Nothing of the journal may then be trimmed; call it again after the next snapshot.
    public func retire(now: Int64, keepMilliseconds: Int64) throws(SnapshotError) -> SnapshotRetirement {
        try settleManifest()
        let retention = SnapshotRetention(candidates, now: now, keepMilliseconds: keepMilliseconds)
        if !retention.dropped.isEmpty {
            try writeManifest(retention.kept)
            candidates = retention.kept
            leftovers += retention.dropped.map(\.name)
        }
        let removed = try removeLeftovers()
        return SnapshotRetirement(trimJournalThrough: retention.trimThrough, removed: removed)
    }

    // MARK: The manifest

    /// Makes sure that the manifest names what it should, where an earlier attempt left that open.
    private func settleManifest() throws(SnapshotError) {
        if !manifestIsCertain { try writeManifest(candidates) }
    }

    /// Replaces the manifest: written aside, synced, read back, renamed, and the directory synced.
    func writeManifest(_ generations: [SnapshotFile]) throws(SnapshotError) {
        let name = SnapshotFormat.manifestName
        let temporaryName = SnapshotFormat.temporaryName(of: name)
        let manifest = Manifest(journal: journal, kind: kind, generations: generations)
        do throws(SnapshotError) {
            try write(manifest.encoded(), to: temporaryName)
            guard try readManifest(temporaryName, syncing: false) == manifest else {
                throw .damaged(file: temporaryName, offset: 0, .manifestChecksum)
            }
        } catch {
            try? storage.remove(temporaryName)
            throw error
        }
        manifestIsCertain = false
        do throws(StorageError) {
            try storage.rename(temporaryName, to: name)
        } catch {
            throw .storage(error)
        }
        try syncDirectory()
        leftovers.removeAll { $0 == temporaryName }
        manifestIsCertain = true
    }

    private func write(_ bytes: [UInt8], to name: String) throws(SnapshotError) {
        do throws(StorageError) {
            try storage.create(name, holding: bytes)
        } catch {
            throw .storage(error)
        }
    }

    func readManifest(_ name: String, syncing: Bool) throws(SnapshotError) -> Manifest {
        let bytes: UnsafeMutableRawBufferPointer = .allocate(
            byteCount: SnapshotFormat.manifestBytesMax + 1, alignment: 16)
        defer { bytes.deallocate() }
        let count: Int
        do throws(StorageError) {
            let file = try storage.open(name, for: syncing ? .write : .read)
            defer { storage.close(file) }
            if syncing { try storage.sync(file) }
            // One byte more than the longest manifest: what does not end within it is none.
            count = try storage.read(file, at: 0, into: bytes)
        } catch {
            throw .storage(error)
        }
        return try Manifest.decode(
            UnsafeRawBufferPointer(rebasing: bytes[..<count]), journal: journal, kind: kind)
    }

    // MARK: Files

    /// Removes what nobody wants, each removal made durable before the next.
    func removeLeftovers() throws(SnapshotError) -> [String] {
        var removed: [String] = []
        while let name = leftovers.first {
            do throws(StorageError) {
                try storage.remove(name)
                removed.append(name)
            } catch {
                // A name that is gone already needs only the sync.
                guard error.errno == 2 else { throw .storage(error) }
            }
            try syncDirectory()
            leftovers.removeFirst()
        }
        return removed
    }

    private func syncDirectory() throws(SnapshotError) {
        do throws(StorageError) {
            try storage.syncDirectory()
        } catch {
            throw .storage(error)
        }
    }
}
