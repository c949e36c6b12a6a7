// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Journal

/// Finding out which snapshots there are, and settling it once recovery has succeeded.
extension SnapshotShelf {
    /// Finds the snapshots of a directory. Changes nothing, whatever it finds; see the table at ``SnapshotShelf``.
    ///
    /// - Parameters:
    ///   - journal: the journal that they must belong to.
    ///   - kind: what they must hold.
    ///   - syncing: whether what is found is made durable before it is believed. False for tools that only look.
    /// - Throws: ``SnapshotError``.
    /// - Complexity: O(count of files); reads only the manifest, and without one the ends of each snapshot.
    public static func open(
        _ storage: any DirectoryStorage, journal: JournalID, kind: UInt32, syncing: Bool = true
    ) throws(SnapshotError) -> SnapshotShelf {
        let shelf = SnapshotShelf(storage, journal: journal, kind: kind)
        let names: [String]
        do throws(StorageError) {
            if syncing { try storage.syncDirectory() }
            names = try storage.list()
        } catch {
            throw .storage(error)
        }
        let sequences = names.compactMap(SnapshotFormat.sequence(ofName:)).sorted(by: >)
        shelf.leftovers = names.filter(SnapshotFormat.isTemporaryName).sorted()
        let hasManifest = names.contains(SnapshotFormat.manifestName)
        if hasManifest, try shelf.takeManifest(sequences, syncing: syncing) { return shelf }
        if sequences.isEmpty {
            // Without snapshots a lost manifest is no loss, but a damaged one is to be replaced.
            shelf.manifestIsCertain = !hasManifest
            return shelf
        }
        if !hasManifest { shelf.findings.append(.manifestMissing) }
        try shelf.takeSnapshots(sequences)
        return shelf
    }

    /// Takes what the manifest names and is there. Returns whether the manifest can be believed.
    private func takeManifest(_ sequences: [UInt64], syncing: Bool) throws(SnapshotError) -> Bool {
        let manifest: Manifest
        do throws(SnapshotError) {
            manifest = try readManifest(SnapshotFormat.manifestName, syncing: syncing)
        } catch {
            guard error.permitsOlder else { throw error }
            findings.append(.manifestDamaged(error))
            return false
        }
        for generation in manifest.generations {
            if sequences.contains(generation.sequence) {
                candidates.append(generation)
            } else {
                findings.append(.snapshotMissing(file: generation.name))
                manifestIsCertain = false
            }
        }
        let named = Set(manifest.generations.map(\.sequence))
        leftovers += sequences.filter { !named.contains($0) }.map(SnapshotFormat.snapshotName)
        return true
    }

    /// Takes every snapshot that is whole at its ends.
    private func takeSnapshots(_ sequences: [UInt64]) throws(SnapshotError) {
        manifestIsCertain = false
        for sequence in sequences {
            let name = SnapshotFormat.snapshotName(sequence)
            do throws(SnapshotError) {
                let found = try SnapshotReader.ends(of: name, in: storage, journal: journal, kind: kind)
                if candidates.count < SnapshotFormat.generationsMax {
                    candidates.append(found)
                } else {
                    leftovers.append(name)
                }
            } catch {
                guard error.permitsOlder else { throw error }
                findings.append(.snapshotDamaged(error))
                leftovers.append(name)
            }
        }
    }

    /// Settles what was found: drops the candidates that could not be read from the manifest, writes it anew where it has
    /// to be, and then removes the files that nobody wants. To be called once after opening, when the state and the
    /// journal behind it are read to their ends; calling it again after an error is safe.
    ///
    /// - Parameter sequence: the snapshot that recovery began with; nil where it began with the journal's first block.
    /// - Returns: the files that were removed.
    /// - Throws: ``SnapshotError``. What was recovered is good nevertheless, and the next start can do the same again.
    public func confirm(recoveredFrom sequence: UInt64?) throws(SnapshotError) -> [String] {
        let kept = candidates.filter { generation in sequence.map { generation.sequence <= $0 } ?? false }
        let dropped = candidates.filter { !kept.contains($0) }
        if !dropped.isEmpty {
            // Known here first: where the manifest cannot be written now, the next promotion or retirement writes it
            // before it counts generations, and what could not be read is never taken for one of them.
            candidates = kept
            leftovers += dropped.map(\.name)
            manifestIsCertain = false
        }
        if !manifestIsCertain { try writeManifest(candidates) }
        return try removeLeftovers()
    }
}

extension SnapshotReader {
    /// What the header and the footer of a snapshot say, with nothing between them looked at.
    static func ends(
        of name: String, in storage: any DirectoryStorage, journal: JournalID, kind: UInt32
    ) throws(SnapshotError) -> SnapshotFile {
        let reader = try SnapshotReader(storage, name: name, journal: journal, kind: kind)
        return try reader.readEnd()
    }
}
