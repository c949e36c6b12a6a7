// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Synchronization
internal import Ticketing

/// The house's side of one event loop: it gathers what all of the loop's conversations ask in one tick into parcels,
/// one a shard and another wherever one is full, and hands the replies of a parcel back to their conversations.
///
/// A desk is confined to its loop; only its mailbox is reached from shard threads. Whoever owns the loop calls
/// ``collect()`` when the wake closure was called, and ``finishTick()`` at the end of every tick that fed a conversation.
public final class Desk {
    let house: any DeskHouse
    let shardCount: Int
    let issuedIDKeys: IssuedIDKeys
    let reader: HouseReader
    @exclusivity(unchecked) var looks: Looks
    @exclusivity(unchecked) var views = ViewCache()
    @exclusivity(unchecked) var searches: Searches
    /// Where replies that are made here are written before they are rendered.
    @exclusivity(unchecked) var localReplies = ReplyWriter()
    /// Where a request is kept that is answered here.
    let scratch = RequestBatch()
    @exclusivity(unchecked) var parser: RequestParser
    /// What the command table says of each verb, by its raw value, as trivial values.
    let commandClasses: [Command.Class]
    let routes: [Command.Route]

    private let mailbox: DeskMailbox
    /// The parcel being filled for each shard, and for the catalogue in the last place.
    @exclusivity(unchecked) private var open: [Parcel?]
    /// The batches of those parcels, without a reference being counted for each request.
    @exclusivity(unchecked) private var filling: [Unmanaged<RequestBatch>?]
    private var pool: [Parcel] = []
    @exclusivity(unchecked) private var conversations: [Conversation?] = []
    private var freeSlots: [Int] = []
    private var delivered: [Parcel] = []
    @exclusivity(unchecked) private var resumable: [Conversation] = []
    private var resuming: [Conversation] = []
    @exclusivity(unchecked) private var dirty: [Conversation] = []
    private var writing: [Conversation] = []
    /// Memory that conversations render their replies into and have done with, empty; used last, taken first.
    @exclusivity(unchecked) private var pages: [[UInt8]] = []
    @exclusivity(unchecked) private var pageBytes = 0
    /// Memory for the tags of requests under way that conversations have done with; used last, taken first.
    @exclusivity(unchecked) private var tagRings: [[Tag]] = []
    @exclusivity(unchecked) private var tagPlaces = 0
    private let goOn: () -> Void
    @exclusivity(unchecked) private(set) var hasOpenParcels = false
    /// What may still be read and answered in this tick, in bytes: of it conversations take as they go.
    @exclusivity(unchecked) private(set) var tickBytesLeft = Desk.tickBytesMax

    /// Bytes of lines and of answers made here after which everybody else's turn has come: a millisecond's work, or a few.
    static let tickBytesMax = 512 << 10
    /// What reading a line and passing it on costs beside its bytes, as bytes of an answer.
    static let lineBytes = 64

    /// - Parameters:
    ///   - wake: Called on a shard's thread when replies came and none were waiting before: arrange for ``collect()`` to
    ///     be called on the desk's own loop.
    ///   - goOn: Called on that loop when more is left to do than a tick may: arrange for ``collect()`` to be called once
    ///     those who wait for the loop besides have had their turn. Where it is not given, `wake` is called.
    public convenience init(
        house: House, wake: @escaping @Sendable () -> Void, goOn: (() -> Void)? = nil
    ) {
        self.init(of: house, wake: wake, goOn: goOn)
    }

    package init(of house: any DeskHouse, wake: @escaping @Sendable () -> Void, goOn: (() -> Void)? = nil) {
        self.house = house
        shardCount = house.shardCount
        issuedIDKeys = house.issuedIDKeys
        reader = HouseReader(house: house.published)
        looks = Looks(reader: reader)
        searches = Searches(reader: reader)
        let table = CommandTable(testMode: house.isTestMode)
        parser = RequestParser(table: table)
        commandClasses = Verb.allCases.map { table[$0]?.commandClass ?? .session }
        routes = Verb.allCases.map { table[$0]?.route ?? .none }
        self.goOn = goOn ?? wake
        mailbox = DeskMailbox(wake: wake)
        open = Array(repeating: nil, count: shardCount + 1)
        filling = Array(repeating: nil, count: shardCount + 1)
    }

    /// Lets go of what was published long ago and is held for this desk alone. To be called every few seconds, asked or
    /// not: a desk that nobody asks would hold an old search index for ever.
    public func letGo() { reader.letGo() }

    // MARK: Conversations

    /// Opens a conversation; `output` is told when there is something to write or it is over. The desk keeps the
    /// conversation, and the conversation its output, until ``Conversation/disconnected()`` is called, as it must be in the
    /// end.
    public func open(_ output: any ConversationOutput) -> Conversation {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = conversations.count
            conversations.append(nil)
        }
        let conversation = Conversation(desk: self, slot: UInt32(slot), output: output)
        conversations[slot] = conversation
        return conversation
    }

    /// Forgets a conversation once nothing that it asked is under way: only then may its slot be used again.
    func forget(_ conversation: Conversation) {
        let slot = Int(conversation.slot)
        guard conversations[slot] === conversation else { return }
        conversations[slot] = nil
        freeSlots.append(slot)
    }

    /// Memory to render replies into, empty.
    func takePage() -> [UInt8] {
        guard let page = pages.popLast() else { return [] }
        pageBytes -= page.capacity
        return page
    }

    /// Takes a page back when what is in it was written.
    func takeBack(_ page: inout [UInt8]) {
        // Emptied where it has one owner, so that its memory stays.
        page.removeAll(keepingCapacity: true)
        if pageBytes + page.capacity <= Limits.renderingBytesKeptMax {
            pageBytes += page.capacity
            pages.append(page)
        }
        page = []
    }

    /// A ring for tags, of whatever size, or an empty one; what is in it means nothing.
    func takeTagRing() -> [Tag] {
        guard let ring = tagRings.popLast() else { return [] }
        tagPlaces -= ring.count
        return ring
    }

    /// Takes a ring back whose tags are no longer wanted.
    func takeBack(tagRing ring: consuming [Tag]) {
        guard tagPlaces + ring.count <= Limits.tagsKeptMax else { return }
        tagPlaces += ring.count
        tagRings.append(ring)
    }

    // MARK: To the shards

    /// Adds the request parsed last to the parcel for `destination` (the catalogue is the number after the last shard).
    func send(to destination: Int, from conversation: Conversation, ticket: UInt32) {
        let filling = filling[destination] ?? beginParcel(for: destination)
        let isFull = filling._withUnsafeGuaranteedRef { requests in
            if conversation.actsForBuyer {
                let buyer = conversation.buyer
                parser.append(
                    to: requests, client: conversation.slot, ticket: ticket, role: .operator, buyer: buyer.span)
            } else {
                parser.append(
                    to: requests, client: conversation.slot, ticket: ticket, role: .operator, buyer: Span())
            }
            return requests.count >= Limits.batchRequestsMax
        }
        if isFull { post(to: destination) }
    }

    /// Pushes the parcel that is being filled for a destination.
    private func post(to destination: Int) {
        guard let parcel = open[destination] else { return }
        open[destination] = nil
        filling[destination] = nil
        house.post(parcel, to: destination)
    }

    private func beginParcel(for destination: Int) -> Unmanaged<RequestBatch> {
        let parcel = pool.popLast() ?? Parcel()
        parcel.address = mailbox
        parcel.destination = destination
        open[destination] = parcel
        hasOpenParcels = true
        let filled = Unmanaged.passUnretained(parcel.requests)
        filling[destination] = filled
        return filled
    }

    /// Pushes what was gathered to the shards. Call it once at the end of a tick.
    public func flush() {
        guard hasOpenParcels else { return }
        hasOpenParcels = false
        for destination in open.indices { post(to: destination) }
    }

    // MARK: From the shards

    /// Takes in the replies that came, lets conversations that waited for them go on, and has each write once.
    public func collect() {
        mailbox.takeAll(into: &delivered)
        for parcel in delivered {
            distribute(parcel)
            parcel.retire(to: &pool)
        }
        delivered.removeAll(keepingCapacity: true)
        finishTick()
    }

    /// Resumes what waited, pushes what that asked, and writes what is ready.
    public func finishTick() {
        tickBytesLeft = Self.tickBytesMax
        swap(&resumable, &resuming)
        var served = 0
        while served < resuming.count, tickBytesLeft > 0 {
            resuming[served].resume()
            served += 1
        }
        // Whoever's turn did not come is first in the next tick.
        if served < resuming.count { resumable.insert(contentsOf: resuming[served...], at: 0) }
        resuming.removeAll(keepingCapacity: true)
        flush()
        swap(&dirty, &writing)
        for conversation in writing { conversation.writeOut() }
        writing.removeAll(keepingCapacity: true)
        // What sockets bring until then is the next tick's.
        tickBytesLeft = Self.tickBytesMax
        // Whoever may go on now that its replies are written, or did not come to its turn, does so in a tick of its own,
        // after the others.
        if !resumable.isEmpty || !dirty.isEmpty { goOn() }
    }

    /// Bytes of memory of the parcels that wait for their next use.
    package var pooledBytes: Int { pool.reduce(0) { $0 + $1.heldBytes } }

    /// Takes what a line and its answer cost from what may be done in this tick.
    func spend(bytes: Int) { tickBytesLeft -= bytes }

    private func distribute(_ parcel: Parcel) {
        // The writer is taken out for the while, so that nothing else reaches into it.
        var replies = ReplyWriter()
        swap(&replies, &parcel.replies)
        defer { swap(&replies, &parcel.replies) }
        let destination = parcel.destination
        let bytes = replies.span
        var frames = ReplyFrameReader(bytes)
        // What one conversation asked in a tick lies together: it is looked up once.
        var client = UInt32.max
        var conversation: Conversation?
        while let frame = frames.next() {
            if frame.client != client {
                client = frame.client
                conversation = Int(client) < conversations.count ? conversations[Int(client)] : nil
            }
            conversation?.take(
                ticket: frame.ticket, body: bytes.extracting(frame.body), from: destination)
        }
    }

    func markResumable(_ conversation: Conversation) { resumable.append(conversation) }

    func markDirty(_ conversation: Conversation) { dirty.append(conversation) }
}

/// Where shard threads leave replies for a desk.
final class DeskMailbox: ReplyAddress {
    private let parcels = Mutex<[Parcel]>([])
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    func deliver(_ parcel: Parcel) {
        let wasEmpty = parcels.withLock { parcels in
            parcels.append(parcel)
            return parcels.count == 1
        }
        if wasEmpty { wake() }
    }

    func takeAll(into taken: inout [Parcel]) {
        parcels.withLock { swap(&$0, &taken) }
    }
}
