// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The vocabulary of the snapshot tests: a ledger is captured while it works, and read back.

@testable import Ticketing

/// The frames of a snapshot.
struct Frames: Equatable {
    var frames: [[UInt8]] = []

    var bytes: UInt64 { UInt64(frames.reduce(0) { $0 + $1.count }) }

    mutating func take(_ capture: StateCapture) {
        for piece in capture.takePieces() { piece.forEachFrame { frames.append(Array($0)) } }
    }

    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        for frame in frames { try frame.withUnsafeBytes { try body($0) } }
    }

    /// The images of all frames by kind, in order.
    func bytes(of kind: SnapshotContent.Kind) throws -> [UInt8] {
        var images: [(first: UInt64, bytes: [UInt8])] = []
        for frame in frames {
            try frame.withUnsafeBytes { bytes in
                try SnapshotContent.forEachImage(in: bytes) { (image) throws(RecordError) in
                    if image.kind == kind { images.append((image.first, Array(bytes[image.range]))) }
                }
            }
        }
        // Elements of a column by their index; a stream stays in its order.
        if !kind.isStream { images.sort { $0.first < $1.first } }
        return images.flatMap(\.bytes)
    }
}

/// What can be captured: a ledger or a catalogue.
protocol Capturable: AnyObject {
    func beginCapture(into capture: StateCapture)
    func captureSome(bytesMax: Int) -> Bool
}

extension TicketLedger: Capturable {}
extension Catalogue: Capturable {}

extension Capturable {
    /// Captures it in steps, with something else between them. Nil where the capture was void.
    func captured(stepBytes: Int = 1 << 20, between: () -> Void = {}) -> Frames? {
        let capture = StateCapture()
        var frames = Frames()
        beginCapture(into: capture)
        between()
        while !captureSome(bytesMax: stepBytes) {
            frames.take(capture)
            between()
        }
        frames.take(capture)
        return capture.isVoid ? nil : frames
    }
}

extension TicketLedger {
    /// The ledger that a snapshot holds.
    static func restored(_ frames: Frames) throws -> TicketLedger {
        let ledger = TicketLedger()
        ledger.testModeEnabled = true
        try ledger.restore(contentBytes: frames.bytes) { try frames.read($0) }
        return ledger
    }

    func apply(_ records: some Sequence<[UInt8]>) throws {
        var effects = Effects(isPublishing: false)
        for record in records { try apply(record: record.span, effects: &effects) }
    }
}

extension Catalogue {
    static func restored(_ frames: Frames) throws -> Catalogue {
        let catalogue = Catalogue()
        try catalogue.restore(contentBytes: frames.bytes) { try frames.read($0) }
        return catalogue
    }
}
