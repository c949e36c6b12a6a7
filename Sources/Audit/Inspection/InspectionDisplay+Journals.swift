// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import SnapshotStore
internal import Ticketing

/// Journals: segments, blocks, records.
extension InspectionDisplay {
    /// A journal's directory: its manifest, its snapshots from the newest on, then its segments.
    ///
    /// All snapshots are read and said, and what the newest one that can be read holds is shown: an older one holds the
    /// same things as they were before, and nothing in a line of it would tell one from the other.
    mutating func inspectJournal(_ path: String, _ show: (String) -> Void) {
        do {
            let storage = try PosixDirectory(path)
            let names = try storage.list()
            if names.contains(SnapshotFormat.manifestName) { inspectManifest(in: path, show) }
            var isShown = false
            for sequence in names.compactMap(SnapshotFormat.sequence(ofName:)).sorted(by: >)
            where filter.sequences.contains(sequence) {
                let name = SnapshotFormat.snapshotName(sequence)
                if inspectSnapshot(name, in: path, withContent: !isShown, show) { isShown = true }
            }
            walk(storage, show)
        } catch {
            showDamage("\(error)", show)
        }
    }

    /// One segment alone.
    mutating func inspectSegment(_ name: String, in directory: String, _ show: (String) -> Void) {
        do {
            walk(OneFile(name, of: try PosixDirectory(directory)), show)
        } catch {
            showDamage("\(error)", file: name, show)
        }
    }

    private mutating func walk(_ storage: any DirectoryStorage, _ show: (String) -> Void) {
        var description = RecordDescription()
        var segment: UInt32 = 0
        do {
            let survey = try JournalReader.walk(
                storage,
                onBlock: { header, offset in
                    if header.segment != segment {
                        segment = header.segment
                        self.show(try Self.item(ofSegment: header, storage), show)
                    }
                    if filter.sequences.contains(header.sequence), !filter.isSet || filter.types.contains("block") {
                        self.show(Self.item(of: header, at: offset), show)
                    }
                },
                onRecord: { record, position in
                    // Records before the range are described too: later ones refer to what they say.
                    guard position.sequence <= filter.sequences.upperBound else { throw EnoughRead() }
                    var item = InspectedItem("record")
                    item.add("sequence", position.sequence)
                    item.add("number", position.record)
                    description.describe(record, into: &item)
                    guard position.sequence >= filter.sequences.lowerBound else { return }
                    self.show(
                        item, type: Self.text(of: item, "type"),
                        event: description.event.map { ($0, description.eventID) }, show)
                })
            showEnd(survey, show)
        } catch is EnoughRead {
            return
        } catch JournalError.corrupt(let file, let offset, let reason) {
            showDamage(reason, file: file, offset: offset, show)
        } catch {
            showDamage("\(error)", show)
        }
    }

    private static func text(of item: InspectedItem, _ name: String) -> String? {
        for field in item.fields where field.name == name {
            if case .text(let text) = field.value { return text }
        }
        return nil
    }

    private func showEnd(_ survey: JournalSurvey, _ show: (String) -> Void) {
        for segment in survey.segments where segment.blocks == nil {
            var item = InspectedItem("segment")
            item.add("file", JournalFormat.segmentName(segment.number))
            item.add("number", segment.number)
            item.add("bytes", segment.bytes)
            item.add("blocks", "none")
            self.show(item, show)
        }
        if let torn = survey.tornTail {
            var item = InspectedItem("torn-tail")
            item.add("file", torn.file)
            item.add("offset", torn.offset)
            item.add("end", torn.end)
            item.add("sequence", torn.sequence)
            write(item, show)
        }
    }

    private static func item(ofSegment header: BlockHeader, _ storage: any DirectoryStorage) throws -> InspectedItem {
        let name = JournalFormat.segmentName(header.segment)
        let file = try storage.open(name, for: .read)
        defer { storage.close(file) }
        var item = InspectedItem("segment")
        item.add("file", name)
        item.add("number", header.segment)
        item.add("journalID", "\(header.journal)")
        item.add("bytes", try storage.size(of: file))
        return item
    }

    private static func item(of header: BlockHeader, at offset: Int) -> InspectedItem {
        var item = InspectedItem("block")
        item.add("sequence", header.sequence)
        item.add("segment", header.segment)
        item.add("offset", offset)
        item.add("bytes", header.blockBytes)
        item.add("payload", header.payloadBytes)
        item.add("records", header.recordCount)
        item.add("durable", header.durable)
        return item
    }
}

/// A directory of which only one file is seen. It is read only.
private final class OneFile: DirectoryStorage {
    private let name: String
    private let directory: PosixDirectory

    init(_ name: String, of directory: PosixDirectory) {
        self.name = name
        self.directory = directory
    }

    func list() throws(StorageError) -> [String] { [name] }
    func open(_ name: String, for access: FileAccess) throws(StorageError) -> StorageFile {
        try directory.open(name, for: .read)
    }
    func close(_ file: StorageFile) { directory.close(file) }
    func size(of file: StorageFile) throws(StorageError) -> Int { try directory.size(of: file) }
    func read(
        _ file: StorageFile, at offset: Int, into memory: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int { try directory.read(file, at: offset, into: memory) }

    // Whoever inspects changes nothing.
    func create(_ name: String) throws(StorageError) -> StorageFile { throw refusal(.create, name) }
    func checkRoom(bytes: Int) throws(StorageError) { throw refusal(.write, name) }
    func write(_ file: StorageFile, at offset: Int, from memory: UnsafeRawBufferPointer) throws(StorageError) {
        throw refusal(.write, name)
    }
    func sync(_ file: StorageFile) throws(StorageError) { throw refusal(.sync, name) }
    func syncDirectory() throws(StorageError) { throw refusal(.syncDirectory, name) }
    func rename(_ name: String, to newName: String) throws(StorageError) { throw refusal(.rename, name) }
    func remove(_ name: String) throws(StorageError) { throw refusal(.remove, name) }

    private func refusal(_ operation: StorageError.Operation, _ name: String) -> StorageError {
        StorageError(operation, name, errno: 30)
    }
}
