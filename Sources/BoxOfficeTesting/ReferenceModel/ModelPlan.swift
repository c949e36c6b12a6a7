// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// A seat plan as the reference model keeps it: rows of labelled seats, and areas.
public struct ModelPlan: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        /// `stalls/A`.
        public var address: String
        public var seats: [String]
        /// By seat.
        public var categories: [String]
        /// Labels after which an aisle lies.
        public var gaps: Set<String> = []

        /// The addresses of its seats, in map order.
        public var places: [String] { seats.map { address + "/" + $0 } }
    }

    public struct Section: Hashable, Sendable {
        public var label: String
        public var category: String
        public var rows: [Row] = []
    }

    public struct Area: Hashable, Sendable {
        public var label: String
        public var category: String
        public var capacity: Int
    }

    public var sections: [Section] = []
    public var areas: [Area] = []

    public init() {}

    public var rows: [Row] { sections.flatMap(\.rows) }
    public var placeCount: Int {
        rows.reduce(0) { $0 + $1.seats.count } + areas.reduce(0) { $0 + $1.capacity }
    }

    /// In the order in which seats and then areas bring them in.
    public var categories: [String] {
        var found: [String] = []
        for category in rows.flatMap(\.categories) + areas.map(\.category) where !found.contains(category) {
            found.append(category)
        }
        return found
    }

    /// `1-4` or `a,b`, as labels.
    static func labels(_ text: String) -> [String] {
        text.split(separator: ",").flatMap { part -> [String] in
            let ends = part.split(separator: "-").map(String.init)
            guard ends.count == 2 else { return [String(part)] }
            if let first = Int(ends[0]), let last = Int(ends[1]) { return (first...last).map(String.init) }
            guard let first = ends[0].unicodeScalars.first?.value, let last = ends[1].unicodeScalars.first?.value else {
                return [String(part)]
            }
            return (first...last).compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
        }
    }
}

/// What the catalogue looks up for a request that passes through it.
public struct ModelAttachment: Hashable, Sendable {
    public var plan: ModelPlan?
    public var missingPerformer: String?
}

/// The catalogue as plainly as possible: venues with their plans, performers, and the keys it remembers.
public struct ModelCatalogue: Hashable, Sendable {
    public struct Venue: Hashable, Sendable {
        public var name: String
        public var city: String
        public var plan = ModelPlan()
    }

    public var venues: [String: Venue] = [:]
    public var performers: [String: String] = [:]
    var keys: [ModelRequest.Scope: ModelKept] = [:]

    public init() {}

    /// Answers a change of the catalogue.
    ///
    /// - Parameters:
    ///   - time: Milliseconds since 1970.
    ///   - seen: What the box office answered; only a refusal for want of room on the disk is taken from it.
    ///   - mayBeFull: Whether the disk may be full.
    public mutating func answer(
        _ request: ModelRequest, at time: Int64, seen: ModelReply, mayBeFull: Bool
    ) -> ModelReply {
        if let kept = ModelKept.answer(request, in: keys, at: time) { return kept }
        if mayBeFull, seen.code == "READ_ONLY" { return seen }
        let reply = carryOut(request)
        ModelKept.keep(reply, of: request, in: &keys, at: time)
        return reply
    }

    private mutating func carryOut(_ request: ModelRequest) -> ModelReply {
        let path = request.id.split(separator: "/").map(String.init)
        switch request.verb {
        case "VENUE ADD":
            guard venues[request.id] == nil else { return .error("EXISTS", "venue=\(request.id)") }
            venues[request.id] = Venue(name: request.keys["name"] ?? "", city: request.keys["city"] ?? "")
            return .ok("venue=\(request.id)")
        case "VENUE SET":
            guard venues[request.id] != nil else { return .error("NOT_FOUND", "venue=\(request.id)") }
            if let name = request.keys["name"] { venues[request.id]?.name = name }
            if let city = request.keys["city"] { venues[request.id]?.city = city }
            return .ok("venue=\(request.id)")
        case "PERFORMER ADD":
            guard performers[request.id] == nil else { return .error("EXISTS", "performer=\(request.id)") }
            performers[request.id] = request.keys["name"] ?? ""
            return .ok("performer=\(request.id)")
        case "SECTION ADD", "ROW ADD", "AREA ADD":
            guard var plan = venues[path[0]]?.plan else { return .error("NOT_FOUND", "venue=\(path[0])") }
            let reply = add(request, path, to: &plan)
            if reply.isOK { venues[path[0]]?.plan = plan }
            return reply
        default: return .error("INTERNAL")
        }
    }

    private func add(_ request: ModelRequest, _ path: [String], to plan: inout ModelPlan) -> ModelReply {
        let labels = ModelPlan.labels(request.keys["seats"] ?? "")
        let gaps = Set(ModelPlan.labels(request.keys["gaps"] ?? ""))
        func row(_ section: String, _ label: String, _ category: String) -> ModelPlan.Row {
            ModelPlan.Row(
                address: section + "/" + label, seats: labels, categories: labels.map { _ in category }, gaps: gaps)
        }
        let isTaken =
            plan.sections.contains { $0.label == path[1] } || plan.areas.contains { $0.label == path[1] }
        switch request.verb {
        case "SECTION ADD":
            if isTaken { return .error("EXISTS", "section=\(request.id)") }
            let category = request.keys["category"] ?? "standard"
            var section = ModelPlan.Section(label: path[1], category: category)
            for label in ModelPlan.labels(request.keys["rows"] ?? "") {
                section.rows.append(row(path[1], label, category))
            }
            plan.sections.append(section)
            let seats = section.rows.reduce(0) { $0 + $1.seats.count }
            return .ok("section=\(request.id)" + (request.keys["rows"] == nil ? "" : " seats=\(seats)"))
        case "ROW ADD":
            guard let at = plan.sections.firstIndex(where: { $0.label == path[1] }) else {
                return .error("NOT_FOUND", "section=\(path[0])/\(path[1])")
            }
            let address = path[1] + "/" + path[2]
            if plan.sections[at].rows.contains(where: { $0.address == address }) {
                return .error("EXISTS", "row=\(request.id)")
            }
            plan.sections[at].rows.append(
                row(path[1], path[2], request.keys["category"] ?? plan.sections[at].category))
            return .ok("row=\(request.id) seats=\(labels.count)")
        default:
            if isTaken { return .error("EXISTS", "area=\(request.id)") }
            let capacity = Int(request.integer("capacity") ?? 0)
            plan.areas.append(
                ModelPlan.Area(
                    label: path[1], category: request.keys["category"] ?? "standard", capacity: capacity))
            return .ok("area=\(request.id) capacity=\(capacity)")
        }
    }

    /// What an `EVENT ADD` or `EVENT SET` takes along to its shard.
    public func attachment(for request: ModelRequest) -> ModelAttachment {
        ModelAttachment(
            plan: request.keys["venue"].flatMap { venues[$0]?.plan },
            missingPerformer: (request.keys["performers"] ?? "").split(separator: ",").map(String.init)
                .first { performers[$0] == nil })
    }
}

/// An answer that a key remembers, for a day.
struct ModelKept: Hashable, Sendable {
    var saying: ModelRequest
    var reply: ModelReply
    var at: Int64

    static let milliseconds: Int64 = 86_400_000

    static func answer(
        _ request: ModelRequest, in keys: [ModelRequest.Scope: ModelKept], at time: Int64
    ) -> ModelReply? {
        guard let scope = request.scope, let kept = keys[scope], time < kept.at + milliseconds else { return nil }
        return kept.saying == request.saying ? kept.reply.replayed : .error("KEY_MISMATCH")
    }

    static func keep(
        _ reply: ModelReply, of request: ModelRequest, in keys: inout [ModelRequest.Scope: ModelKept], at time: Int64
    ) {
        guard let scope = request.scope, reply.isDefinite else { return }
        keys[scope] = ModelKept(saying: request.saying, reply: reply, at: time)
    }
}
