// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reports as lines for people.
extension HouseReport {
    /// One line a journal and what it holds, findings and notes in full, and a last line that says whether all is right.
    public var lines: [String] {
        var lines = [
            "\(directory): \(shards) \(shards == 1 ? "shard" : "shards") and the catalogue"
                + (isInUse ? ", in use by a daemon" : "")
        ]
        for journal in journals { lines += journal.lines }
        for finding in findings { lines.append("FOUND \(finding)") }
        let speed =
            "\(Self.grouped(records)) records in \(Self.decimal(seconds, 2)) s"
            + (recordsPerSecond > 0 ? " (\(Self.grouped(UInt64(recordsPerSecond))) a second)" : "")
        if isSound {
            lines.append(
                "OK: \(speed). No seat ever had two owners, every hold ended one way, the money adds up, and replay agrees."
            )
        } else {
            lines.append("NOT OK: \(speed), \(findingCount) \(findingCount == 1 ? "finding" : "findings").")
        }
        return lines
    }

    /// 1,234,567.
    static func grouped(_ value: some BinaryInteger) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        let whole = String(scaled / Int(scale))
        let rest = String(scaled % Int(scale))
        return whole + "." + String(repeating: "0", count: max(0, places - rest.count)) + rest
    }
}

extension JournalReport {
    var lines: [String] {
        var lines = [
            "\(journal): \(segments) \(segments == 1 ? "segment" : "segments"), blocks \(firstSequence) to "
                + "\(lastSequence), \(HouseReport.grouped(records)) records"
                + (firstTime.map { ", \(Clock.text($0)) to \(Clock.text(lastTime ?? $0))" } ?? "")
        ]
        let shown = figures.filter { $0.value != 0 }.map { "\($0.name)=\($0.value)" }
        if !shown.isEmpty { lines.append("  " + shown.joined(separator: " ")) }
        for line in money where line.received != 0 || line.refunded != 0 {
            let currency = line.currency.isEmpty ? "(no currency)" : line.currency
            lines.append(
                "  \(currency) received=\(line.received) refunded=\(line.refunded) standing=\(line.standing)")
        }
        for snapshot in snapshots {
            lines.append(
                "  \(snapshot.file): \(snapshot.frames) frames, \(HouseReport.grouped(snapshot.bytes)) bytes, \(snapshot.agreement)"
            )
        }
        if let digest {
            lines.append(
                "  digest \(String(digest, radix: 16))"
                    + (digestsCompared > 0 ? ", \(digestsCompared) in the journal agree" : ""))
        }
        for note in notes { lines.append("  note: \(note)") }
        for finding in findings { lines.append("  FOUND \(finding)") }
        if findingCount > findings.count { lines.append("  and \(findingCount - findings.count) more") }
        return lines
    }
}

extension HouseReport {
    /// The whole report as one JSON object.
    public var json: JSONText {
        var json = JSONText()
        json.field("ok", isSound)
        json.field("directory", directory)
        json.field("shards", shards)
        json.field("inUse", isInUse)
        json.field("records", records)
        json.field("milliseconds", Int(seconds * 1_000))
        json.field("recordsPerSecond", Int(recordsPerSecond))
        json.field("findingCount", findingCount)
        json.field("findings", (findings + journals.flatMap(\.findings)).map(\.json))
        json.field("journals", journals.map(\.json))
        return json
    }
}

extension JournalReport {
    var json: JSONText {
        var json = JSONText()
        json.field("journal", journal)
        json.field("segments", segments)
        json.field("bytes", bytes)
        json.field("blocks", blocks)
        json.field("firstSequence", firstSequence)
        json.field("lastSequence", lastSequence)
        json.field("records", records)
        if let firstTime { json.field("firstTime", Clock.text(firstTime)) }
        if let lastTime { json.field("lastTime", Clock.text(lastTime)) }
        var figuresJSON = JSONText()
        for figure in figures { figuresJSON.field(figure.name, figure.value) }
        json.field("figures", figuresJSON)
        json.field(
            "money",
            money.map { line in
                var json = JSONText()
                json.field("currency", line.currency)
                json.field("received", line.received)
                json.field("refunded", line.refunded)
                json.field("standing", line.standing)
                return json
            })
        var types = JSONText()
        for type in recordsByType { types.field(type.type, type.count) }
        json.field("recordsByType", types)
        json.field(
            "snapshots",
            snapshots.map { snapshot in
                var json = JSONText()
                json.field("file", snapshot.file)
                json.field("sequence", snapshot.sequence)
                json.field("frames", snapshot.frames)
                json.field("bytes", snapshot.bytes)
                json.field("agreement", snapshot.agreement)
                return json
            })
        if let digest { json.field("digest", String(digest, radix: 16)) }
        json.field("digestsCompared", digestsCompared)
        json.field("notes", notes)
        json.field("findingCount", findingCount)
        return json
    }
}

extension Finding {
    var json: JSONText {
        var json = JSONText()
        json.field("kind", kind.rawValue)
        json.field("journal", journal)
        if let file { json.field("file", file) }
        if let offset { json.field("offset", offset) }
        if let sequence { json.field("sequence", sequence) }
        if let record { json.field("record", record) }
        json.field("what", what)
        return json
    }
}
