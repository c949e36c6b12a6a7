// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

extension SeatPlan {
    /// Finds what a list of addresses names: `stalls/A/3-6,lawn:4`. A run goes by position, so that labels may be odd,
    /// even or words; an aisle inside it is passed over. An area without a count means one place.
    ///
    /// The whole text is read whatever is found, so that every unknown address can be named. Nothing is allocated once
    /// `places` has served a list as long.
    ///
    /// - Parameters:
    ///   - places: What was found, in the order asked for. Where a problem is returned, only its `unknown` and
    ///     `placeCount` mean anything.
    ///   - limit: Seats and places that may be asked for at once.
    /// - Returns: What is wrong, or nil.
    /// - Complexity: O(text + seats named, up to the limit).
    public func resolve(
        _ text: Span<UInt8>, into places: inout PlaceList, limit: Int = Limits.seatsPerHoldMax
    ) -> PlaceProblem? {
        places.reset(limit: limit)
        var duplicate: TextRange?
        var backwards: TextRange?
        var start = 0
        while true {
            var end = start
            var hash = AddressHash()
            while end < text.count, text[end] != UInt8(ascii: ",") {
                hash.update(byte: text[end])
                end += 1
            }
            // Most items are one seat's address, as it stands in the plan: it is found before anything is read into it.
            let outcome =
                if let seat = seat(hash, at: text.extracting(start..<end)) {
                    add(seat...seat, to: &places, limit: limit)
                } else {
                    resolve(text, item: start..<end, into: &places, limit: limit)
                }
            switch outcome {
            case .fine: break
            case .syntax: return .syntax(TextRange(start..<end))
            case .backwards: backwards = backwards ?? TextRange(start..<end)
            case .duplicate: duplicate = duplicate ?? TextRange(start..<end)
            case .unknown: places.unknown.append(TextRange(start..<end))
            }
            if end == text.count { break }
            start = end + 1
        }
        if let backwards { return .backwards(backwards) }
        if let duplicate { return .duplicate(duplicate) }
        if !places.unknown.isEmpty { return .unknown }
        return places.placeCount > limit ? .tooMany : nil
    }

    private enum ItemOutcome {
        case fine, syntax, backwards, duplicate, unknown
    }

    private func resolve(
        _ text: Span<UInt8>, item: Range<Int>, into places: inout PlaceList, limit: Int
    ) -> ItemOutcome {
        // A label holds none of `/`, `:` and `-`, so each of them says where a part ends.
        var at = endOfLabel(text, from: item.lowerBound, to: item.upperBound)
        guard isLabel(text.extracting(item.lowerBound..<at)) else { return .syntax }
        if at == item.upperBound {
            return resolveArea(text.extracting(item), count: 1, into: &places, limit: limit)
        }
        if text[at] == UInt8(ascii: ":") {
            let digits = text.extracting((at + 1)..<item.upperBound)
            guard let count = LabelExpression.number(digits), count > 0 else { return .syntax }
            return resolveArea(text.extracting(item.lowerBound..<at), count: count, into: &places, limit: limit)
        }
        guard text[at] == UInt8(ascii: "/") else { return .syntax }
        let row = at + 1
        at = endOfLabel(text, from: row, to: item.upperBound)
        guard at < item.upperBound, text[at] == UInt8(ascii: "/"), isLabel(text.extracting(row..<at)) else {
            return .syntax
        }
        let prefix = item.lowerBound..<(at + 1)
        let first = prefix.upperBound
        at = endOfLabel(text, from: first, to: item.upperBound)
        guard isLabel(text.extracting(first..<at)) else { return .syntax }
        // One seat would have been found as it stands.
        if at == item.upperBound { return .unknown }
        guard text[at] == UInt8(ascii: "-") else { return .syntax }
        let last = (at + 1)..<item.upperBound
        guard endOfLabel(text, from: last.lowerBound, to: last.upperBound) == last.upperBound,
            isLabel(text.extracting(last))
        else { return .syntax }
        guard let from = seat(text, prefix: prefix, label: first..<at),
            let to = seat(text, prefix: prefix, label: last)
        else { return .unknown }
        return from <= to ? add(from...to, to: &places, limit: limit) : .backwards
    }

    private func endOfLabel(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var at = start
        while at < end, isLabelByte(text[at]) { at += 1 }
        return at
    }

    /// The seat whose address these bytes are; `hash` is of all of them.
    private func seat(_ hash: AddressHash, at address: Span<UInt8>) -> Int? {
        let addresses = columns.addresses
        return columns.seatTable.find(hash.value) { seat in
            addresses.span.extracting(addressRange(of: seat)).holdsSameBytes(as: address)
        }
    }

    /// The seat whose address is these bytes of a prefix (`stalls/A/`) and these of a label.
    private func seat(_ text: Span<UInt8>, prefix: Range<Int>, label: Range<Int>) -> Int? {
        var hash = AddressHash()
        hash.update(text, prefix)
        hash.update(text, label)
        let addresses = columns.addresses
        return columns.seatTable.find(hash.value) { seat in
            let address = addresses.span.extracting(addressRange(of: seat))
            guard address.count == prefix.count + label.count else { return false }
            return address.extracting(first: prefix.count).holdsSameBytes(as: text.extracting(prefix))
                && address.extracting(last: label.count).holdsSameBytes(as: text.extracting(label))
        }
    }

    private func add(_ seats: ClosedRange<Int>, to places: inout PlaceList, limit: Int) -> ItemOutcome {
        places.placeCount += seats.count
        // Past the limit the list is refused anyway: it is counted, and not built.
        guard places.placeCount <= limit else { return .fine }
        var outcome = ItemOutcome.fine
        for number in seats {
            let seat = SeatIndex(UInt32(truncatingIfNeeded: number))
            if places.mark(seat.rawValue) { places.seats.append(seat) } else { outcome = .duplicate }
        }
        return outcome
    }

    private func resolveArea(
        _ label: Span<UInt8>, count: Int, into places: inout PlaceList, limit: Int
    ) -> ItemOutcome {
        guard let area = areaIndex(labelled: label) else { return .unknown }
        places.placeCount += count
        guard places.placeCount <= limit else { return .fine }
        guard places.mark(1 << 31 | UInt32(truncatingIfNeeded: area)) else { return .duplicate }
        places.areas.append(PlaceList.AreaCount(area: area, count: count))
        return .fine
    }
}
