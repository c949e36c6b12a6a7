// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The categories that seats of a row have, so that a search passes over rows without looking at their seats: bit `c % 64`
/// for category `c`.
struct RowCategories: BitwiseCopyable {
    private(set) var all: UInt64 = 0
    /// Those of the accessible seats.
    private(set) var accessible: UInt64 = 0

    @inline(__always)
    mutating func insert(category: Int, isAccessible: Bool) {
        let bit: UInt64 = 1 << UInt64(category & 63)
        all |= bit
        if isAccessible { accessible |= bit }
    }
}

/// A seat plan's columns while they grow: what ``SeatPlan`` freezes.
struct SeatPlanColumns: Sendable {
    var sections: [SeatPlan.Section] = []
    var rows: [SeatPlan.Row] = []
    var areas: [SeatPlan.Area] = []
    var categories: [String] = []

    // By seat.
    var rowBySeat: [UInt16] = []
    var categoryBySeat: [UInt8] = []
    var flagsBySeat: [SeatFlags] = []
    /// `x` and `y` of each seat one after another; empty where no row has positions.
    var positions: [Int32] = []
    /// Every seat's address, one after another; that of seat `i` ends at `addressEnds[i]`.
    var addresses: [UInt8] = []
    var addressEnds: [UInt32] = []

    // By row: the hot path reads these and not `rows`, whose labels would be retained on every look.
    /// One more than there are rows: the last is the number of seats.
    var firstSeatByRow: [UInt32] = [0]
    var sectionByRow: [UInt16] = []
    /// Bytes of `section/row/` before a seat's label.
    var prefixLengthByRow: [UInt8] = []
    var categoriesByRow: [RowCategories] = []

    // By label.
    var seatTable = AddressTable(count: 0)
    var areaTable = AddressTable(count: 0)
    var areaLabels = LabelList()

    /// For looking up only: its order never shows.
    private var categoriesByName: [String: Int] = [:]

    init() {}

    /// Lays out checked sections and areas: labels unique, all within ``Limits``.
    init(sections layouts: [SectionLayout], areas areaLayouts: [AreaLayout], seatCount: Int) {
        rowBySeat.reserveCapacity(seatCount)
        categoryBySeat.reserveCapacity(seatCount)
        flagsBySeat.reserveCapacity(seatCount)
        addressEnds.reserveCapacity(seatCount)
        let hasPositions = layouts.contains { $0.rows.contains { !$0.positions.isEmpty } }
        if hasPositions { positions.reserveCapacity(seatCount * 2) }
        for layout in layouts {
            let firstRow = rows.count
            for row in layout.rows { append(row, of: layout, section: sections.count, hasPositions: hasPositions) }
            sections.append(
                SeatPlan.Section(label: layout.label, name: layout.name, rowRange: firstRow..<rows.count))
        }
        for area in areaLayouts { append(area) }
        enterLabels()
    }

    private mutating func append(_ row: RowLayout, of layout: SectionLayout, section: Int, hasPositions: Bool) {
        let expression = row.labels
        guard let labels = try? LabelExpression.parse(expression.span, limit: Limits.seatsPerRowMax) else {
            preconditionFailure("LabelList.expression writes what LabelExpression.parse reads")
        }
        let prefix = Array("\(layout.label)/\(row.label)/".utf8)
        for index in 0..<labels.count {
            addresses.append(contentsOf: prefix)
            addresses.append(contentsOf: labels.bytes[labels.range(at: index)])
            addressEnds.append(UInt32(truncatingIfNeeded: addresses.count))
            rowBySeat.append(UInt16(truncatingIfNeeded: rows.count))
        }
        for run in row.categoryRuns {
            categoryBySeat.append(contentsOf: repeatElement(number(of: run.category), count: run.count))
        }
        if row.flagRuns.isEmpty {
            flagsBySeat.append(contentsOf: repeatElement([], count: labels.count))
        }
        for run in row.flagRuns {
            flagsBySeat.append(contentsOf: repeatElement(run.flags, count: run.count))
        }
        if hasPositions {
            if row.positions.isEmpty {
                positions.append(contentsOf: repeatElement(SeatPlan.noPosition, count: labels.count * 2))
            } else {
                positions.append(contentsOf: row.positions)
            }
        }
        rows.append(
            SeatPlan.Row(
                section: section, label: row.label, name: row.name, firstSeat: Int(firstSeatByRow[rows.count]),
                seatCount: labels.count))
        firstSeatByRow.append(UInt32(truncatingIfNeeded: rowBySeat.count))
        sectionByRow.append(UInt16(truncatingIfNeeded: section))
        prefixLengthByRow.append(UInt8(truncatingIfNeeded: prefix.count))
        var categories = RowCategories()
        for seat in Int(firstSeatByRow[rows.count - 1])..<rowBySeat.count {
            categories.insert(
                category: Int(categoryBySeat[seat]), isAccessible: flagsBySeat[seat].contains(.accessible))
        }
        categoriesByRow.append(categories)
    }

    private mutating func append(_ area: AreaLayout) {
        areas.append(
            SeatPlan.Area(
                label: area.label, name: area.name, category: Int(number(of: area.category)), capacity: area.capacity,
                x: area.x, y: area.y))
        areaLabels.append(area.label)
    }

    private mutating func number(of category: String) -> UInt8 {
        if let known = categoriesByName[category] { return UInt8(truncatingIfNeeded: known) }
        let number = categories.count
        categoriesByName[category] = number
        categories.append(category)
        return UInt8(truncatingIfNeeded: number)
    }

    private mutating func enterLabels() {
        seatTable = AddressTable(count: rowBySeat.count)
        var start = 0
        for seat in rowBySeat.indices {
            let end = Int(addressEnds[seat])
            var hash = AddressHash()
            hash.update(addresses.span, start..<end)
            // Labels are unique within their row, rows within their section: no address comes twice.
            _ = seatTable.insert(seat, hash: hash.value) { _ in false }
            start = end
        }
        areaTable = AddressTable(count: areas.count)
        for area in areas.indices {
            var hash = AddressHash()
            hash.update(areaLabels.bytes.span, areaLabels.range(at: area))
            _ = areaTable.insert(area, hash: hash.value) { _ in false }
        }
    }

    // MARK: Reading bytes

    // These live here, not in SeatPlan, because a borrow of a structure can lend its bytes without a reference count.

    func appendAddressBytes(_ range: Range<Int>, to reply: inout ReplyWriter) {
        reply.appendText(addresses.span.extracting(range))
    }

    func appendAreaLabel(_ area: Int, to reply: inout ReplyWriter) {
        reply.appendText(areaLabels.bytes.span.extracting(areaLabels.range(at: area)))
    }

    /// Appends the labels of a row's seats in the notation of ``LabelExpression``.
    func appendLabels(ofRow row: Int, to text: inout [UInt8]) {
        let firstSeat = Int(firstSeatByRow[row])
        let prefix = Int(prefixLengthByRow[row])
        LabelExpression.append(
            count: Int(firstSeatByRow[row + 1]) - firstSeat, of: addresses.span,
            range: { index in
                let seat = firstSeat + index
                return ((seat == 0 ? 0 : Int(addressEnds[seat - 1])) + prefix)..<Int(addressEnds[seat])
            }, to: &text)
    }
}
