// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization

/// Where a state machine puts its state for a snapshot while it goes on working.
///
/// The state is captured as it was at one moment, the cut, without stopping: its owner copies it a few chunks at a time
/// (`captureSome`), and whatever is about to change before its turn has come is copied first. So a command costs at most
/// the copies of the few blocks of four kilobytes that it touches, and no second state is kept. What was copied lies in pages that are
/// handed over as they fill; compressing and writing them is another thread's work.
///
/// Used by the thread of the state machine; the pieces that it gives away may go to any thread.
///
/// What a snapshot holds is written down at ``SnapshotContent``.
public final class StateCapture {
    /// A piece of a snapshot on its way to the disk.
    public enum Piece: Sendable {
        /// Bytes as they go into one frame.
        case page(CapturedPage)
        /// A seat plan, to be encoded by whoever writes it.
        case plan(SeatPlan)
        /// A venue, to be encoded by whoever writes it.
        case venue(CapturedVenue)
    }

    private var pieces: [Piece] = []
    private var open: CapturedPage?
    private let memory = CaptureMemory()
    /// Bytes copied so far, those before a change included.
    public private(set) var bytesCopied = 0
    /// Of them, bytes copied because they were about to change.
    public private(set) var bytesCopiedBeforeChange = 0
    /// Whether everything was forgotten meanwhile (`RESET`), so that there is nothing to capture any more.
    public private(set) var isVoid = false

    public init() {}

    /// Bytes of pages that were handed over and not yet given up by whoever writes them.
    public var bytesOutstanding: Int { memory.bytes.load(ordering: .relaxed) }

    /// The pieces that are ready, in order; each is given once.
    public func takePieces() -> [Piece] {
        defer { pieces = [] }
        return pieces
    }

    public var hasPieces: Bool { !pieces.isEmpty }

    func void() {
        isVoid = true
        pieces = []
        open = nil
    }

    // MARK: For state machines

    /// Copies elements of a column.
    func take(_ kind: SnapshotContent.Kind, first: UInt64, _ bytes: UnsafeRawBufferPointer, elementBytes: Int) {
        bytesCopied += bytes.count
        var first = first
        var rest = bytes[...]
        while !rest.isEmpty {
            let page = openPage(room: SnapshotContent.imageHeaderBytes + min(elementBytes, rest.count))
            let room = page.bytesFree - SnapshotContent.imageHeaderBytes
            let count = min(rest.count, room / elementBytes * elementBytes)
            page.append(
                SnapshotContent.ImageHeader(
                    kind: kind.rawValue, elementBytes: UInt16(elementBytes), count: UInt32(count / elementBytes),
                    first: first))
            page.append(UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
            first += UInt64(count / elementBytes)
            rest = rest.dropFirst(count)
        }
    }

    func noteCopyBeforeChange(bytes: Int) { bytesCopiedBeforeChange += bytes }

    /// Adds a message to a stream: its length and its bytes.
    func take(_ kind: SnapshotContent.Kind, message: Span<UInt8>) {
        var length = UInt32(message.count).littleEndian
        withUnsafeBytes(of: &length) { take(kind, first: 0, $0, elementBytes: 1) }
        message.withUnsafeBytes { take(kind, first: 0, $0, elementBytes: 1) }
    }

    /// Adds what is encoded where it is written. What was captured before comes before it.
    func take(_ piece: Piece) {
        finishPage()
        pieces.append(piece)
    }

    /// Hands over the page that is not full.
    func finishPage() {
        if let open {
            open.isHandedOver = true
            pieces.append(.page(open))
        }
        open = nil
    }

    private func openPage(room: Int) -> CapturedPage {
        if let open, open.bytesFree >= room { return open }
        finishPage()
        let page = CapturedPage(memory)
        open = page
        return page
    }
}

/// The memory of the pages of one capture: how much of it is handed over, and what came back, to be used again. A page
/// that is used again is still mapped, and often in the cache.
final class CaptureMemory: Sendable {
    /// Bytes of pages that were handed over and have not come back.
    let bytes = Atomic<Int>(0)
    private let free = Mutex<[UInt]>([])

    func take() -> UnsafeMutableRawPointer {
        let address = free.withLock { $0.popLast() }
        return address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
            ?? .allocate(byteCount: CapturedPage.bytesMax, alignment: 16)
    }

    func giveBack(_ page: UnsafeMutableRawPointer) {
        free.withLock { $0.append(UInt(bitPattern: page)) }
    }

    deinit {
        free.withLock { pages in
            for address in pages { UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
        }
    }
}

/// A page of captured state: the content of one frame. Its memory goes when the last reference does.
public final class CapturedPage: @unchecked Sendable {
    /// Bytes of a page: a frame compresses better the longer it is, and this is where the gain ends.
    public static let bytesMax = 128 << 10

    private let start: UnsafeMutableRawPointer
    private var count = 0
    private let memory: CaptureMemory

    init(_ memory: CaptureMemory) {
        self.memory = memory
        start = memory.take()
    }

    deinit {
        memory.giveBack(start)
        if isHandedOver { memory.bytes.subtract(Self.bytesMax, ordering: .relaxed) }
    }

    /// Set once, before it goes to another thread.
    fileprivate(set) var isHandedOver = false {
        didSet { memory.bytes.add(Self.bytesMax, ordering: .relaxed) }
    }

    var bytesFree: Int { Self.bytesMax - count }

    func append(_ header: SnapshotContent.ImageHeader) {
        withUnsafeBytes(of: header) { append($0) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= bytesFree, "a page was filled past its end")
        guard let from = bytes.baseAddress else { return }
        (start + count).copyMemory(from: from, byteCount: bytes.count)
        count += bytes.count
    }

    /// The bytes, while `body` runs.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension StateCapture.Piece {
    /// Calls `body` with the piece's bytes, one frame's content after another.
    public func forEachFrame<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        switch self {
        case .page(let page): try page.withBytes(body)
        case .plan(let plan): try Self.forEachFrame(of: plan.encoded(), kind: .plans, body)
        case .venue(let venue): try Self.forEachFrame(of: venue.encoded(), kind: .venues, body)
        }
    }

    private static func forEachFrame<Failure: Error>(
        of message: [UInt8], kind: SnapshotContent.Kind, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let capture = StateCapture()
        capture.take(kind, message: message.span)
        capture.finishPage()
        for case .page(let page) in capture.pieces { try page.withBytes(body) }
    }
}
