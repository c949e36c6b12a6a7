// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The vocabulary of the seat plan tests: plans in a line, small random ones, replies read back.

@testable import Ticketing

/// A repeatable source of random numbers (SplitMix64): the same seed, the same plans.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SeatPlanBuilder {
    @discardableResult
    mutating func section(_ label: String, name: String = "") -> Int {
        let problem = addSection(label: label, name: name, category: "")
        precondition(problem == nil)
        return sections.count - 1
    }

    mutating func row(
        _ label: String, of section: Int, seats: String, name: String = "", category: String = "standard",
        categories: String? = nil, gaps: String? = nil, accessible: String? = nil, xy: String? = nil
    ) throws {
        let seats = Array(seats.utf8)
        var draft = try RowDraft(seats: seats.span)
        draft.name = name
        if let text = categories.map({ Array($0.utf8) }) { try draft.take(categories: text.span) }
        if let text = gaps.map({ Array($0.utf8) }) { try draft.take(gaps: text.span) }
        if let text = accessible.map({ Array($0.utf8) }) { try draft.take(accessible: text.span) }
        if let text = xy.map({ Array($0.utf8) }) { try draft.take(xy: text.span) }
        let problem = addRows([draft.layout(label: label, category: category)], toSection: section)
        precondition(problem == nil)
    }

    /// A theatre in small: odd and even seats, words for seats, an aisle, an area.
    static func theatre() throws -> SeatPlanBuilder {
        var builder = SeatPlanBuilder()
        let stalls = builder.section("stalls", name: "Parterre")
        try builder.row("A", of: stalls, seats: "1-10", categories: "1-4:vip,5-10:std", gaps: "5", accessible: "1,9-10")
        try builder.row("B", of: stalls, seats: "19-1/2,2-20/2", name: "2nd row")
        let box = builder.section("box")
        try builder.row("L1", of: box, seats: "left,middle,right", category: "vip", xy: "0,0 25,-0.5 50,1.25")
        _ = builder.addArea(AreaLayout(label: "lawn", name: "The Lawn", category: "grass", capacity: 500))
        _ = builder.addArea(AreaLayout(label: "pit", name: "", category: "vip", capacity: 3, x: 5, y: -7))
        return builder
    }

    static func random(_ random: inout Seeded) -> SeatPlanBuilder {
        var builder = SeatPlanBuilder()
        let categories = ["vip", "std", "a-b", "X.1"]
        for section in 0..<Int.random(in: 0...3, using: &random) {
            builder.section("s\(section)", name: Bool.random(using: &random) ? "Süd \(section)" : "")
            for row in 0..<Int.random(in: 0...3, using: &random) {
                var labels = LabelList()
                for seat in 0..<Int.random(in: 1...6, using: &random) {
                    // Labels that differ, of every kind the notation knows.
                    let label = [String(seat + 1), String(seat * 2 + 100), "w\(seat)", "0\(seat)"].randomElement(
                        using: &random)
                    labels.append(label ?? "x")
                }
                let count = labels.count
                let isPlaced = Bool.random(using: &random)
                let layout = RowLayout(
                    label: "r\(row)", name: "", labels: labels,
                    categories: (0..<count).map { _ in categories.randomElement(using: &random) ?? "vip" },
                    // No gap after the last seat.
                    flags: (0..<count).map {
                        SeatFlags(rawValue: .random(in: 0...($0 + 1 < count ? 3 : 1), using: &random))
                    },
                    positions: isPlaced
                        ? (0..<(count * 2)).map { _ in Int32.random(in: (.min + 1)...(.max), using: &random) } : [])
                _ = builder.addRows([layout], toSection: section)
            }
        }
        for area in 0..<Int.random(in: 0...2, using: &random) {
            let isPlaced = Bool.random(using: &random)
            _ = builder.addArea(
                AreaLayout(
                    label: "a\(area)", name: "", category: categories[area],
                    capacity: Int.random(in: 1...1_000, using: &random), x: isPlaced ? 1 : nil, y: isPlaced ? -1 : nil))
        }
        return builder
    }
}

extension SeatPlan {
    /// The plan that these bytes are.
    convenience init(reading bytes: [UInt8]) throws(RecordError) {
        try self.init(decoding: bytes.span)
    }

    func section(_ label: String) -> Int? {
        let bytes = Array(label.utf8)
        return sectionIndex(labelled: bytes.span)
    }

    func area(_ label: String) -> Int? {
        let bytes = Array(label.utf8)
        return areaIndex(labelled: bytes.span)
    }

    func category(_ name: String) -> Int? {
        let bytes = Array(name.utf8)
        return categoryIndex(named: bytes.span)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    /// What one of the `append…` functions appends.
    func text(_ append: (inout ReplyWriter) -> Void) -> String {
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        reply.line(.ok)
        reply.beginText(.labels)
        let start = reply.bytes.count
        append(&reply)
        reply.endText()
        return String(decoding: reply.bytes[start...], as: UTF8.self)
    }

    func resolve(_ text: String, limit: Int = 100) -> (places: PlaceList, problem: PlaceProblem?) {
        var places = PlaceList()
        let bytes = Array(text.utf8)
        let problem = resolve(bytes.span, into: &places, limit: limit)
        return (places, problem)
    }

    /// The addresses that a text names, or nil where it is refused.
    func addresses(_ text: String) -> [String]? {
        let (places, problem) = resolve(text)
        guard problem == nil else { return nil }
        return places.seats.map(address(of:)) + places.areas.map { "\(areas[Int($0.area)].label):\($0.count)" }
    }
}

extension LabelExpression {
    static func read(_ text: String, limit: Int = 1_000) throws(LabelProblem) -> LabelList {
        try read(Array(text.utf8), limit: limit)
    }

    static func read(_ text: [UInt8], limit: Int = 1_000) throws(LabelProblem) -> LabelList {
        try parse(text.span, limit: limit)
    }
}

func range(_ text: String, in whole: String) -> TextRange {
    let bytes = Array(whole.utf8)
    let part = Array(text.utf8)
    for start in 0...(bytes.count - part.count) where Array(bytes[start..<(start + part.count)]) == part {
        return TextRange(start..<(start + part.count))
    }
    preconditionFailure("\(text) is not in \(whole)")
}

/// All texts of up to `length` of these characters.
func forEachText(upTo length: Int, of alphabet: String, _ body: ([UInt8]) -> Void) {
    let letters = Array(alphabet.utf8)
    var text: [UInt8] = []
    func extend() {
        body(text)
        guard text.count < length else { return }
        for letter in letters {
            text.append(letter)
            extend()
            text.removeLast()
        }
    }
    extend()
}
