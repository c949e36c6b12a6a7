// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Compares what is looked at with the model: it must be the house as it was at some moment since the last that anybody
/// was told of, and from then on it must last.
extension SimulationRun {
    func compare(look request: ModelRequest, _ seen: ModelReply) throws {
        let seesDrafts = request.buyer.isEmpty
        switch request.verb {
        case "VIEW":
            let section = request.keys["section"]
            if let section, seen.last == "ERR NOT_FOUND section=\(section)" {
                return try look(request, seen, atShardOf: request.id) { shard in
                    let plan = shard.events[request.id]?.plan
                    return plan?.sections.contains { $0.label == section } == false
                        && plan?.areas.contains { $0.label == section } == false
                }
            }
            let view = Self.view(seen)
            try compare(request, seen, view) { $0.view(request.id, section: section, seesDrafts: seesDrafts) }
        case "EVENT GET":
            let shown: String? = seen.isOK ? "\(Self.state(of: seen)) \(seen["free"] ?? "")" : nil
            try compare(request, seen, shown) { $0.listing(seesDrafts: seesDrafts)[request.id] }
        case "EVENT LIST", "SEARCH":
            var listing: [String: String] = [:]
            for item in seen.items {
                let id = item.split(separator: " ")[2]
                let free = ModelReply.value("free", in: item) ?? ""
                listing[String(id)] =
                    request.verb == "SEARCH" ? free : "\(ModelReply.value("state", in: item) ?? "") \(free)"
            }
            for number in shardModels.indices {
                // Each shard's events are compared with that shard's model; which are whose, the models know.
                let isSearch = request.verb == "SEARCH"
                let known = Set(shardModels[number].latest.flatMap { $0.events.keys })
                let part = listing.filter { known.contains($0.key) }
                let fits = shardModels[number].look(part) { shard in
                    let all = shard.listing(seesDrafts: seesDrafts)
                    guard isSearch else { return all }
                    return all.filter { !$0.value.hasPrefix("cancelled") }
                        .mapValues { String($0.split(separator: " ")[1]) }
                }
                guard fits else {
                    throw failure(
                        "\(request.verb) shows shard \(number) as it never was",
                        expected: "\(shardModels[number].latest[0].listing(seesDrafts: seesDrafts).sorted { $0 < $1 })",
                        seen: "\(part.sorted { $0 < $1 })")
                }
            }
            let known = Set(shardModels.flatMap { $0.latest.flatMap { $0.events.keys } })
            guard listing.keys.allSatisfy(known.contains) else {
                throw failure("\(request.verb) shows an event that is not there", expected: "\(known)", seen: seen.text)
            }
        case "VENUE GET":
            let shown = seen.items.first.map { item in
                "\(ModelReply.value("name", in: item) ?? "") \(ModelReply.value("city", in: item) ?? "") \(seen["seats"] ?? "")"
            }
            let fits = catalogueModel.look(shown) { catalogue in
                catalogue.venues[request.id].map { "\($0.name) \($0.city) \($0.plan.placeCount)" }
            }
            guard fits else {
                throw failure(
                    "VENUE GET \(request.id)", expected: "\(catalogueModel.latest[0].venues)", seen: seen.text)
            }
        default: break
        }
    }

    private static func state(of seen: ModelReply) -> String {
        seen.items.first.flatMap { ModelReply.value("state", in: $0) } ?? ""
    }

    private func look(
        _ request: ModelRequest, _ seen: ModelReply, atShardOf event: String, _ holds: (ModelShard) -> Bool
    ) throws {
        try compare(request, seen, true, holds)
    }

    /// An event is on one shard; the others know nothing of it, and that is right as well.
    private func compare<Seen: Equatable>(
        _ request: ModelRequest, _ seen: ModelReply, _ shown: Seen, _ project: (ModelShard) -> Seen
    ) throws {
        let owner = shardModels.indices.first { number in
            shardModels[number].latest.contains { $0.events[request.id] != nil }
        }
        guard let owner else {
            guard seen.code == "NOT_FOUND" else {
                throw failure("\(request.verb) \(request.id)", expected: "NOT_FOUND", seen: seen.text)
            }
            return
        }
        guard shardModels[owner].look(shown, project) else {
            throw failure(
                "\(request.verb) \(request.id) shows what never was",
                expected: "\(project(shardModels[owner].latest[0]))",
                seen: "\(shown)")
        }
    }

    /// Reads a reply to `VIEW`; nil where the event is not to be seen.
    private static func view(_ seen: ModelReply) -> ModelShard.View? {
        guard seen.isOK else { return nil }
        var view = ModelShard.View(state: state(of: seen))
        for item in seen.items {
            let words = item.split(separator: " ").map(String.init)
            guard words.count > 2 else { continue }
            func number(_ field: String) -> Int { ModelReply.value(field, in: item).flatMap { Int($0) } ?? -1 }
            switch words[1] {
            case "price": view.prices[words[2]] = Int64(number("amount"))
            case "row": view.maps[words[2]] = ModelReply.value("map", in: item)
            case "area": view.areas[words[2]] = [number("free"), number("held"), number("sold")]
            default: break
            }
        }
        view.sequence = seen["seq"].flatMap { Int($0) } ?? -1
        view.free = seen["free"].flatMap { Int($0) } ?? -1
        return view
    }
}
