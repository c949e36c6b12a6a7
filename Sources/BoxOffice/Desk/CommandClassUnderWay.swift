// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// What is under way on a conversation, as far as it decides what may begin beside it.
enum CommandClassUnderWay {
    case none
    /// Answered here without looking at the house: begins at any time, its reply waits for its turn.
    case local
    /// Changes of the catalogue: they overlap, for the catalogue decides them one after another.
    case catalogue
    /// Bookings, on whatever shard.
    case booking
    /// Reads of a shard: they overlap with each other and with nothing else.
    case shardLook
    /// Begins alone.
    case alone

    init(of commandClass: Command.Class, verb: Verb) {
        switch commandClass {
        // `FORMAT` changes how replies look and so waits until those before it are rendered; `TIME` may be moved by them.
        case .session: self = verb == .format || verb == .time ? .alone : .local
        case .catalogueChange, .eventChange: self = .catalogue
        case .shardChange: self = .booking
        case .shardLook: self = .shardLook
        case .publishedLook, .broadcast: self = .alone
        }
    }

    /// Whether a request of this class may begin while `other` is under way.
    func mayBegin(beside other: CommandClassUnderWay) -> Bool {
        switch self {
        case .local: true
        case .alone: other == .none
        default: other == .none || other == self
        }
    }
}
