// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What replies say of a plan. Each of these appends to a text or list that the caller began in the writer.

extension SeatPlan {
    /// Appends a seat's address, `stalls/A/3`: a copy of bytes that are there.
    public func appendAddress(of seat: SeatIndex, to reply: inout ReplyWriter) {
        columns.appendAddressBytes(addressRange(of: Int(seat.rawValue)), to: &reply)
    }

    /// Appends a seat's label, `3`.
    public func appendSeatLabel(of seat: SeatIndex, to reply: inout ReplyWriter) {
        columns.appendAddressBytes(labelRange(of: Int(seat.rawValue)), to: &reply)
    }

    /// Appends an area's address: `lawn:4` where a count is given, `lawn` where it is nil (one ticket's place).
    public func appendAreaAddress(_ area: Int, count: Int?, to reply: inout ReplyWriter) {
        columns.appendAreaLabel(area, to: &reply)
        guard let count else { return }
        reply.appendText(byte: UInt8(ascii: ":"))
        appendDigits(of: count, to: &reply)
    }

    /// Appends a row's address, `stalls/A`.
    public func appendRowAddress(_ row: Int, to reply: inout ReplyWriter) {
        let start = addressRange(of: Int(columns.firstSeatByRow[row])).lowerBound
        columns.appendAddressBytes(start..<(start + Int(columns.prefixLengthByRow[row]) - 1), to: &reply)
    }

    /// Appends the labels of a row's seats in map order, gaps left out: a comma list of labels and ranges, as `1-10`,
    /// `1-19/2`, `19-1/2,2-20/2` or `a,b,c`. `ROW ADD … seats=` takes it as it is.
    public func appendLabels(ofRow row: Int, to reply: inout ReplyWriter) {
        let text = labelsText(ofRow: row)
        reply.appendText(text.span)
    }

    /// The same as text of its own.
    public func labelsText(ofRow row: Int) -> [UInt8] {
        var text: [UInt8] = []
        columns.appendLabels(ofRow: row, to: &text)
        return text
    }

    /// Appends the labels after which an aisle lies, as `gaps=` takes them.
    public func appendGaps(ofRow row: Int, to reply: inout ReplyWriter) {
        var isFirst = true
        for seat in seatRange(ofRow: row) where columns.flagsBySeat[seat].contains(.aisleAfter) {
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            appendSeatLabel(of: SeatIndex(UInt32(truncatingIfNeeded: seat)), to: &reply)
        }
    }

    /// Appends the accessible seats of a row as runs in map order, as `accessible=` takes them.
    public func appendAccessible(ofRow row: Int, to reply: inout ReplyWriter) {
        var isFirst = true
        forEachRun(ofRow: row, by: { columns.flagsBySeat[$0].contains(.accessible) }) { run, isAccessible in
            guard isAccessible else { return }
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            appendRun(run, to: &reply)
        }
    }

    public func hasGaps(inRow row: Int) -> Bool {
        seatRange(ofRow: row).contains { columns.flagsBySeat[$0].contains(.aisleAfter) }
    }

    public func hasAccessibleSeats(inRow row: Int) -> Bool {
        seatRange(ofRow: row).contains { columns.flagsBySeat[$0].contains(.accessible) }
    }

    /// The one category of all of a row's seats, or nil where it has several.
    public func singleCategory(ofRow row: Int) -> Int? {
        let seats = seatRange(ofRow: row)
        let first = columns.categoryBySeat[seats.lowerBound]
        return seats.allSatisfy { columns.categoryBySeat[$0] == first } ? Int(first) : nil
    }

    /// Appends a row's categories: `vip` where it has one, else runs in map order, as `1-4:vip,5-10:std`.
    public func appendCategories(ofRow row: Int, to reply: inout ReplyWriter) {
        if let category = singleCategory(ofRow: row) {
            reply.appendText(categories[category])
            return
        }
        var isFirst = true
        forEachRun(ofRow: row, by: { columns.categoryBySeat[$0] }) { run, category in
            if !isFirst { reply.appendText(byte: UInt8(ascii: ",")) }
            isFirst = false
            appendRun(run, to: &reply)
            reply.appendText(byte: UInt8(ascii: ":"))
            reply.appendText(categories[Int(category)])
        }
    }

    /// Appends where a row's seats are drawn, as `xy=` takes it: `0,0 25,0.5`. Nothing where the row has no columns.positions.
    public func appendPositions(ofRow row: Int, to reply: inout ReplyWriter) {
        var isFirst = true
        for seat in seatRange(ofRow: row) {
            guard let (x, y) = position(of: SeatIndex(UInt32(truncatingIfNeeded: seat))) else { return }
            if !isFirst { reply.appendText(byte: UInt8(ascii: " ")) }
            isFirst = false
            appendPosition(x: x, y: y, to: &reply)
        }
    }

    /// Appends where an area is drawn, as `xy=` takes it. Nothing where it has no position.
    public func appendPosition(ofArea area: Int, to reply: inout ReplyWriter) {
        guard let x = areas[area].x, let y = areas[area].y else { return }
        appendPosition(x: x, y: y, to: &reply)
    }

    // MARK: Pieces

    private func forEachRun<Value: Equatable>(
        ofRow row: Int, by value: (Int) -> Value, _ body: (Range<Int>, Value) -> Void
    ) {
        let seats = seatRange(ofRow: row)
        var start = seats.lowerBound
        while start < seats.upperBound {
            let common = value(start)
            var end = start + 1
            while end < seats.upperBound, value(end) == common { end += 1 }
            body(start..<end, common)
            start = end
        }
    }

    private func appendRun(_ run: Range<Int>, to reply: inout ReplyWriter) {
        appendSeatLabel(of: SeatIndex(UInt32(truncatingIfNeeded: run.lowerBound)), to: &reply)
        guard run.count > 1 else { return }
        reply.appendText(byte: UInt8(ascii: "-"))
        appendSeatLabel(of: SeatIndex(UInt32(truncatingIfNeeded: run.upperBound - 1)), to: &reply)
    }

    private func appendPosition(x: Int32, y: Int32, to reply: inout ReplyWriter) {
        appendHundredths(x, to: &reply)
        reply.appendText(byte: UInt8(ascii: ","))
        appendHundredths(y, to: &reply)
    }

    private func appendHundredths(_ value: Int32, to reply: inout ReplyWriter) {
        let magnitude = Int(value.magnitude)
        if value < 0 { reply.appendText(byte: UInt8(ascii: "-")) }
        appendDigits(of: magnitude / 100, to: &reply)
        let rest = magnitude % 100
        guard rest > 0 else { return }
        reply.appendText(byte: UInt8(ascii: "."))
        reply.appendText(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / 10))
        if rest % 10 > 0 { reply.appendText(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)) }
    }

    /// Digits without a String: area counts are on the booking path.
    private func appendDigits(of value: Int, to reply: inout ReplyWriter) {
        var divisor = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            reply.appendText(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
