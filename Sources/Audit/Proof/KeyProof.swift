// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

/// Idempotency keys: none is answered twice while it is remembered, and none is forgotten early.
struct KeyProof {
    /// When each remembered key was kept, oldest first from ``first`` on, and what it was about.
    private var kept: [(time: Int64, scope: KeyScope)] = []
    private var first = 0
    private var times: [KeyScope: Int64] = [:]

    var count: Int { kept.count - first }

    /// A key is kept. Returns what is wrong with that.
    mutating func keep(_ scope: KeyScope, at time: Int64) -> String? {
        kept.append((time, scope))
        guard let before = times.updateValue(time, forKey: scope),
            time < before.addingClamped(Limits.keySeconds * 1_000)
        else {
            return nil
        }
        return "a key is answered anew that was answered at \(Clock.text(before)) and is still remembered"
    }

    /// The oldest keys are forgotten. Returns what is wrong with that.
    mutating func forget(_ ended: Int, at time: Int64) -> String? {
        guard ended <= count else { return "\(ended) keys are forgotten, and there are \(count)" }
        var problem: String?
        for _ in 0..<ended {
            let (since, scope) = kept[first]
            first += 1
            if time < since.addingClamped(Limits.keySeconds * 1_000) {
                problem = "a key of \(Clock.text(since)) is forgotten before its time"
            }
            if times[scope] == since { times[scope] = nil }
        }
        if first > 4_096, first * 2 > kept.count {
            kept.removeFirst(first)
            first = 0
        }
        return problem
    }
}

extension ShardProof {
    mutating func takeKeyOutcome(_ reader: inout RecordReader, _ record: Span<UInt8>, at time: Int64) {
        let outcome = KeyOutcomeRecord(&reader)
        if reader.isMalformed { return }
        if let problem = keys.keep(outcome.scope, at: time) { report(problem) }
        guard let reply = KeptReply(record.extracting(outcome.reply)) else {
            return report("the reply kept beside a key is none")
        }
        // A reply lies right behind the record of what it tells of.
        guard !reply.isRefusal, let previous else { return }
        switch previous.type {
        case .held where reply.has(.hold) && reply.has(.expires):
            if reply.amount(.total) != previous.amount {
                report("a hold for \(previous.amount) was answered with total=\(reply.amount(.total) ?? -1)")
            }
        case .ticketsCancelled where reply.has(.refund):
            if reply.amount(.refund) != previous.amount {
                report("a refund of \(previous.amount) was answered with refund=\(reply.amount(.refund) ?? -1)")
            }
        default: break
        }
    }

    mutating func takeKeysExpired(_ reader: inout RecordReader, at time: Int64) {
        let ended = Int(reader.read(UInt32.self))
        if reader.isMalformed { return }
        if let problem = keys.forget(ended, at: time) { report(problem) }
    }
}

/// The numbers of the last line of a reply that was kept beside a key.
struct KeptReply {
    let isRefusal: Bool
    private var fields: [UInt8: Int64?] = [:]

    /// Nil where the bytes are no reply.
    init?(_ body: Span<UInt8>) {
        guard let ending = ReplyEnding(of: body) else { return nil }
        isRefusal = ending.code != nil
        if isRefusal { return }
        var reader = RecordReader(body.extracting((ending.countOffset + 1)..<body.count))
        for _ in 0..<body[ending.countOffset] {
            let field: UInt8 = reader.read()
            switch FieldEncoding(rawValue: reader.read()) {
            case .integer, .seconds, .instant, .thousandths: fields[field] = .some(reader.read(Int64.self))
            case .yesNo: fields[field] = .some(Int64(reader.read(UInt8.self)))
            case .text, .list:
                _ = reader.readRange(Int(reader.read(UInt32.self)))
                fields[field] = .some(nil)
            case nil: return nil
            }
        }
        if reader.isMalformed { return nil }
    }

    func has(_ field: Field) -> Bool { fields[field.rawValue] != nil }
    func amount(_ field: Field) -> Int64? { fields[field.rawValue] ?? nil }
}
