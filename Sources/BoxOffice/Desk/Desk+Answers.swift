// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// Where a request is answered.
enum Destination {
    case shard(Int)
    case catalogue
    /// Every shard, and the catalogue where it has something to say or do as well.
    case everyone(catalogueToo: Bool)
    /// At the desk.
    case here
    /// Nowhere: it names an id that was never issued.
    case nowhere
}

extension Desk {
    func commandClass(of verb: Verb) -> Command.Class {
        commandClasses[Int(verb.rawValue)]
    }

    /// Where the request parsed last goes, from the ids it names: an event's by a stable hash, an issued one's by what
    /// it carries.
    func destination(of verb: Verb) -> Destination {
        switch commandClasses[Int(verb.rawValue)] {
        case .session, .publishedLook: return .here
        case .catalogueChange, .eventChange: return .catalogue
        case .broadcast: return .everyone(catalogueToo: verb != .mine)
        case .shardChange, .shardLook: break
        }
        switch routes[Int(verb.rawValue)] {
        case .event(let argument):
            guard let id = parser.bytes(of: argument) else { return .nowhere }
            return .shard(
                shardCount == 1
                    ? 0 : StableHash.shard(of: Span<UInt8>(_unsafeBytes: id), count: shardCount))
        case .issued(let argument):
            guard let text = parser.bytes(of: argument) else { return .nowhere }
            let bytes = Span<UInt8>(_unsafeBytes: text)
            let shard =
                verb == .checkIn
                ? TicketCode.decode(bytes, keys: issuedIDKeys)?.shard
                : IssuedID.decode(bytes, keys: issuedIDKeys)?.shard
            guard let shard, Int(shard) < shardCount else { return .nowhere }
            return .shard(Int(shard))
        case .none, .catalogue, .everyShard:
            return .here
        }
    }

    /// Writes the reply to a request that is answered at the desk.
    func answer(_ request: Request, buyer: Span<UInt8>, to reply: inout ReplyWriter) {
        let batch = scratch
        switch request.verb {
        case .hello:
            if let version = batch.slot(.version, of: request)?.value, version != 1 {
                reply.error(.version)
                reply.field(.protocol, 1)
                reply.field(.hint, "this server speaks version 1; say HELLO 1")
                return
            }
            reply.line(.ok)
            reply.field(.server, "boxoffice/" + House.version)
            reply.field(.protocol, 1)
        case .ping: Self.message("pong", to: &reply)
        case .quit: Self.message("bye", to: &reply)
        case .actAs:
            reply.line(.ok)
            if buyer.isEmpty { reply.field(.actingFor, "-") } else { reply.field(.actingFor, buyer) }
        case .whoami:
            reply.line(.ok)
            reply.field(.who, "local")
            reply.field(.role, "operator")
            if !buyer.isEmpty { reply.field(.actingFor, buyer) }
        case .format:
            reply.line(.ok)
            reply.field(.format, batch.slot(.format, of: request)?.value == 1 ? "json" : "text")
        case .time:
            reply.line(.ok)
            reply.field(.time, house.published.now())
        case .help: parser.table.writeHelp(batch.string(.topic, of: request) ?? "", to: &reply)
        case .commands: parser.table.writeCommands(to: &reply)
        default: look(request, in: batch, to: &reply)
        }
    }

    private func look(_ request: Request, in batch: RequestBatch, to reply: inout ReplyWriter) {
        reader.refresh()
        switch request.verb {
        case .view: looks.view(request, in: batch, to: &reply)
        case .search: searches.search(request, in: batch, at: house.published.now(), to: &reply)
        case .suggest: searches.suggest(request, in: batch, to: &reply)
        case .eventGet: looks.eventGet(request, in: batch, to: &reply)
        case .eventList: looks.eventList(request, in: batch, to: &reply)
        case .venueGet: looks.venueGet(request, in: batch, to: &reply)
        case .venueList: looks.venueList(request, in: batch, to: &reply)
        case .performerGet: looks.performerGet(request, in: batch, to: &reply)
        case .performerList: looks.performerList(request, in: batch, to: &reply)
        default:
            reply.error(.internal)
            reply.field(.hint, "this is a defect of the server; please report the command that you sent")
        }
    }

    private static func message(_ word: StaticString, to reply: inout ReplyWriter) {
        reply.line(.ok)
        reply.field(.message, word)
    }
}
