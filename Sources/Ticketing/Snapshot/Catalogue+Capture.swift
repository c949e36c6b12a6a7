// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How far the capture of a catalogue has come: venues and performers in the order of their numbers.
struct CatalogueCapture {
    let sink: StateCapture
    var stage = Stage.keys
    var nextVenue = 0
    var nextPerformer = 0
    let venueCount: Int
    let performerCount: Int
    /// Those that were about to change before their turn had come: what they were, by number.
    var changedVenues: [Int: CapturedVenue] = [:]
    var changedPerformers: [Int: [UInt8]] = [:]

    enum Stage: Int { case keys, performers, venues }

    mutating func willChange(_ venue: Venue) {
        let number = Int(venue.number)
        guard number >= nextVenue, number < venueCount, changedVenues[number] == nil else { return }
        changedVenues[number] = CapturedVenue(venue)
    }

    mutating func willChange(_ performer: Performer) {
        let number = Int(performer.number)
        guard number >= nextPerformer, number < performerCount, changedPerformers[number] == nil else { return }
        changedPerformers[number] = performer.encoded()
    }
}

// The first message of a catalogue's snapshot, little-endian: version (1) = 1; founding: shard (1), shards (1),
// secret (32); time of the last record (8); digest of the state (8); venues, performers, keys
// (8 each).

extension Catalogue {
    private static let headVersion: UInt8 = 1

    /// Begins to capture the state as it is now. Every record applied so far is in it, none after.
    ///
    /// - Precondition: The catalogue is founded and no capture is under way.
    public func beginCapture(into sink: StateCapture) {
        guard let founding else { preconditionFailure("a catalogue is captured once it is founded") }
        var head: [UInt8] = [Self.headVersion, founding.shard, founding.shards]
        head.append(contentsOf: founding.secret)
        head.append(integer: (lastRecorded ?? .earliest).milliseconds)
        head.append(integer: digest)
        for count in [venues.count, performers.count, keys.count] { head.append(integer: UInt64(count)) }
        sink.take(.head, message: head.span)
        keys.beginCapture(into: sink)
        capture = CatalogueCapture(sink: sink, venueCount: venues.count, performerCount: performers.count)
    }

    /// Captures about `bytesMax` bytes more. Returns whether everything is captured (or the capture is void).
    ///
    /// - Complexity: O(bytesMax).
    public func captureSome(bytesMax: Int) -> Bool {
        guard var work = capture else { return true }
        // Not held twice, so that it is changed in place.
        capture = nil
        let end = work.sink.bytesCopied + bytesMax
        var venuesTaken = 0
        while work.sink.bytesCopied < end, venuesTaken < Self.venuesPerStepMax {
            switch work.stage {
            case .keys:
                if !keys.captureNext() { work.stage = .performers }
            case .performers:
                guard work.nextPerformer < work.performerCount else {
                    work.stage = .venues
                    continue
                }
                let number = work.nextPerformer
                let message = work.changedPerformers.removeValue(forKey: number) ?? performers[number].encoded()
                work.sink.take(.performers, message: message.span)
                work.nextPerformer += 1
            case .venues:
                guard work.nextVenue < work.venueCount else {
                    work.sink.finishPage()
                    return true
                }
                let number = work.nextVenue
                work.sink.take(.venue(work.changedVenues.removeValue(forKey: number) ?? CapturedVenue(venues[number])))
                work.nextVenue += 1
                venuesTaken += 1
            }
        }
        capture = work
        return false
    }

    /// Venues are encoded by whoever writes them: what they cost here is their references.
    private static var venuesPerStepMax: Int { 256 }

    /// Gives up the capture that is under way, if there is one.
    public func abandonCapture() {
        capture = nil
        keys.endCapture()
    }

    func voidCapture() {
        capture?.sink.void()
        abandonCapture()
    }

    /// To be called before a venue changes.
    func willChange(_ venue: Venue) {
        capture?.willChange(venue)
    }

    /// To be called before a performer changes.
    func willChange(_ performer: Performer) {
        capture?.willChange(performer)
    }

    // MARK: Restoring

    /// Takes the place of this catalogue's state: what the frames of a snapshot hold. See
    /// ``TicketLedger/restore(contentBytes:readFrames:)``.
    public func restore(
        contentBytes: UInt64, readFrames: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        var streams = SnapshotStreams()
        let restored = Catalogue(itemsMax: itemsMax, keysMax: keys.capacity)
        var head: [UInt64]?
        try readFrames { frame in
            try SnapshotContent.forEachImage(in: frame) { (image) throws(RecordError) in
                guard image.elementBytes == 1, image.kind.isStream else {
                    throw .snapshot("a catalogue has no columns")
                }
                let bytes = UnsafeRawBufferPointer(rebasing: frame[image.range])
                try streams.add(image.kind, bytes) { (message) throws(RecordError) in
                    if image.kind == .head {
                        guard head == nil else { throw .snapshot("it has two heads") }
                        head = try restored.takeHead(message)
                    } else if head == nil {
                        throw .snapshot("it does not begin with its head")
                    }
                    switch image.kind {
                    case .keys: try restored.keys.restore(message: message)
                    case .venues: try restored.restore(venue: message)
                    case .performers: try restored.restore(performer: message)
                    default: break
                    }
                }
            }
        }
        guard let head, streams.isComplete, UInt64(restored.venues.count) == head[1],
            UInt64(restored.performers.count) == head[2], UInt64(restored.keys.count) == head[3]
        else { throw RecordError.snapshot("something is missing in it") }
        restored.contentDigest = restored.recomputedContentDigest()
        guard restored.digest == head[0] else {
            throw RecordError.digestMismatch(expected: head[0], found: restored.digest)
        }
        takeState(of: restored)
    }

    private func takeState(of other: Catalogue) {
        venues = other.venues
        performers = other.performers
        venuesByID = other.venuesByID
        performersByID = other.performersByID
        keys = other.keys
        founding = other.founding
        contentDigest = other.contentDigest
        lastRecorded = other.lastRecorded
    }

    /// Reads the head: the digest and counts.
    private func takeHead(_ message: Span<UInt8>) throws(RecordError) -> [UInt64] {
        var reader = RecordReader(message)
        guard reader.read(UInt8.self) == Self.headVersion else { throw .snapshot("its head is of another version") }
        let shard = reader.read(UInt8.self)
        let shards = reader.read(UInt8.self)
        let range = reader.readRange(FoundingRecord.secretBytes)
        let time = reader.read(Int64.self)
        var values: [UInt64] = []
        for _ in 0..<4 { values.append(reader.read(UInt64.self)) }
        guard !reader.isMalformed, reader.remaining == 0, FoundingRecord.isValid(shard: shard, shards: shards),
            shard == FoundingRecord.catalogueShard
        else { throw .snapshot("its founding makes no sense") }
        let decoded = FoundingRecord(shard: shard, shards: shards, secret: range.map { message[$0] })
        founding = decoded
        keys.found(decoded)
        lastRecorded = Instant(milliseconds: time)
        return values
    }

    private func restore(venue message: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(message)
        let id = reader.readString()
        let texts = VenueTexts(reading: &reader)
        let sectionCount = Int(reader.read(UInt16.self))
        var categories: [String] = []
        while !reader.isMalformed, categories.count < sectionCount { categories.append(reader.readString()) }
        let plan = message.extracting(reader.readRange(reader.remaining))
        guard !reader.isMalformed, venuesByID[id] == nil else { throw .snapshot("a venue makes no sense") }
        let sections = try SeatPlanBuilder.decode(plan).builder
        guard sections.sections.count == categories.count else { throw .snapshot("a venue has other sections") }
        // Built anew, since a plan does not say what category a section gives to its next rows.
        var builder = SeatPlanBuilder()
        for (number, section) in sections.sections.enumerated() {
            guard builder.addSection(label: section.label, name: section.name, category: categories[number]) == nil,
                builder.addRows(section.rows, toSection: number) == nil
            else { throw .snapshot("a venue contradicts itself") }
        }
        for area in sections.areas {
            guard builder.addArea(area) == nil else { throw .snapshot("a venue contradicts itself") }
        }
        let venue = Venue(number: UInt32(truncatingIfNeeded: venues.count), id: id, texts: texts)
        venue.changeLayout { $0 = builder }
        venue.mix = StateMix.mix(venue)
        venuesByID[id] = venues.count
        venues.append(venue)
    }

    private func restore(performer message: Span<UInt8>) throws(RecordError) {
        var reader = RecordReader(message)
        let id = reader.readString()
        let performer = Performer(
            number: UInt32(truncatingIfNeeded: performers.count), id: id, name: reader.readString(),
            genre: reader.readString())
        guard !reader.isMalformed, reader.remaining == 0, performersByID[id] == nil else {
            throw .snapshot("a performer makes no sense")
        }
        performer.mix = StateMix.mix(performer)
        performersByID[id] = performers.count
        performers.append(performer)
    }
}

extension Performer {
    fileprivate func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        for text in [id, name, genre] { bytes.append(text: text) }
        return bytes
    }
}
