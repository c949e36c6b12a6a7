// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The number of a numbered seat in its plan: in order of sections and rows as added, then map order, gaps left out.
public struct SeatIndex: Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt32
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// The name of a seat plan by its content: 128 bits over its encoded bytes, the same on every machine and in every run.
///
/// It tells equal layouts from different ones; it is no defence against somebody who forges layouts on purpose, for
/// only operators make them.
public struct PlanHash: Hashable, Sendable, BitwiseCopyable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// The seats and areas of a venue, frozen: shared by every event that was added while the layout stood.
///
/// A seat costs bytes, not objects: what is known of it lies in columns of plain integers by ``SeatIndex``, and its
/// address (`stalls/A/3`) is rendered once, in one run of bytes, so that a reply copies it. A plan of 250,000 seats
/// takes some 30 bytes a seat, once per layout and not per event.
///
/// Functions that take a ``SeatIndex`` or a row's number expect one of this plan and trap on any other.
public final class SeatPlan: Sendable {
    /// A section: rows that lie together, in the order in which they were added.
    public struct Section: Sendable {
        public var label: String
        /// The printed name, or empty.
        public var name: String
        public var rowRange: Range<Int>
    }

    /// A row: its seats are contiguous indexes, in map order.
    public struct Row: Sendable {
        public var section: Int
        public var label: String
        /// The printed name, or empty.
        public var name: String
        public var firstSeat: Int
        public var seatCount: Int

        public var seatRange: Range<Int> { firstSeat..<(firstSeat + seatCount) }
    }

    /// A place where people stand: a number of equal places.
    public struct Area: Sendable {
        public var label: String
        /// The printed name, or empty.
        public var name: String
        /// An index into ``SeatPlan/categories``.
        public var category: Int
        public var capacity: Int
        /// Where it is drawn, in hundredths; both or neither.
        public var x: Int32?
        public var y: Int32?
    }

    public let sections: [Section]
    public let rows: [Row]
    public let areas: [Area]
    /// Price categories in order of first appearance: seats first, in their order, then areas.
    public let categories: [String]
    public let seatCount: Int
    /// Seats, and the places of all areas.
    public let placeCount: Int
    public let contentHash: PlanHash

    let columns: SeatPlanColumns

    /// The plan of a venue without seats.
    public static let empty = SeatPlan()

    /// The empty plan.
    public convenience init() {
        self.init(columns: SeatPlanColumns())
    }

    init(columns: consuming SeatPlanColumns) {
        sections = columns.sections
        rows = columns.rows
        areas = columns.areas
        categories = columns.categories
        seatCount = columns.rowBySeat.count
        placeCount = columns.rowBySeat.count + columns.areas.reduce(0) { $0 + $1.capacity }
        contentHash = columns.contentHash()
        self.columns = columns
    }
}

/// What is true or not of a seat, in one byte.
struct SeatFlags: OptionSet, Sendable, BitwiseCopyable {
    let rawValue: UInt8
    static let accessible = SeatFlags(rawValue: 1)
    static let aisleAfter = SeatFlags(rawValue: 2)
    static let all: SeatFlags = [.accessible, .aisleAfter]
}

// MARK: - What is known of a seat

extension SeatPlan {
    /// The row that a seat lies in: an index into ``rows``.
    ///
    /// - Complexity: O(1).
    public func rowIndex(of seat: SeatIndex) -> Int {
        Int(columns.rowBySeat[Int(seat.rawValue)])
    }

    /// The section that a row lies in, without touching its labels.
    public func sectionIndex(ofRow row: Int) -> Int {
        Int(columns.sectionByRow[row])
    }

    /// The seats of a row, without touching its labels.
    public func seatRange(ofRow row: Int) -> Range<Int> {
        Int(columns.firstSeatByRow[row])..<Int(columns.firstSeatByRow[row + 1])
    }

    /// A seat's price category: an index into ``categories``.
    public func category(of seat: SeatIndex) -> Int {
        Int(columns.categoryBySeat[Int(seat.rawValue)])
    }

    /// The categories of a row's seats, free or not.
    ///
    /// - Complexity: O(1).
    func categories(ofRow row: Int) -> RowCategories { columns.categoriesByRow[row] }

    public func isAccessible(_ seat: SeatIndex) -> Bool {
        columns.flagsBySeat[Int(seat.rawValue)].contains(.accessible)
    }

    /// Whether an aisle lies between this seat and the next of its row. Never true of a row's last seat.
    public func isAisleAfter(_ seat: SeatIndex) -> Bool {
        columns.flagsBySeat[Int(seat.rawValue)].contains(.aisleAfter)
    }

    /// Where a seat is drawn, in hundredths of the venue's own unit; nil where its row has no columns.positions.
    public func position(of seat: SeatIndex) -> (x: Int32, y: Int32)? {
        let at = Int(seat.rawValue) * 2
        guard at < columns.positions.count, columns.positions[at] != Self.noPosition else { return nil }
        return (columns.positions[at], columns.positions[at + 1])
    }

    /// Stands in `positions` for "none"; no coordinate is ever this value.
    static let noPosition = Int32.min

    /// Whether any seat has a position.
    public var hasPositions: Bool { !columns.positions.isEmpty }

    func addressRange(of seat: Int) -> Range<Int> {
        (seat == 0 ? 0 : Int(columns.addressEnds[seat - 1]))..<Int(columns.addressEnds[seat])
    }

    func labelRange(of seat: Int) -> Range<Int> {
        let range = addressRange(of: seat)
        return (range.lowerBound + Int(columns.prefixLengthByRow[Int(columns.rowBySeat[seat])]))..<range.upperBound
    }

    /// A seat's label alone, `3` of `stalls/A/3`.
    public func seatLabel(of seat: SeatIndex) -> String {
        String(decoding: columns.addresses[labelRange(of: Int(seat.rawValue))], as: UTF8.self)
    }

    /// A seat's address as text: for tests and paths where an allocation does not matter.
    public func address(of seat: SeatIndex) -> String {
        String(decoding: columns.addresses[addressRange(of: Int(seat.rawValue))], as: UTF8.self)
    }

    /// Walks a row as it is drawn: its seats in map order, and nil where an aisle lies between two of them.
    public func forEachPosition(ofRow row: Int, _ body: (SeatIndex?) -> Void) {
        let range = seatRange(ofRow: row)
        for seat in range {
            let index = SeatIndex(UInt32(truncatingIfNeeded: seat))
            body(index)
            if seat + 1 < range.upperBound, isAisleAfter(index) { body(nil) }
        }
    }

    // MARK: By label

    /// The section with this label.
    ///
    /// - Complexity: O(sections); it is asked once a request at most.
    public func sectionIndex(labelled label: Span<UInt8>) -> Int? {
        sections.firstIndex { $0.label.utf8.isEqual(to: label) }
    }

    /// The area with this label.
    public func areaIndex(labelled label: Span<UInt8>) -> Int? {
        var hash = AddressHash()
        hash.update(label)
        return columns.areaTable.find(hash.value) { index in
            columns.areaLabels.isEqual(at: index, to: label)
        }
    }

    /// The category of this name.
    ///
    /// - Complexity: O(categories), of which there are ``Limits/categoriesPerPlanMax`` at most.
    public func categoryIndex(named name: Span<UInt8>) -> Int? {
        categories.firstIndex { $0.utf8.isEqual(to: name) }
    }
}

extension String.UTF8View {
    /// Whether these are the same bytes, without making a String of the other side.
    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        for byte in self {
            if byte != other[index] { return false }
            index += 1
        }
        return true
    }
}
