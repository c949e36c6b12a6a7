// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What was copied, as lines for people and as JSON.
extension HouseCopy.Report {
    public var lines: [String] {
        parts.map { part in
            "\(part.journal): blocks \(part.firstSequence) to \(part.lastSequence), \(part.segments) "
                + (part.segments == 1 ? "segment" : "segments")
                + (part.snapshots > 0 ? ", \(part.snapshots) \(part.snapshots == 1 ? "snapshot" : "snapshots")" : "")
                + ", \(HouseReport.grouped(part.bytes)) bytes"
        } + ["verified: \(HouseReport.grouped(verification.records)) records, no finding"]
    }

    public var json: JSONText {
        var json = JSONText()
        json.field("ok", verification.isSound)
        json.field("records", verification.records)
        json.field(
            "journals",
            parts.map { part in
                var json = JSONText()
                json.field("journal", part.journal)
                json.field("firstSequence", part.firstSequence)
                json.field("lastSequence", part.lastSequence)
                json.field("segments", part.segments)
                json.field("snapshots", part.snapshots)
                json.field("bytes", part.bytes)
                return json
            })
        return json
    }
}
