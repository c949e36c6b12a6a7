// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A seat plan as bytes, in the journal and in snapshots. All integers are little-endian; "text" is a 2-byte length and
// UTF-8, "label" a 1-byte length and bytes.
//
//     version (1) = 1
//     sections (2)  rows (2)  areas (2)  categories (1)  seats (4)
//     each category: label
//     each section:  label, text name, rows (2)
//     each row:      label, text name, seats (2), text labels expression,
//                    category runs (2), each: seats (2), category (1)
//                    flag runs (2), each: seats (2), flags (1); 0 runs where nothing is to be said
//                    positions (1) = 0 or 1; if 1, each seat: x (4), y (4), signed hundredths
//     each area:     label, text name, category (1), capacity (4), position (1) = 0 or 1; if 1, x (4), y (4)
//
// A plan has exactly one encoding, which its hash is taken over. The decoder checks every bound before it allocates,
// and at the end that the plan it made encodes to the bytes it read: whatever contradicts itself is refused.

extension SeatPlanColumns {
    static let version: UInt8 = 1
    private static let hashKey = SipHash.Key(low: 0x626F_786F_6666_6963, high: 0x7365_6174_706C_616E)

    /// - Complexity: O(seats).
    func contentHash() -> PlanHash {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        var hash = SipHash(key: Self.hashKey, isWide: true)
        hash.update(bytes.span)
        let (low, high) = hash.finish128()
        return PlanHash(high: high, low: low)
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(Self.version)
        bytes.append(integer: UInt16(truncatingIfNeeded: sections.count))
        bytes.append(integer: UInt16(truncatingIfNeeded: rows.count))
        bytes.append(integer: UInt16(truncatingIfNeeded: areas.count))
        bytes.append(UInt8(truncatingIfNeeded: categories.count))
        bytes.append(integer: UInt32(truncatingIfNeeded: rowBySeat.count))
        for category in categories { bytes.append(label: category) }
        for section in sections {
            bytes.append(label: section.label)
            bytes.append(text: section.name)
            bytes.append(integer: UInt16(truncatingIfNeeded: section.rowRange.count))
        }
        for row in rows.indices { encode(row: row, into: &bytes) }
        for area in areas { encode(area, into: &bytes) }
    }

    private func encode(row: Int, into bytes: inout [UInt8]) {
        let facts = rows[row]
        let seats = facts.seatRange
        bytes.append(label: facts.label)
        bytes.append(text: facts.name)
        bytes.append(integer: UInt16(truncatingIfNeeded: seats.count))
        bytes.appendBehindLength { appendLabels(ofRow: row, to: &$0) }
        bytes.append(runsOf: seats) { categoryBySeat[$0] }
        if seats.allSatisfy({ flagsBySeat[$0].isEmpty }) {
            bytes.append(integer: UInt16(0))
        } else {
            bytes.append(runsOf: seats) { flagsBySeat[$0].rawValue }
        }
        let isPlaced = !positions.isEmpty && positions[seats.lowerBound * 2] != SeatPlan.noPosition
        bytes.append(isPlaced ? 1 : 0)
        guard isPlaced else { return }
        for coordinate in positions[(seats.lowerBound * 2)..<(seats.upperBound * 2)] {
            bytes.append(integer: coordinate)
        }
    }

    private func encode(_ area: SeatPlan.Area, into bytes: inout [UInt8]) {
        bytes.append(label: area.label)
        bytes.append(text: area.name)
        bytes.append(UInt8(truncatingIfNeeded: area.category))
        bytes.append(integer: UInt32(truncatingIfNeeded: area.capacity))
        guard let x = area.x, let y = area.y else {
            bytes.append(0)
            return
        }
        bytes.append(1)
        bytes.append(integer: x)
        bytes.append(integer: y)
    }
}

extension [UInt8] {
    mutating func append(integer value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(label: String) {
        append(UInt8(truncatingIfNeeded: label.utf8.count))
        append(contentsOf: label.utf8)
    }

    mutating func append(text: String) {
        append(integer: UInt16(truncatingIfNeeded: text.utf8.count))
        append(contentsOf: text.utf8)
    }

    /// Appends what `body` appends behind its length in two bytes.
    mutating func appendBehindLength(_ body: (inout [UInt8]) -> Void) {
        let at = count
        append(integer: UInt16(0))
        body(&self)
        let length = count - at - 2
        self[at] = UInt8(truncatingIfNeeded: length)
        self[at + 1] = UInt8(truncatingIfNeeded: length >> 8)
    }

    /// Appends the number of runs of equal values (2 bytes), then of each its length (2) and value (1).
    mutating func append(runsOf seats: Range<Int>, _ value: (Int) -> UInt8) {
        let at = count
        append(integer: UInt16(0))
        var runs = 0
        var start = seats.lowerBound
        while start < seats.upperBound {
            var end = start + 1
            while end < seats.upperBound, value(end) == value(start) { end += 1 }
            append(integer: UInt16(truncatingIfNeeded: end - start))
            append(value(start))
            runs += 1
            start = end
        }
        self[at] = UInt8(truncatingIfNeeded: runs)
        self[at + 1] = UInt8(truncatingIfNeeded: runs >> 8)
    }
}
