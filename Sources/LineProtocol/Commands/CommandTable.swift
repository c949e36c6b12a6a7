// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// The one table of commands: parser, `HELP`, `COMMANDS` and the man page are all made from it, so that they agree.
public struct CommandTable: Sendable {
    /// In the order in which help shows them.
    public let commands: [Command]
    // Index into `commands` by verb; -1 for a verb that is not in this table.
    private let places: [Int]

    /// The table of a daemon; with `testMode`, that of one started with `--test`.
    public init(testMode: Bool = false) {
        self.init(Self.all.filter { testMode || !$0.isTestOnly })
    }

    private static let all = session + catalogue + events + looking + booking + running

    /// Whether a request with this first word is answered only by a daemon started with `--test`.
    static func isForTests(_ word: String) -> Bool {
        all.contains { $0.isTestOnly && $0.words[0] == word.uppercased() }
    }

    init(_ commands: [Command]) {
        self.commands = commands
        var places = [Int](repeating: -1, count: 256)
        for (place, command) in commands.enumerated() { places[Int(command.verb.rawValue)] = place }
        self.places = places
    }

    /// The command of `verb`; nil where this table has none, as for `RESET` outside test mode.
    public subscript(verb: Verb) -> Command? {
        let place = places[Int(verb.rawValue)]
        return place < 0 ? nil : commands[place]
    }
}

// MARK: - Parameters that several commands share

extension Parameter {
    static func id(_ name: String, _ argument: Argument = .id) -> Parameter {
        Parameter(argument, name, .id, isRequired: true)
    }

    /// `key=`, on every change: safe to send again.
    static let idempotencyKey = Parameter(.key, "key", .text(1...Limits.keyBytesMax))
    static let name = Parameter(.name, "name", .name(1...Limits.nameBytesMax))
    static let category = Parameter(.category, "category", .category)
    static let price = Parameter(.price, "price", .money(Limits.priceMinorMax))
    static let seats = Parameter(.seats, "seats", .seats)
    static let pageLimit = Parameter(.limit, "limit", .integer(1...Int64(Limits.pageItemsMax)))
    static let pageAfter = Parameter(.after, "after", .id)
    static let withPositions = Parameter(.xy, "xy", .yesNo)

    static let venueDetails: [Parameter] = [
        Parameter(.city, "city", .text(0...Limits.nameBytesMax)),
        Parameter(.country, "country", .text(0...Limits.nameBytesMax)),
        Parameter(.address, "address", .text(0...Limits.nameBytesMax)),
        Parameter(.timeZone, "tz", .text(0...Limits.idBytesMax)),
    ]

    static let genre = Parameter(.genre, "genre", .text(0...Limits.nameBytesMax))
    static let title = Parameter(.title, "title", .name(1...Limits.nameBytesMax))
    static let starts = Parameter(.starts, "starts", .instant)

    static let eventDetails: [Parameter] = [
        Parameter(.currency, "currency", .currency),
        Parameter(.ends, "ends", .instant),
        Parameter(.type, "type", .text(0...Limits.idBytesMax)),
        Parameter(.performers, "performers", .ids(0...Limits.performersPerEventMax)),
        Parameter(.description, "description", .text(0...Limits.descriptionBytesMax)),
        Parameter(.onsale, "onsale", .instant),
        Parameter(.hold, "hold", .duration(Limits.holdSecondsMin...Limits.holdSecondsMax)),
        Parameter(.limit, "limit", .integer(1...1_000_000)),
        price,
    ]
}

// MARK: - Session

extension CommandTable {
    static let session: [Command] = [
        Command(
            .hello, "HELLO", .session, .anyone, [Parameter(.version, "version", .integer(0...1_000_000))],
            help: "Says which server this is and which protocol it speaks.", example: "HELLO 1"),
        Command(
            .actAs, "AS", .session, .operator, [Parameter(.buyer, "buyer", .buyer, isRequired: true)],
            help: "Acts for a buyer on this connection from here on; AS - ends it.", example: "AS ada"),
        Command(
            .whoami, "WHOAMI", .session, .anyone, help: "Says who you are and for whom you act.", example: "WHOAMI"),
        Command(
            .format, "FORMAT", .session, .anyone,
            [Parameter(.format, "form", .word(["text", "json"]), isRequired: true)],
            help: "Sets the form of replies, from its own reply on.", example: "FORMAT json"),
        Command(.ping, "PING", .session, .anyone, help: "Answers pong.", example: "PING"),
        Command(.time, "TIME", .session, .anyone, help: "Says the daemon's time.", example: "TIME"),
        Command(
            .help, "HELP", .session, .anyone, [Parameter(.topic, "verb", .words)],
            help: "Lists the commands, or explains one.", example: "HELP HOLD"),
        Command(
            .commands, "COMMANDS", .session, .anyone, help: "Lists the commands for a program to read.",
            example: "COMMANDS"),
        Command(
            .quit, "QUIT", .session, .anyone, help: "Answers what was asked, says bye and closes.", example: "QUIT"),
    ]
}

// MARK: - Catalogue

extension CommandTable {
    static let catalogue: [Command] = [
        Command(
            .venueAdd, "VENUE ADD", .catalogueChange, .operator, route: .catalogue, [.id("id", .venue)],
            keys: [.name.required] + Parameter.venueDetails + [.idempotencyKey],
            help: "Adds a venue.", example: #"VENUE ADD globe name="Le Globe" city=Lyon"#),
        Command(
            .venueSet, "VENUE SET", .catalogueChange, .operator, route: .catalogue, [.id("id", .venue)],
            keys: [.name] + Parameter.venueDetails + [.idempotencyKey],
            help: "Changes what is said of a venue.", example: "VENUE SET globe city=Lyon tz=Europe/Paris"),
        Command(
            .venueGet, "VENUE GET", .publishedLook, .anyone, [.id("id", .venue)],
            keys: [Parameter(.plan, "plan", .yesNo)],
            help: "Shows a venue, with plan=yes its sections, rows and areas too.", example: "VENUE GET globe plan=yes"),
        Command(
            .venueList, "VENUE LIST", .publishedLook, .anyone, keys: [.pageLimit, .pageAfter],
            help: "Lists venues by id, a page at a time.", example: "VENUE LIST limit=50 after=globe"),
        Command(
            .sectionAdd, "SECTION ADD", .catalogueChange, .operator, route: .catalogue,
            [Parameter(.section, "venue/section", .sectionAddress, isRequired: true)],
            keys: [
                .name, .category, Parameter(.rows, "rows", .labels, goesWith: .seats),
                Parameter(.seats, "seats", .labels, goesWith: .rows), .idempotencyKey,
            ],
            help: "Adds a section to a venue, with rows= and seats= its rows too.",
            example: "SECTION ADD globe/stalls rows=A-C seats=1-10"),
        Command(
            .rowAdd, "ROW ADD", .catalogueChange, .operator, route: .catalogue,
            [Parameter(.row, "venue/section/row", .rowAddress, isRequired: true)],
            keys: [
                Parameter(.seats, "seats", .labels, isRequired: true), .name,
                Parameter(.category, "category", .category, excludes: .categories),
                Parameter(.categories, "categories", .categories, excludes: .category),
                Parameter(.gaps, "gaps", .labels), Parameter(.accessible, "accessible", .labels),
                Parameter(.xy, "xy", .coordinates), .idempotencyKey,
            ],
            help: "Adds a row of seats, named in map order; gaps= names the seats after which an aisle lies.",
            example: "ROW ADD globe/stalls/D seats=1-10 gaps=5 accessible=1,10"),
        Command(
            .areaAdd, "AREA ADD", .catalogueChange, .operator, route: .catalogue,
            [Parameter(.area, "venue/area", .areaAddress, isRequired: true)],
            keys: [
                Parameter(.capacity, "capacity", .integer(1...Int64(Limits.placesPerPlanMax)), isRequired: true),
                .name, .category, Parameter(.xy, "xy", .coordinates), .idempotencyKey,
            ],
            help: "Adds a general-admission area to a venue.", example: "AREA ADD globe/lawn capacity=400"),
        Command(
            .performerAdd, "PERFORMER ADD", .catalogueChange, .operator, route: .catalogue, [.id("id", .performer)],
            keys: [.name.required, .genre, .idempotencyKey],
            help: "Adds a performer.", example: #"PERFORMER ADD obrien name="Nora O'Brien" genre=folk"#),
        Command(
            .performerSet, "PERFORMER SET", .catalogueChange, .operator, route: .catalogue, [.id("id", .performer)],
            keys: [.name, .genre, .idempotencyKey],
            help: "Changes what is said of a performer.", example: "PERFORMER SET obrien genre=jazz"),
        Command(
            .performerGet, "PERFORMER GET", .publishedLook, .anyone, [.id("id", .performer)],
            help: "Shows a performer.", example: "PERFORMER GET obrien"),
        Command(
            .performerList, "PERFORMER LIST", .publishedLook, .anyone, keys: [.pageLimit, .pageAfter],
            help: "Lists performers by id, a page at a time.", example: "PERFORMER LIST limit=50"),
    ]
}

// MARK: - Events

extension CommandTable {
    static let events: [Command] = [
        Command(
            .eventAdd, "EVENT ADD", .eventChange, .operator, route: .event(.event), [.id("id", .event)],
            keys: [Parameter(.venue, "venue", .id, isRequired: true), .title.required, .starts.required]
                + Parameter.eventDetails + [.idempotencyKey],
            help: "Adds an event, as a draft that only operators see; it keeps the venue's plan as it is now.",
            example:
                #"EVENT ADD gala venue=globe title="O'Brien Gala" starts=2031-05-01T19:30Z currency=EUR price=4500"#),
        Command(
            .eventSet, "EVENT SET", .eventChange, .operator, route: .event(.event), [.id("id", .event)],
            // `venue=` is taken so that the shard can say that an event stays where it is.
            keys: [.title, .starts] + Parameter.eventDetails + [Parameter(.venue, "venue", .id), .idempotencyKey],
            help: "Changes what is said of an event; it stays at its venue.",
            example: "EVENT SET gala starts=2031-05-02T19:30Z"),
        Command(
            .eventGet, "EVENT GET", .publishedLook, .anyone, route: .event(.event), [.id("id", .event)],
            help: "Shows an event and its prices.", example: "EVENT GET gala"),
        Command(
            .eventList, "EVENT LIST", .publishedLook, .anyone, keys: [.pageLimit, .pageAfter],
            help: "Lists events by id, a page at a time.", example: "EVENT LIST limit=50"),
        Command(
            .eventOpen, "EVENT OPEN", .shardChange, .operator, route: .event(.event), [.id("id", .event)],
            keys: [.idempotencyKey],
            help: "Puts an event on sale; it needs a currency and a price for each category.",
            example: "EVENT OPEN gala"),
        Command(
            .eventClose, "EVENT CLOSE", .shardChange, .operator, route: .event(.event), [.id("id", .event)],
            keys: [.idempotencyKey], help: "Takes an event off sale.", example: "EVENT CLOSE gala"),
        Command(
            .eventCancel, "EVENT CANCEL", .shardChange, .operator, route: .event(.event), [.id("id", .event)],
            keys: [.idempotencyKey],
            help: "Cancels an event and its holds (n=, refund= what was paid for them); its orders wait for CANCEL.",
            example: "EVENT CANCEL gala"),
        Command(
            .priceSet, "PRICE SET", .shardChange, .operator, route: .event(.event),
            [
                .id("event", .event), .category.required,
                Parameter(.amount, "amount", .money(Limits.priceMinorMax), isRequired: true),
            ],
            keys: [.idempotencyKey],
            help: "Sets the price of a category, in minor units of the event's currency.",
            example: "PRICE SET gala standard 4500"),
        Command(
            .block, "BLOCK", .shardChange, .operator, route: .event(.event), [.id("event", .event), .seats.required],
            keys: [.idempotencyKey], help: "Keeps free seats from being sold.", example: "BLOCK gala stalls/A/1-2"),
        Command(
            .unblock, "UNBLOCK", .shardChange, .operator, route: .event(.event),
            [.id("event", .event), .seats.required],
            keys: [.idempotencyKey], help: "Gives blocked seats back.", example: "UNBLOCK gala stalls/A/1-2"),
    ]
}

// MARK: - Looking

extension CommandTable {
    static let looking: [Command] = [
        Command(
            .view, "VIEW", .publishedLook, .anyone, route: .event(.event), [.id("event", .event)],
            keys: [Parameter(.section, "section", .label), .withPositions],
            help: "Shows an event with its prices and a map of every row.", example: "VIEW gala section=stalls"),
        Command(
            .search, "SEARCH", .publishedLook, .anyone, [Parameter(.words, "words", .words)],
            keys: [
                Parameter(.location, "location", .text(1...Limits.nameBytesMax)),
                Parameter(.type, "type", .text(1...Limits.idBytesMax)),
                Parameter(.performer, "performer", .text(1...Limits.nameBytesMax)),
                Parameter(.date, "date", .dateRange), Parameter(.price, "price", .moneyRange),
                Parameter(.free, "free", .yesNo),
                Parameter(.sort, "sort", .word(["relevance", "date", "price"])),
                Parameter(.tours, "tours", .word(["each", "fold"])), .pageLimit,
                Parameter(.after, "after", .text(1...Limits.nameBytesMax)),
            ],
            help:
                "Finds events, typing errors and accents forgiven (did= says what was found); tours=fold joins a tour's dates.",
            example: "SEARCH obrein date=2031-05-01..2031-05-31 free=yes"),
        Command(
            .suggest, "SUGGEST", .publishedLook, .anyone, [Parameter(.words, "prefix", .words)], keys: [.pageLimit],
            help: "Completes names of performers, events, venues and cities as one types.",
            example: "SUGGEST obr limit=5"),
    ]
}

// MARK: - Booking

extension CommandTable {
    static let booking: [Command] = [
        Command(
            .hold, "HOLD", .shardChange, .booking, route: .event(.event), [.id("event", .event), .seats],
            keys: [
                Parameter(.best, "best", .integer(1...1_000_000)),
                Parameter(.together, "together", .yesNo, goesWith: .best),
                Parameter(.section, "section", .label, goesWith: .best),
                Parameter(.category, "category", .category, goesWith: .best),
                Parameter(.max, "max", .money(Limits.priceMinorMax), goesWith: .best),
                Parameter(.accessible, "accessible", .yesNo, goesWith: .best), .idempotencyKey,
            ], exactlyOneOf: [.seats, .best],
            help: "Holds seats for a while, at their price of now: those named, or the best= so many.",
            example: "HOLD gala stalls/A/3-4 key=c1"),
        Command(
            .extend, "EXTEND", .shardChange, .booking, route: .issued(.id), [.id("hold")], keys: [.idempotencyKey],
            help: "Starts a hold's time again, once.", example: "EXTEND H7QK2M9XW"),
        Command(
            .release, "RELEASE", .shardChange, .booking, route: .issued(.id), [.id("hold"), .seats],
            keys: [.idempotencyKey],
            help: "Gives a hold back, or some of its seats.", example: "RELEASE H7QK2M9XW stalls/A/4"),
        Command(
            .get, "GET", .shardLook, .anyone, route: .issued(.id), [.id("id")],
            help: "Shows a hold, an order or a ticket.", example: "GET H7QK2M9XW"),
        Command(
            .mine, "MINE", .broadcast, .booking, route: .everyShard,
            keys: [Parameter(.event, "event", .id)],
            help: "Shows the holds and orders of who asks.", example: "MINE event=gala"),
        Command(
            .pay, "PAY", .shardChange, .booking, route: .issued(.id), [.id("hold")],
            keys: [
                Parameter(
                    .amount, "amount", .money(Limits.priceMinorMax * Int64(Limits.seatsPerHoldMax)), isRequired: true),
                Parameter(.method, "method", .id, isRequired: true),
                Parameter(.token, "token", .text(1...Limits.nameBytesMax)), .idempotencyKey,
            ],
            help: "Pays for a hold; amount= must be its total.", example: "PAY H7QK2M9XW amount=9000 method=cash"),
        Command(
            .confirm, "CONFIRM", .shardChange, .booking, route: .issued(.id), [.id("hold")], keys: [.idempotencyKey],
            help: "Turns a paid hold into an order with tickets.", example: "CONFIRM H7QK2M9XW"),
        Command(
            .cancel, "CANCEL", .shardChange, .booking, route: .issued(.id),
            [.id("order"), Parameter(.tickets, "tickets", .ids(1...Limits.seatsPerHoldMax))], keys: [.idempotencyKey],
            help: "Cancels an order, or some of its tickets; their seats go back on sale.",
            example: "CANCEL O55TC T8F3"),
        Command(
            .checkIn, "CHECKIN", .shardChange, .gate, route: .issued(.code),
            [Parameter(.code, "code", .id, isRequired: true)],
            keys: [
                Parameter(.gate, "gate", .text(1...Limits.idBytesMax)), Parameter(.undo, "undo", .yesNo),
                .idempotencyKey,
            ],
            help: "Lets the bearer of a ticket's code in, once; undo=yes takes it back.",
            example: "CHECKIN 4ZK9 gate=north"),
    ]
}

// MARK: - Running it

extension CommandTable {
    static let running: [Command] = [
        Command(
            .stats, "STATS", .broadcast, .operator, route: .everyShard, help: "Shows the daemon's counters.",
            example: "STATS"),
        Command(
            .snapshot, "SNAPSHOT", .broadcast, .operator, route: .everyShard,
            help:
                "Takes a snapshot of every shard and of the catalogue; OK means that all are on the disk, and verified.",
            example: "SNAPSHOT"),
        Command(
            .clockAdvance, "CLOCK ADVANCE", .broadcast, .operator, route: .everyShard,
            [Parameter(.duration, "duration", .duration(0...315_360_000), isRequired: true)],
            isTestOnly: true,
            help: "Moves the daemon's time forward, up to the end of 9999; OK means that all timers then due have run.",
            example: "CLOCK ADVANCE 601s"),
        Command(
            .reset, "RESET", .broadcast, .operator, route: .everyShard, isTestOnly: true,
            help: "Forgets everything.", example: "RESET"),
    ]
}
