// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import SnapshotStore
internal import Ticketing

/// The daemon's own way through a journal: its state machine, record by record, beside the proof.
final class Replay<Machine: StateMachine> {
    private(set) var machine: Machine
    private let makeMachine: () -> Machine
    @exclusivity(unchecked) private var effects = Effects(isPublishing: false)
    private(set) var error: RecordError?
    private(set) var digestsCompared = 0
    private(set) var firstTime: Int64?

    init(_ makeMachine: @escaping () -> Machine) {
        self.makeMachine = makeMachine
        machine = makeMachine()
    }

    /// The digest of the state so far; nil where replay could not go on.
    var digest: UInt64? { error == nil ? machine.digest : nil }

    /// Goes on from a state that was read elsewhere.
    func begin(with restored: Machine) { machine = restored }

    /// The digest of the state in a snapshot, loaded beside everything else.
    func digest(of snapshot: SnapshotReader, contentBytes: UInt64) throws -> UInt64 {
        let other = makeMachine()
        try other.restore(contentBytes: contentBytes) { body in try snapshot.readFrames(body) }
        return other.digest
    }

    /// Applies a record. Where it does not fit, ``error`` says why, and what comes after is passed over.
    ///
    /// - Returns: the error, at the record that it came with.
    func take(_ record: Span<UInt8>) -> RecordError? {
        if firstTime == nil { firstTime = RecordWriter.time(of: record)?.milliseconds }
        guard error == nil else { return nil }
        do {
            try machine.apply(record: record, effects: &effects)
            if record[0] == RecordType.digest { digestsCompared += 1 }
            return nil
        } catch {
            self.error = error
            return error
        }
    }

    /// Writes down what is the same of every journal.
    func fill(_ report: inout JournalReport, lastTime: Int64, findings: Findings) {
        report.firstTime = firstTime
        report.lastTime = firstTime == nil ? nil : lastTime
        report.digestsCompared = digestsCompared
        report.digest = digest
        report.findings += findings.kept
        report.findingCount += findings.count
    }
}
