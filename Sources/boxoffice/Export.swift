// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import ArgumentParser
internal import BoxOffice
internal import Glibc
internal import LineProtocol
internal import Logging

/// `boxoffice export`: prints the catalogue as protocol lines, which make it again.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the catalogue (performers, venues, events) as protocol lines.",
        discussion: """
            What is printed makes the same catalogue again; holds, orders, tickets and
            blocked seats are not part of it, and an event gets its venue's seats as they
            are now, even where it was added before they changed. An older version took
            names that nobody can see, and a performer twice at an event: the id is printed
            in the place of such a name, and each performer once.

            Examples:
              boxoffice export --from 127.0.0.1:7710 > catalogue.txt
              boxoffice export --data ./season | boxoffice shell 127.0.0.1:7711
            """)

    @Option(help: ArgumentHelp("Ask a running box office.", valueName: "host:port"))
    var from: String?
    @Option(help: ArgumentHelp("Open this data directory, which no daemon holds.", valueName: "dir"))
    var data: String?

    func validate() throws {
        guard (from == nil) != (data == nil) else {
            throw ValidationError("choose one of --from HOST:PORT and --data DIR")
        }
    }

    func run() async throws {
        if let from {
            let (host, port) = try Address.parse(from)
            try await RemoteExchange.open(host: host, port: port) { exchange in
                var exporter = CatalogueExporter(exchange: exchange)
                try await exporter.run()
            }
        } else if let data {
            // What may not be looked at is not called missing: opening it says so.
            guard access(data + "/house", F_OK) == 0 || errno == EACCES else {
                throw Failed("\(data) is no data directory; name the one that boxoffice serve --data was given")
            }
            var configuration = House.Configuration(directory: data)
            configuration.logger = Logger(label: "boxoffice", factory: { _ in SwiftLogNoOpLogHandler() })
            // How much of the past is kept is the daemon's to say: nothing of it is dropped here.
            configuration.snapshots.everyMilliseconds = nil
            configuration.snapshots.journalBytes = nil
            let house: House
            do { house = try await House.open(configuration) } catch { throw Failed("\(error)") }
            house.onFailure { reason in
                Console.error("Error: the journal failed: \(reason)\n")
                _exit(1)
            }
            do {
                var exporter = CatalogueExporter(exchange: LocalExchange(session: LocalSession(house)))
                try await exporter.run()
            } catch {
                await house.close()
                throw error
            }
            await house.close()
        }
        Console.flush()
    }
}

/// Reads the catalogue over an exchange, page by page, and prints the requests that make it.
///
/// What journals hold is served as it is, though a rule that came later refuses it in a request: such things are printed
/// as the rule would have them, or everything that refers to them would be refused too.
struct CatalogueExporter<Exchange: LineExchange> {
    var exchange: Exchange
    private static var pageItems: Int { 500 }

    mutating func run() async throws {
        for performer in try await list("PERFORMER LIST", kind: "performer") {
            print("PERFORMER ADD \(performer.id)" + performer.nameOrID("name") + performer.keys(["genre"]))
        }
        for venue in try await list("VENUE LIST", kind: "venue") {
            print(
                "VENUE ADD \(venue.id)" + venue.nameOrID("name") + venue.keys(["city", "country", "address", "tz"]))
            try await printPlan(of: venue.id)
        }
        for event in try await list("EVENT LIST", kind: "event") { try await printEvent(event) }
    }

    private mutating func printPlan(of venue: String) async throws {
        for line in try await ask("VENUE GET \(venue) plan=yes") {
            let item = Item(line)
            switch item.kind {
            case "section": print("SECTION ADD \(venue)/\(item.id)" + item.nameIfAny)
            case "row":
                print(
                    "ROW ADD \(venue)/\(item.id)" + item.key("labels", as: "seats")
                        + item.nameIfAny + item.keys(["category", "categories", "gaps", "accessible", "xy"]))
            case "area":
                print(
                    "AREA ADD \(venue)/\(item.id)" + item.keys(["capacity"]) + item.nameIfAny
                        + item.keys(["category", "xy"]))
            default: break
            }
        }
    }

    private mutating func printEvent(_ event: Item) async throws {
        print(
            "EVENT ADD \(event.id)" + event.keys(["venue"]) + event.nameOrID("title") + " starts=\(event.startsAsGiven)"
                + event.keys(["currency", "ends", "type"]) + event.performersOnce + event.keys(["description"])
                // A sale that has begun is opened below; its time would only open it once more.
                + (event.values["state"] == "draft" ? event.keys(["onsale"]) : "")
                + event.key("hold", as: "hold", unit: "s") + event.keys(["limit"]))
        for line in try await ask("EVENT GET \(event.id)") {
            let item = Item(line)
            if item.kind == "price", let amount = item.values["amount"] {
                print("PRICE SET \(event.id) \(item.id) \(amount)")
            }
        }
        switch event.values["state"] {
        case "onsale": print("EVENT OPEN \(event.id)")
        case "closed": print("EVENT OPEN \(event.id)\nEVENT CLOSE \(event.id)")
        case "cancelled": print("EVENT CANCEL \(event.id)")
        default: break
        }
    }

    /// All items of a list, page by page.
    private mutating func list(_ request: String, kind: String) async throws -> [Item] {
        var items: [Item] = []
        var after: String?
        repeat {
            let page = try await ask(
                "\(request) limit=\(Self.pageItems)" + (after.map { " after=\($0)" } ?? ""))
            items += page.map(Item.init).filter { $0.kind == kind }
            after = page.last.flatMap { Item($0).values["after"] }
        } while after != nil
        return items
    }

    private mutating func ask(_ line: String) async throws -> [String] {
        var reply: [String] = []
        try await exchange.exchange([line]) { _, lines in reply = lines }
        if let last = reply.last, LocalSession.isRefusal(last) { throw Failed("\(line) was refused: \(last)") }
        return reply
    }
}

/// One line of a reply, taken apart.
private struct Item {
    var kind = ""
    var id = ""
    var values: [String: String] = [:]

    init(_ line: String) {
        guard let reply = try? ReplyLine(parsing: line) else { return }
        if case .item(let word) = reply.kind { kind = word }
        id = reply.words.first ?? ""
        for field in reply.fields { values[field.key] = field.value }
    }

    /// `starts=` in the offset that it was given in: the date that `SEARCH date=` compares is that of this offset.
    var startsAsGiven: String {
        let starts = values["starts"] ?? ""
        guard let offset = values["offset"], let minutes = Self.minutes(offset),
            let local = CivilTime(starts)?.adding(minutes: minutes)
        else { return starts }
        return local.text + offset
    }

    private static func minutes(_ offset: String) -> Int? {
        let parts = offset.dropFirst().split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2 else { return nil }
        return (offset.hasPrefix("-") ? -1 : 1) * (parts[0] * 60 + parts[1])
    }

    func keys(_ names: [String]) -> String {
        names.map { key($0, as: $0) }.joined()
    }

    /// The name under `key` that this cannot be without; the id where nothing of the name can be seen.
    func nameOrID(_ key: String) -> String {
        var writer = RequestLineWriter("")
        writer.append(key: key, values[key].flatMap { Ink.isIn($0) ? $0 : nil } ?? id)
        return writer.text
    }

    /// The printed name of a part of a plan, which is called by its label where nothing of the name can be seen.
    var nameIfAny: String { Ink.isIn(values["name"] ?? "") ? key("name", as: "name") : "" }

    /// An event's performers, each where it is named first.
    var performersOnce: String {
        guard let performers = values["performers"] else { return "" }
        var seen: Set<Substring> = []
        let ids = performers.split(separator: ",").filter { seen.insert($0).inserted }
        return " performers=" + ids.joined(separator: ",")
    }

    /// ` name="value"`, or nothing where the line has no such field.
    func key(_ name: String, as written: String, unit: String = "") -> String {
        guard let value = values[name] else { return "" }
        var writer = RequestLineWriter("")
        writer.append(key: written, value + unit)
        return writer.text
    }
}
