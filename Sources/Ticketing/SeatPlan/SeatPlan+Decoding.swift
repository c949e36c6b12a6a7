// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Reads what SeatPlan+Encoding.swift writes; the format is described there.

extension SeatPlan {
    /// Appends the plan's one encoding.
    ///
    /// - Complexity: O(seats).
    public func encode(into bytes: inout [UInt8]) {
        columns.encode(into: &bytes)
    }

    /// Reads a plan back from exactly these bytes.
    ///
    /// - Throws: `RecordError.malformed` where they are not the encoding of a plan within ``Limits``. What they claim
    ///   is checked against what is there before anything is allocated for it.
    /// - Complexity: O(bytes + seats).
    public convenience init(decoding bytes: Span<UInt8>) throws(RecordError) {
        self.init(columns: try SeatPlanBuilder.decode(bytes).columns)
    }
}

extension SeatPlanBuilder {
    /// Reads a plan as the layout that it was made from, and as its columns.
    static func decode(_ bytes: Span<UInt8>) throws(RecordError) -> (builder: SeatPlanBuilder, columns: SeatPlanColumns)
    {
        var decoder = SeatPlanDecoder(bytes)
        let builder = try decoder.decode()
        let columns = builder.columns()
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.count)
        columns.encode(into: &encoded)
        guard encoded.count == bytes.count else { throw SeatPlanDecoder.malformed("a plan that contradicts itself") }
        for index in bytes.indices where encoded[index] != bytes[index] {
            throw SeatPlanDecoder.malformed("a plan that contradicts itself")
        }
        return (builder, columns)
    }
}

private struct SeatPlanDecoder: ~Escapable {
    private let bytes: Span<UInt8>
    private var reader: RecordReader
    private var categories: [String] = []
    private var builder = SeatPlanBuilder()

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        reader = RecordReader(bytes)
    }

    static func malformed(_ what: StaticStringText) -> RecordError {
        .malformed(type: 0, what: what)
    }

    /// The least bytes that a row, a section or area, and a category take: counts are believed up to what remains.
    private static let rowBytesMin = 17
    private static let sectionBytesMin = 6
    private static let categoryBytesMin = 2

    mutating func decode() throws(RecordError) -> SeatPlanBuilder {
        guard reader.read(UInt8.self) == SeatPlanColumns.version else { throw Self.malformed("version of a plan") }
        let sectionCount = Int(reader.read(UInt16.self))
        let rowCount = Int(reader.read(UInt16.self))
        let areaCount = Int(reader.read(UInt16.self))
        let categoryCount = Int(reader.read(UInt8.self))
        let seatCount = Int(reader.read(UInt32.self))
        guard seatCount <= Limits.seatsPerPlanMax, rowCount <= reader.remaining / Self.rowBytesMin,
            sectionCount + areaCount <= reader.remaining / Self.sectionBytesMin,
            categoryCount <= reader.remaining / Self.categoryBytesMin
        else { throw Self.malformed("counts of a plan") }
        for _ in 0..<categoryCount { categories.append(try category()) }
        var rowCounts: [Int] = []
        for _ in 0..<sectionCount {
            let (label, name) = try labelAndName()
            guard builder.addSection(label: label, name: name, category: "") == nil else {
                throw Self.malformed("section of a plan")
            }
            rowCounts.append(Int(reader.read(UInt16.self)))
        }
        guard rowCounts.reduce(0, +) == rowCount else { throw Self.malformed("rows of a plan's sections") }
        for section in rowCounts.indices {
            for _ in 0..<rowCounts[section] {
                let row = try row()
                guard builder.addRows([row], toSection: section) == nil else { throw Self.malformed("row of a plan") }
            }
        }
        for _ in 0..<areaCount {
            let area = try area()
            guard builder.addArea(area) == nil else { throw Self.malformed("area of a plan") }
        }
        guard reader.remaining == 0, !reader.isMalformed, builder.seatCount == seatCount else {
            throw Self.malformed("length of a plan")
        }
        return builder
    }

    private mutating func label() throws(RecordError) -> String {
        let range = reader.readRange(Int(reader.read(UInt8.self)))
        guard isLabel(bytes.extracting(range)) else { throw Self.malformed("label in a plan") }
        return text(range)
    }

    private mutating func category() throws(RecordError) -> String {
        let range = reader.readRange(Int(reader.read(UInt8.self)))
        guard isCategory(bytes.extracting(range)) else { throw Self.malformed("category of a plan") }
        return text(range)
    }

    private mutating func labelAndName() throws(RecordError) -> (label: String, name: String) {
        let label = try label()
        let range = reader.readTextRange()
        guard range.count <= Limits.nameBytesMax else { throw Self.malformed("name in a plan") }
        return (label, text(range))
    }

    private func text(_ range: Range<Int>) -> String {
        String(decodingUTF8: bytes.extracting(range))
    }

    private mutating func row() throws(RecordError) -> RowLayout {
        let (label, name) = try labelAndName()
        let seatCount = Int(reader.read(UInt16.self))
        guard seatCount > 0, seatCount <= Limits.seatsPerRowMax else { throw Self.malformed("seats of a row") }
        let labels: LabelList
        do {
            labels = try LabelExpression.parse(bytes.extracting(reader.readTextRange()), limit: seatCount)
        } catch {
            throw Self.malformed("labels of a row")
        }
        guard labels.count == seatCount else { throw Self.malformed("labels of a row") }
        var names: [String] = []
        for number in try runs(of: seatCount, mayBeEmpty: false) {
            guard Int(number) < categories.count else { throw Self.malformed("categories of a row") }
            names.append(categories[Int(number)])
        }
        var flags: [SeatFlags] = []
        for value in try runs(of: seatCount, mayBeEmpty: true) {
            let flag = SeatFlags(rawValue: value)
            guard SeatFlags.all.isSuperset(of: flag) else { throw Self.malformed("flags of a row") }
            flags.append(flag)
        }
        guard flags.last?.contains(.aisleAfter) != true else { throw Self.malformed("an aisle at a row's end") }
        var positions: [Int32] = []
        if try isPlaced() {
            guard reader.remaining >= seatCount * 8 else { throw Self.malformed("positions of a row") }
            for _ in 0..<(seatCount * 2) { positions.append(try coordinate()) }
        }
        return RowLayout(
            label: label, name: name, labels: labels, categories: names, flags: flags, positions: positions)
    }

    private mutating func runs(of seatCount: Int, mayBeEmpty: Bool) throws(RecordError) -> [UInt8] {
        let count = Int(reader.read(UInt16.self))
        if count == 0, mayBeEmpty { return [] }
        var values: [UInt8] = []
        for _ in 0..<min(count, seatCount) {
            let length = Int(reader.read(UInt16.self))
            let value = reader.read(UInt8.self)
            guard length > 0, values.count + length <= seatCount else { throw Self.malformed("runs of a row") }
            values.append(contentsOf: repeatElement(value, count: length))
        }
        guard values.count == seatCount else { throw Self.malformed("runs of a row") }
        return values
    }

    private mutating func isPlaced() throws(RecordError) -> Bool {
        let value = reader.read(UInt8.self)
        guard value <= 1 else { throw Self.malformed("positions in a plan") }
        return value == 1
    }

    private mutating func coordinate() throws(RecordError) -> Int32 {
        let value = reader.read(Int32.self)
        guard value != SeatPlan.noPosition else { throw Self.malformed("position in a plan") }
        return value
    }

    private mutating func area() throws(RecordError) -> AreaLayout {
        let (label, name) = try labelAndName()
        let category = Int(reader.read(UInt8.self))
        let capacity = Int(reader.read(UInt32.self))
        guard category < categories.count, capacity > 0 else { throw Self.malformed("area of a plan") }
        var area = AreaLayout(label: label, name: name, category: categories[category], capacity: capacity)
        if try isPlaced() {
            area.x = try coordinate()
            area.y = try coordinate()
        }
        return area
    }
}
