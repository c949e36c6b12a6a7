// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Journal
internal import SnapshotStore
internal import Ticketing

/// Snapshots: header, frames, what they hold, footer; and manifests.
extension InspectionDisplay {
    /// A snapshot's header and footer, and what it holds between them where that is asked for. Returns whether it could be
    /// read.
    @discardableResult
    mutating func inspectSnapshot(
        _ name: String, in directory: String, withContent: Bool = true, _ show: (String) -> Void
    ) -> Bool {
        do {
            let storage = try PosixDirectory(directory)
            let reader = try SnapshotReader(storage, name: name)
            var item = InspectedItem("snapshot")
            item.add("file", name)
            item.add("journalID", "\(reader.header.journal)")
            item.add("content", Self.contentName(reader.header.kind))
            item.add("contentVersion", reader.header.contentVersion)
            item.add("sequence", reader.header.sequence)
            item.add("time", Clock.text(reader.header.timeMilliseconds))
            self.show(item, show)
            if reader.header.kind == SnapshotContent.catalogueKind {
                try inspectCatalogue(reader, withContent: withContent, show)
            } else {
                let bytes = try Self.contentBytesMax(of: name, in: storage)
                try inspectLedger(reader, contentBytes: bytes, withContent: withContent, show)
            }
            return true
        } catch SnapshotError.damaged(let file, let offset, let damage) {
            showDamage(damage.rawValue, file: file, offset: offset, show)
        } catch {
            showDamage("\(error)", file: name, show)
        }
        return false
    }

    /// What a file of that length can hold: as many frames as it has room for, each as long as a frame may be.
    private static func contentBytesMax(of name: String, in storage: PosixDirectory) throws(StorageError) -> UInt64 {
        let file = try storage.open(name, for: .read)
        defer { storage.close(file) }
        let frames = try storage.size(of: file) / SnapshotFormat.frameHeaderBytes
        return UInt64(frames * SnapshotFormat.frameBytesMax)
    }

    private static func contentName(_ kind: UInt32) -> String {
        switch kind {
        case SnapshotContent.ledgerKind: "ledger"
        case SnapshotContent.catalogueKind: "catalogue"
        default: String(kind, radix: 16)
        }
    }

    private func inspectLedger(
        _ reader: SnapshotReader, contentBytes: UInt64, withContent: Bool, _ show: (String) -> Void
    ) throws {
        var columns = SnapshotColumns(contentBytes: contentBytes)
        var number = 0
        let file = try reader.readFrames { frame in
            if withContent { try showFrame(frame, number, show) }
            number += 1
            try columns.take(frame)
        }
        if withContent {
            LedgerContent(columns: columns).forEachItem { item, event in self.show(item, event: event, show) }
        }
        showFooter(file, show)
    }

    private func inspectCatalogue(_ reader: SnapshotReader, withContent: Bool, _ show: (String) -> Void) throws {
        var number = 0
        var file: SnapshotFile?
        let catalogue = Catalogue()
        try catalogue.restore(contentBytes: .max) { body in
            file = try reader.readFrames { frame in
                if withContent { try showFrame(frame, number, show) }
                number += 1
                try body(frame)
            }
        }
        if withContent { showContent(of: catalogue, show) }
        if let file { showFooter(file, show) }
    }

    private func showContent(of catalogue: Catalogue, _ show: (String) -> Void) {
        var effects = Effects(isPublishing: true)
        catalogue.publishAll(into: &effects)
        for venue in effects.venues {
            var item = InspectedItem("venue")
            item.add("venue", venue.id)
            item.add("name", venue.name)
            item.addIfAny("city", venue.city)
            item.addIfAny("country", venue.country)
            item.add("places", venue.layout.placeCount)
            self.show(item, show)
        }
        for performer in effects.performers {
            var item = InspectedItem("performer")
            item.add("performer", performer.id)
            item.add("name", performer.name)
            item.addIfAny("genre", performer.genre)
            self.show(item, show)
        }
    }

    /// A frame with the images in it: kind, and which elements.
    private func showFrame(_ frame: UnsafeRawBufferPointer, _ number: Int, _ show: (String) -> Void) throws {
        guard !filter.isSet || filter.types.contains("frame") else { return }
        var item = InspectedItem("frame")
        item.add("number", number)
        item.add("bytes", frame.count)
        var images: [String] = []
        try SnapshotContent.forEachImage(in: frame) { (image) throws(RecordError) in
            images.append(
                image.kind.isStream
                    ? "\(image.kind):\(image.count)B"
                    : "\(image.kind):\(image.first)-\(image.first + UInt64(image.count))")
        }
        item.add("images", images)
        self.show(item, show)
    }

    private func showFooter(_ file: SnapshotFile, _ show: (String) -> Void) {
        var item = InspectedItem("footer")
        item.add("sequence", file.sequence)
        item.add("frames", file.frames)
        item.add("bytes", file.bytes)
        item.add("compressed", file.compressedBytes)
        item.add("decoded", file.decodedBytes)
        item.add("digest", String(file.stateDigest, radix: 16))
        self.show(item, show)
    }

    // MARK: Manifest

    mutating func inspectManifest(in directory: String, _ show: (String) -> Void) {
        do {
            let storage = try PosixDirectory(directory)
            guard let (journal, kind) = try Self.identity(ofManifestIn: storage) else {
                return showDamage("it is too short for a manifest", file: SnapshotFormat.manifestName, show)
            }
            let shelf = try SnapshotShelf.open(storage, journal: journal, kind: kind, syncing: false)
            var item = InspectedItem("manifest")
            item.add("file", SnapshotFormat.manifestName)
            item.add("journalID", "\(journal)")
            item.add("content", Self.contentName(kind))
            item.add("snapshots", shelf.candidates.map(\.name))
            if !shelf.leftovers.isEmpty { item.add("leftovers", shelf.leftovers) }
            self.show(item, show)
            for finding in shelf.findings {
                showDamage("\(finding)", file: SnapshotFormat.manifestName, show)
            }
        } catch {
            showDamage("\(error)", file: SnapshotFormat.manifestName, show)
        }
    }

    /// Whose a manifest says that it is: bytes 12 to 31, by the format.
    private static func identity(ofManifestIn storage: PosixDirectory) throws -> (JournalID, UInt32)? {
        let file = try storage.open(SnapshotFormat.manifestName, for: .read)
        defer { storage.close(file) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = try bytes.withUnsafeMutableBytes { (memory) throws(StorageError) in
            try storage.read(file, at: 0, into: memory)
        }
        guard count == bytes.count else { return nil }
        let journal = JournalID(high: bytes.span.integer(at: 16), low: bytes.span.integer(at: 24))
        return (journal, bytes.span.integer(at: 12))
    }
}
