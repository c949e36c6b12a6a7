// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The parts that the catalogue's digest is the sum of. Each hashes one thing together with its place, so that a sum of
/// them says what is where. Written in journals as digests: a change here is a change of the format.
enum StateMix {
    private static let key = SipHash.Key(low: 0x6361_7461_6C6F_6775, high: 0x6469_6765_7374_7631)

    private static func hash(_ kind: UInt8) -> SipHash {
        var hash = SipHash(key: key)
        hash.update(byte: kind)
        return hash
    }

    static func mix(_ founding: FoundingRecord) -> UInt64 {
        var hash = hash(1)
        hash.update(byte: founding.shard)
        hash.update(byte: founding.shards)
        hash.update(founding.secret.span)
        return hash.finish()
    }

    static func mix(_ venue: Venue) -> UInt64 {
        var hash = hash(2)
        hash.update(UInt64(venue.number))
        hash.update(venue.id)
        hash.update(venue.texts.name)
        hash.update(venue.texts.city)
        hash.update(venue.texts.country)
        hash.update(venue.texts.address)
        hash.update(venue.texts.timeZone)
        return hash.finish()
    }

    static func mix(_ performer: Performer) -> UInt64 {
        var hash = hash(3)
        hash.update(UInt64(performer.number))
        hash.update(performer.id)
        hash.update(performer.name)
        hash.update(performer.genre)
        return hash.finish()
    }

    static func mix(_ section: SectionLayout, at index: Int, of venue: UInt32) -> UInt64 {
        var hash = hash(4)
        hash.update(UInt64(venue))
        hash.update(UInt64(index))
        hash.update(section.label)
        hash.update(section.name)
        hash.update(section.category)
        return hash.finish()
    }

    static func mix(_ row: RowLayout, at index: Int, ofSection section: Int, of venue: UInt32) -> UInt64 {
        var hash = hash(5)
        hash.update(UInt64(venue))
        hash.update(UInt64(section))
        hash.update(UInt64(index))
        hash.update(row.label)
        hash.update(row.name)
        hash.update(UInt64(row.labels.count))
        let labels = row.labels
        hash.update(labels.span)
        for run in row.categoryRuns {
            hash.update(UInt64(run.count))
            hash.update(run.category)
        }
        for run in row.flagRuns { hash.update(UInt64(run.count) << 8 | UInt64(run.flags.rawValue)) }
        for coordinate in row.positions { hash.update(UInt64(UInt32(bitPattern: coordinate))) }
        return hash.finish()
    }

    static func mix(_ area: AreaLayout, at index: Int, of venue: UInt32) -> UInt64 {
        var hash = hash(6)
        hash.update(UInt64(venue))
        hash.update(UInt64(index))
        hash.update(area.label)
        hash.update(area.name)
        hash.update(area.category)
        hash.update(UInt64(area.capacity))
        if let x = area.x, let y = area.y {
            hash.update(UInt64(UInt32(bitPattern: x)) << 32 | UInt64(UInt32(bitPattern: y)))
        }
        return hash.finish()
    }
}

extension Catalogue {
    /// The content's digest taken anew from the whole state: what `contentDigest` must equal.
    func recomputedContentDigest() -> UInt64 {
        var sum: UInt64 = 0
        for venue in venues {
            sum &+= StateMix.mix(venue)
            for (number, section) in venue.builder.sections.enumerated() {
                sum &+= StateMix.mix(section, at: number, of: venue.number)
                for (row, layout) in section.rows.enumerated() {
                    sum &+= StateMix.mix(layout, at: row, ofSection: number, of: venue.number)
                }
            }
            for (number, area) in venue.builder.areas.enumerated() {
                sum &+= StateMix.mix(area, at: number, of: venue.number)
            }
        }
        for performer in performers { sum &+= StateMix.mix(performer) }
        return sum
    }
}
