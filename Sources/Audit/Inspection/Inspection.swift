// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Glibc
internal import Journal
internal import SnapshotStore
internal import Ticketing

/// Shows what lies in a data directory, or in a part of it: segments, blocks, records with every field named, snapshots
/// with what their frames hold, in a directory the newest one's only. Secrets are never shown: neither the house's, nor ticket codes, nor idempotency keys.
public struct Inspection: Sendable {
    /// What is to be shown; everything where nothing is set.
    public struct Filter: Sendable {
        /// Blocks, and snapshots, of these sequences: in a directory the newest snapshot among them shows what it holds.
        public var sequences: ClosedRange<UInt64> = 0 ... .max
        /// Types of records (`held`) and kinds of other things (`block`).
        public var types: Set<String> = []
        /// The id of an event, or its number in its shard.
        public var event: String?

        public init() {}

        var isSet: Bool { !types.isEmpty || event != nil }
    }

    /// All that ``Filter/types`` may name: types of records, then kinds of other things.
    public static let types: [String] =
        ShardRecordType.allCases.map(\.word) + CatalogueRecordType.allCases.map(\.word) + [
            "house", "manifest", "segment", "block", "record", "snapshot", "frame", "head", "event", "hold", "order",
            "ticket", "buyer", "gate", "footer", "venue", "performer", "damage", "torn-tail",
        ]

    let path: String
    let filter: Filter

    /// - Throws: ``AuditError`` where there is nothing of the box office at `path`, or where it may not be read.
    public init(_ path: String, filter: Filter = Filter()) throws {
        var trimmed = path
        while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.path = trimmed
        self.filter = filter
        try Readability.require(trimmed)
        switch Kind(of: trimmed) {
        case nil: throw AuditError.nothingToInspect(path)
        case .house:
            try Readability.requireHouseFile(in: trimmed)
            let shards = try HouseFile.read(in: trimmed)?.shards ?? 0
            try Readability.requireJournals(in: trimmed, shards: shards)
        case .journal: try Readability.requireJournal(trimmed)
        case .houseFile, .manifest, .segment, .snapshot: break
        }
    }

    /// Everything that the filters let through, a line each, in the order in which it lies there.
    ///
    /// - Returns: Whether everything could be read: what could not is shown as `damage`.
    public func run(asJSON: Bool, _ show: (String) -> Void) throws -> Bool {
        var display = InspectionDisplay(filter: filter, asJSON: asJSON)
        switch Kind(of: path) {
        case .house: try showHouse(&display, show)
        case .journal: display.inspectJournal(path, show)
        case .houseFile: try display.inspectHouseFile(Self.parent(of: path), show)
        case .segment(let name): display.inspectSegment(name, in: Self.parent(of: path), show)
        case .snapshot(let name): display.inspectSnapshot(name, in: Self.parent(of: path), show)
        case .manifest: display.inspectManifest(in: Self.parent(of: path), show)
        case nil: throw AuditError.nothingToInspect(path)
        }
        return display.isSound
    }

    private func showHouse(_ display: inout InspectionDisplay, _ show: (String) -> Void) throws {
        let shards = try display.inspectHouseFile(path, show)
        for shard in -1..<shards {
            display.journal = HouseFile.journalName(of: shard)
            display.inspectJournal("\(path)/\(HouseFile.journalName(of: shard))", show)
        }
    }

    /// What lies at a path.
    private enum Kind {
        case house, journal, houseFile, manifest
        case segment(String)
        case snapshot(String)

        init?(of path: String) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if let names = try? PosixDirectory(path).list() {
                if names.contains(HouseFile.name) {
                    self = .house
                } else if names.contains(where: { JournalFormat.segmentNumber(ofName: $0) != nil }) {
                    self = .journal
                } else {
                    return nil
                }
                return
            }
            guard access(path, R_OK) == 0 else { return nil }
            switch name {
            case HouseFile.name: self = .houseFile
            case SnapshotFormat.manifestName: self = .manifest
            case _ where JournalFormat.segmentNumber(ofName: name) != nil: self = .segment(name)
            case _ where SnapshotFormat.sequence(ofName: name) != nil || SnapshotFormat.isTemporaryName(name):
                self = .snapshot(name)
            default: return nil
            }
        }
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// Where the items of an inspection are filtered and written as lines.
struct InspectionDisplay {
    let filter: Inspection.Filter
    let asJSON: Bool
    /// Said with each item, where several journals are shown.
    var journal: String?
    var isSound = true

    init(filter: Inspection.Filter, asJSON: Bool) {
        self.filter = filter
        self.asJSON = asJSON
    }

    /// Shows an item if the filters let it through.
    ///
    /// - Parameters:
    ///   - type: what `--type` calls it.
    ///   - event: the number and id of the event that it is about.
    func show(
        _ item: InspectedItem, type: String? = nil, event: (number: Int, id: String?)? = nil, _ show: (String) -> Void
    ) {
        if !filter.types.isEmpty, !filter.types.contains(type ?? item.kind), !filter.types.contains(item.kind) {
            return
        }
        if let wanted = filter.event {
            guard let event, event.id == wanted || String(event.number) == wanted else { return }
        }
        write(item, show)
    }

    /// Shows an item whatever the filters.
    func write(_ item: InspectedItem, _ show: (String) -> Void) {
        var item = item
        if let journal { item.fields.insert(("journal", .text(journal)), at: 0) }
        show(asJSON ? item.json.text : item.text)
    }

    mutating func showDamage(_ what: String, file: String? = nil, offset: Int? = nil, _ show: (String) -> Void) {
        isSound = false
        var item = InspectedItem("damage")
        if let file { item.add("file", file) }
        if let offset { item.add("offset", offset) }
        item.add("what", what)
        write(item, show)
    }

    /// Returns the number of shards.
    @discardableResult
    func inspectHouseFile(_ directory: String, _ show: (String) -> Void) throws -> Int {
        guard let house = try HouseFile.read(in: directory) else { throw AuditError.noDataDirectory(directory) }
        var item = InspectedItem("house")
        item.add("format", HouseFile.formatVersion)
        item.add("shards", house.shards)
        item.add("founded", house.isFounded)
        item.add("secret", "redacted")
        self.show(item, show)
        return house.shards
    }
}
