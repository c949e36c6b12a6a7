// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

public import Ticketing

/// One command as the table has it: what it is called, what it takes, who may ask, and where it goes.
public struct Command: Sendable {
    /// What a command is to whoever runs it. The words are what `COMMANDS` says in `class=`.
    public enum Class: String, Sendable {
        /// Answered at the door, from the connection's own state.
        case session
        /// Decided by the catalogue.
        case catalogueChange = "catalogue-change"
        /// Goes through the catalogue, which looks names up, to the event's shard, which decides.
        case eventChange = "event-change"
        /// Decided by one shard.
        case shardChange = "shard-change"
        /// Read from what is published.
        case publishedLook = "published-look"
        /// Read by one shard.
        case shardLook = "shard-look"
        /// Goes to every shard; the answers are joined.
        case broadcast
    }

    /// Who may ask. The words are what `COMMANDS` says in `access=`.
    public enum Access: String, Sendable, BitwiseCopyable {
        case anyone
        /// A buyer, or an operator (for a buyer, or as such).
        case booking
        /// A gate, or an operator.
        case gate
        case `operator`

        @inlinable
        public func admits(_ role: Role) -> Bool {
            switch self {
            case .anyone: true
            case .booking: role != .gate
            case .gate: role != .buyer
            case .operator: role == .operator
            }
        }
    }

    /// What decides where a request goes.
    public enum Route: Sendable, Equatable {
        /// Nothing: it is answered at the door or from what is published.
        case none
        case catalogue
        /// The shard of the event with the id in this argument.
        case event(Argument)
        /// The shard that issued the id or code in this argument.
        case issued(Argument)
        case everyShard
    }

    public var verb: Verb
    /// Its words in capitals, as `EVENT`, `ADD`.
    public var words: [String]
    public var commandClass: Class
    public var access: Access
    public var route: Route
    public var positionals: [Parameter]
    public var keys: [Parameter]
    /// Arguments of which exactly one must be given.
    public var exactlyOneOf: [Argument]
    /// Exists only where the daemon was started with `--test`.
    public var isTestOnly: Bool
    /// One sentence.
    public var help: String
    public var example: String

    /// Its words joined by a space, as `EVENT ADD`.
    public var name: String { words.joined(separator: " ") }

    init(
        _ verb: Verb, _ name: String, _ commandClass: Class, _ access: Access, route: Route = .none,
        _ positionals: [Parameter] = [], keys: [Parameter] = [], exactlyOneOf: [Argument] = [],
        isTestOnly: Bool = false, help: String, example: String
    ) {
        self.verb = verb
        self.words = name.split(separator: " ").map(String.init)
        self.commandClass = commandClass
        self.access = access
        self.route = route
        self.positionals = positionals
        self.keys = keys
        self.exactlyOneOf = exactlyOneOf
        self.isTestOnly = isTestOnly
        self.help = help
        self.example = example
    }
}

/// One argument that a command takes, by position or by key.
public struct Parameter: Sendable {
    public var argument: Argument
    /// What help calls it; for a key, its spelling without the `=`.
    public var name: String
    public var type: ParameterType
    public var isRequired: Bool
    /// The argument without which this one makes no sense.
    public var goesWith: Argument?
    /// The argument beside which this one makes no sense.
    public var excludes: Argument?

    init(
        _ argument: Argument, _ name: String, _ type: ParameterType, isRequired: Bool = false,
        goesWith: Argument? = nil, excludes: Argument? = nil
    ) {
        self.argument = argument
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.goesWith = goesWith
        self.excludes = excludes
    }

    /// This parameter, and a request without it is refused.
    var required: Parameter {
        var copy = self
        copy.isRequired = true
        return copy
    }
}

/// What an argument's text must look like, and what value is made of it.
public enum ParameterType: Sendable, Equatable {
    /// `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`
    case id
    /// Ids joined by commas, so many. Where there may be none, an empty text says so.
    case ids(ClosedRange<Int>)
    /// `[A-Za-z0-9._]{1,32}`
    case label
    /// The name of a price category: a label that may hold `-`.
    case category
    /// `venue/section`, delivered as two slots.
    case sectionAddress
    /// `venue/section/row`, delivered as three slots.
    case rowAddress
    /// `venue/area`, delivered as two slots.
    case areaAddress
    /// `stalls/A/3-6,lawn:4`. Only its alphabet is checked here.
    case seats
    /// `1-10`, `1-19/2`, `A-C`, or a list. Only its alphabet is checked here.
    case labels
    /// `1-4:vip,5-10:std`. Only its alphabet is checked here.
    case categories
    /// `0,0 25,0`. Only its alphabet is checked here.
    case coordinates
    /// Free text of so many bytes.
    case text(ClosedRange<Int>)
    /// Free text of so many bytes, with something in it that can be seen.
    case name(ClosedRange<Int>)
    /// 1 to 64 bytes of printable text.
    case buyer
    /// All remaining words, joined by one space.
    case words
    case integer(ClosedRange<Int64>)
    /// Minor units, 0 up to this.
    case money(Int64)
    /// `..5000`, `1000..`, `1000..5000` or `1000`: two slots, the lowest price and one past the highest
    /// (`Int64.min` and `Int64.max` where that end is open).
    case moneyRange
    /// `600s`, `10m`, `2h`: seconds, within these.
    case duration(ClosedRange<Int64>)
    /// RFC 3339: milliseconds since 1970, with the offset in minutes as the slot's `extra`.
    case instant
    /// `2026-05-01..2026-05-31`, one end open, or a single day: two slots, the first day's beginning and the beginning
    /// of the day after the last, as milliseconds since 1970 of a clock that shows local time (`Int64.min` and
    /// `Int64.max` where that end is open).
    case dateRange
    /// 1 or 0.
    case yesNo
    /// One of these words: its index.
    case word([String])
    /// Three capital letters.
    case currency
}
