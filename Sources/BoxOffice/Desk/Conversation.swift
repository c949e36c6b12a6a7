// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
internal import Ticketing

/// What carries a conversation's bytes. Called on the desk's loop.
public protocol ConversationOutput: AnyObject {
    /// Write these bytes, after all that was handed over before.
    func conversation(_ conversation: Conversation, writes bytes: Span<UInt8>)
    /// Nothing more will be written. Close; where `lingering`, half-close, and throw away what still comes for a second.
    func conversationIsOver(_ conversation: Conversation, lingering: Bool)
    /// ``Conversation/wantsInput`` may have changed.
    func conversationChangedAppetite()
}

/// One client's side of the protocol, from bytes to bytes, without a socket: finds lines, has them parsed, sends each
/// where it is decided, and gives the replies back strictly in the order of the requests.
///
/// Order is kept by barriers rather than by queues: a look begins when all requests before it are answered, a change of the
/// catalogue and a booking when those of another class are, and the line that must wait is kept here until then. Within a
/// class of changes requests overlap; a reply that comes before its turn is put by.
public final class Conversation {
    package let slot: UInt32
    private unowned let desk: Desk
    /// Until ``disconnected()``; a weak reference would cost each use of the output a table aside.
    private var output: (any ConversationOutput)?

    // What came and is not used yet.
    @exclusivity(unchecked) private var splitter = LineSplitter()
    @exclusivity(unchecked) private var pending: [UInt8] = []
    @exclusivity(unchecked) private var pendingStart = 0
    /// A line that waits at a barrier.
    private var held: [UInt8] = []
    @exclusivity(unchecked) private var isHolding = false
    @exclusivity(unchecked) private var hasInputEnded = false

    // Who asks, and how replies look.
    private let role = Role.operator
    /// The buyer acted for (`AS`); empty for none.
    @exclusivity(unchecked) private(set) var buyer: [UInt8] = []
    /// Whether that is not empty.
    @exclusivity(unchecked) private(set) var actsForBuyer = false
    @exclusivity(unchecked) private(set) var isJSON = false

    // Replies in order.
    @exclusivity(unchecked) private var nextTicket: UInt32 = 0
    @exclusivity(unchecked) private var nextReply: UInt32 = 0
    @exclusivity(unchecked) private var underWay = CommandClassUnderWay.none
    @exclusivity(unchecked) private var early: [UInt32: [UInt8]] = [:]
    @exclusivity(unchecked) private var earlyBytes = 0
    /// Looks answered in this tick.
    @exclusivity(unchecked) private var looks = 0
    @exclusivity(unchecked) private var gathering: Gathering?
    @exclusivity(unchecked) private var tags = TagWindow()
    @exclusivity(unchecked) private var rendered: [UInt8] = []

    // How it stands.
    @exclusivity(unchecked) private var isWritable = true
    @exclusivity(unchecked) private var isDirty = false
    @exclusivity(unchecked) private var isWaitingToResume = false
    @exclusivity(unchecked) private var isQuitting = false
    private var isDraining = false
    private var isOver = false
    @exclusivity(unchecked) private var isGone = false

    init(desk: Desk, slot: UInt32, output: any ConversationOutput) {
        self.desk = desk
        self.slot = slot
        self.output = output
    }

    /// Bytes of input kept before the host is asked to stop reading.
    private static let pendingBytesMax = 65_536
    /// Bytes of replies rendered in one tick before other conversations have their turn.
    private static let renderedBytesMax = 262_144
    /// So many bytes, the answers to all that was asked, leave at once: at the end of a tick of many such answers they
    /// would have gone from the processor's cache.
    private static let renderedBytesToHurry = 16_384
    /// Looks answered in one tick before other conversations have their turn.
    private static let looksPerTickMax = 32
    private static let shardLooksUnderWayMax = 64

    /// Bytes of memory that it holds for the tags of what is under way.
    package var heldTagBytes: Int { tags.heldBytes }

    private var repliesOutstanding: Int { Int(nextTicket &- nextReply) }

    /// Whether the host should go on reading from the client. False while the client does not read its replies, or has
    /// asked more than may be under way.
    public var wantsInput: Bool {
        if isQuitting || isOver { return true }
        return isWritable && pending.count - pendingStart < Self.pendingBytesMax
    }

    // MARK: Input

    /// Takes bytes from the client.
    public func receive(_ bytes: UnsafeRawBufferPointer) {
        guard !isQuitting, !isGone, !isOver else { return }
        let desk = desk
        if pendingStart < pending.count || isHolding || !mayGoOn(desk) {
            pending.append(contentsOf: bytes)
        } else {
            var position = 0
            consume(bytes, from: &position)
            if position < bytes.count { pending.append(contentsOf: bytes[position...]) }
            if rendered.count >= Self.renderedBytesToHurry, repliesOutstanding == 0 { writeRendered(desk) }
        }
        if desk.tickBytesLeft <= 0 { waitForNextTick() }
    }

    /// The client will ask nothing more: what it asked is finished, then the conversation ends.
    public func endOfInput() {
        guard !hasInputEnded else { return }
        hasInputEnded = true
        if !isGone { markResumable() }
    }

    /// The daemon stops: every complete line that came is finished, nothing more is read.
    public func drain() {
        isDraining = true
        endOfInput()
    }

    /// The client is gone. What it asked goes on; nobody hears the answers.
    public func disconnected() {
        isGone = true
        output = nil
        pending = []
        forgetIfDone()
    }

    /// Whether the client takes its replies; while it does not, nothing more of what it asks is begun.
    public func setWritable(_ writable: Bool) {
        guard writable != isWritable else { return }
        isWritable = writable
        if writable { markResumable() }
    }

    private func mayGoOn(_ desk: Desk) -> Bool {
        isWritable && !isQuitting && repliesOutstanding < repliesOutstandingMax
            && rendered.count + earlyBytes < Self.renderedBytesMax && looks < Self.looksPerTickMax
            && desk.tickBytesLeft > 0
    }

    /// Requests that may be under way. Looks have long replies, which all are kept where the client does not read them.
    private var repliesOutstandingMax: Int {
        underWay == .shardLook ? Self.shardLooksUnderWayMax : Limits.requestsInFlightPerConnectionMax
    }

    /// The desk has done enough for this tick: what is left here goes on in the next.
    private func waitForNextTick() {
        if isHolding || pendingStart < pending.count || hasInputEnded && !isQuitting { markResumable() }
    }

    /// Goes on where a barrier, a full window or a slow reader stopped it.
    func resume() {
        isWaitingToResume = false
        looks = 0
        guard !isGone else { return forgetIfDone() }
        guard !isOver else { return }
        let desk = desk
        if isHolding, mayGoOn(desk) {
            isHolding = false
            let line = held
            line.withUnsafeBytes { execute($0, desk) }
        }
        if !isHolding, pendingStart < pending.count {
            let bytes = pending
            var position = pendingStart
            bytes.withUnsafeBytes { consume($0, from: &position) }
            pendingStart = position
            if pendingStart == pending.count {
                pending.removeAll(keepingCapacity: pending.capacity <= Self.pendingBytesMax)
                pendingStart = 0
            } else if pendingStart >= Self.pendingBytesMax {
                pending.removeFirst(pendingStart)
                pendingStart = 0
            }
        }
        if hasInputEnded, !isQuitting, !isHolding, pendingStart == pending.count, mayGoOn(desk) {
            isQuitting = true
            if case .truncated(let line) = splitter.finish() {
                refuse(.truncated, tag: Tag(ofRefusedLine: line), desk)
            }
        }
        if desk.tickBytesLeft <= 0 { waitForNextTick() }
        output?.conversationChangedAppetite()
        endIfDone()
    }

    /// Executes the complete lines of `bytes` from `position` on, as far as it may.
    private func consume(_ bytes: UnsafeRawBufferPointer, from position: inout Int) {
        // Once a run of lines: each look at an unowned reference counts it up and down.
        let desk = desk
        while mayGoOn(desk), !isHolding {
            switch splitter.next(in: bytes, at: &position) {
            case .needsMore:
                return
            case .line(let line):
                execute(line, desk)
            case .tooLong(let beginning):
                refuse(.lineTooLong, tag: Tag(ofRefusedLine: beginning), desk)
            case .wrongProtocol(let what):
                if what == .http {
                    WrongProtocol.httpAnswer.withUTF8Buffer { rendered.append(contentsOf: $0) }
                }
                isQuitting = true
                markDirty()
                return
            }
        }
    }

    // MARK: Executing

    private func execute(_ line: UnsafeRawBufferPointer, _ desk: Desk) {
        desk.spend(bytes: line.count + Desk.lineBytes)
        switch desk.parser.parse(line, role: role) {
        case .ignored:
            return
        case .refused(let error):
            refuse(error, tag: desk.parser.tag, desk)
        case .request:
            let verb = desk.parser.verb
            let wanted = CommandClassUnderWay(of: desk.commandClass(of: verb), verb: verb)
            guard wanted.mayBegin(beside: underWay) || repliesOutstanding == 0 else {
                held.removeAll(keepingCapacity: true)
                held.append(contentsOf: line)
                isHolding = true
                return
            }
            let ticket = issueTicket(desk.parser.tag, desk)
            if wanted != .local { underWay = wanted }
            dispatch(verb, ticket: ticket, desk)
        }
    }

    private func issueTicket(_ tag: Tag, _ desk: Desk) -> UInt32 {
        let ticket = nextTicket
        nextTicket &+= 1
        tags.note(tag, of: ticket, since: nextReply, desk)
        return ticket
    }

    private func refuse(_ error: FormError, tag: Tag, _ desk: Desk) {
        let ticket = issueTicket(tag, desk)
        desk.localReplies.removeAll()
        desk.parser.write(error, client: slot, ticket: ticket, to: &desk.localReplies)
        takeLocalReply(ticket, desk)
    }

    private func dispatch(_ verb: Verb, ticket: UInt32, _ desk: Desk) {
        switch desk.destination(of: verb) {
        case .shard(let shard):
            desk.send(to: shard, from: self, ticket: ticket)
        case .catalogue:
            desk.send(to: desk.shardCount, from: self, ticket: ticket)
        case .everyone(let catalogueToo):
            let count = desk.shardCount + (catalogueToo ? 1 : 0)
            gathering = Gathering(ticket: ticket, remaining: count, verb: verb)
            for destination in 0..<count { desk.send(to: destination, from: self, ticket: ticket) }
        case .nowhere:
            answerLocally(ticket, desk) { reply in
                reply.error(.notFound)
                reply.field(.hint, "ids and codes are written exactly as they were given; check this one")
            }
        case .here:
            looks += 1
            let before = rendered.count
            answerHere(ticket: ticket, desk)
            desk.spend(bytes: rendered.count - before)
        }
    }

    private func answerHere(ticket: UInt32, _ desk: Desk) {
        let batch = desk.scratch
        batch.removeAll()
        let named = buyer
        desk.parser.append(to: batch, client: slot, ticket: ticket, role: role, buyer: named.span)
        let request = batch.request(at: 0)
        switch request.verb {
        case .view where request.argumentCount == 1 && tags.tag(of: ticket).isEmpty && !isGone:
            return answerView(request, ticket, desk)
        case .actAs:
            let asked = batch.slot(.buyer, of: request).map { batch.copy(of: $0.text) } ?? []
            buyer = asked == [UInt8(ascii: "-")] ? [] : asked
            actsForBuyer = !buyer.isEmpty
        case .format:
            isJSON = batch.slot(.format, of: request)?.value == 1
        case .quit:
            isQuitting = true
        default:
            break
        }
        let actingFor = buyer
        answerLocally(ticket, desk) { reply in desk.answer(request, buyer: actingFor.span, to: &reply) }
    }

    /// A plain view: as it was rendered last, if nothing has changed since.
    private func answerView(_ request: Request, _ ticket: UInt32, _ desk: Desk) {
        precondition(ticket == nextReply, "a look begins when all before it is answered")
        takePageIfNeeded()
        if desk.appendCachedView(request, asJSON: isJSON, to: &rendered) { return finish(ticket) }
        let start = rendered.count
        let actingFor = buyer
        answerLocally(ticket, desk) { reply in desk.answer(request, buyer: actingFor.span, to: &reply) }
        desk.keepView(Array(rendered[start...]), asJSON: isJSON)
    }

    private func answerLocally(_ ticket: UInt32, _ desk: Desk, _ write: (inout ReplyWriter) -> Void) {
        desk.localReplies.removeAll()
        desk.localReplies.begin(client: slot, ticket: ticket)
        write(&desk.localReplies)
        desk.localReplies.end()
        takeLocalReply(ticket, desk)
    }

    private func takeLocalReply(_ ticket: UInt32, _ desk: Desk) {
        // The writer is lent out for the while, so that nothing else reaches into it.
        var replies = ReplyWriter()
        swap(&replies, &desk.localReplies)
        take(ticket: ticket, body: replies.span.extracting(ReplyWriter.frameHeaderBytes...))
        swap(&replies, &desk.localReplies)
    }

    // MARK: Replies

    /// Takes the body of a reply: renders it if its turn has come, and all that wait behind it.
    func take(ticket: UInt32, body: Span<UInt8>, from destination: Int = 0) {
        if gathering?.ticket == ticket {
            gathering?.add(body, from: destination)
            guard let whole = gathering?.wholeIfComplete() else { return }
            gathering = nil
            finish(ticket, whole.span)
        } else if ticket == nextReply {
            finish(ticket, body)
        } else {
            early[ticket] = body.withUnsafeBufferPointer { Array($0) }
            earlyBytes += body.count
            return
        }
        while !early.isEmpty, let next = early.removeValue(forKey: nextReply) {
            earlyBytes -= next.count
            finish(nextReply, next.span)
        }
    }

    private func finish(_ ticket: UInt32, _ body: Span<UInt8>) {
        if !isGone {
            takePageIfNeeded()
            if isJSON {
                JSONRenderer.render(body, tag: tags.tag(of: ticket), to: &rendered)
            } else {
                TextRenderer.render(body, tag: tags.tag(of: ticket), to: &rendered)
            }
        }
        finish(ticket)
    }

    /// The reply of a ticket is rendered.
    private func finish(_ ticket: UInt32) {
        nextReply = ticket &+ 1
        if !isGone { markDirty() }
        if repliesOutstanding == 0 { underWay = .none }
        if isHolding || pendingStart < pending.count || hasInputEnded || isGone || isQuitting { markResumable() }
    }

    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        desk.markDirty(self)
    }

    private func markResumable() {
        guard !isWaitingToResume else { return }
        isWaitingToResume = true
        desk.markResumable(self)
    }

    /// Hands over what is rendered, in one piece, at the end of a tick.
    func writeOut() {
        isDirty = false
        looks = 0
        writeRendered(desk)
        if repliesOutstanding == 0 { tags.giveBack(to: desk) }
        if isHolding || pendingStart < pending.count || hasInputEnded { markResumable() }
        endIfDone()
    }

    private func writeRendered(_ desk: Desk) {
        guard !rendered.isEmpty else { return }
        // Taken out for the while, so that its memory has one owner.
        var page: [UInt8] = []
        swap(&page, &rendered)
        if !isGone { output?.conversation(self, writes: page.span) }
        desk.takeBack(&page)
    }

    /// Memory to render into is lent by the desk from the first reply until it is written: who is silent holds none.
    private func takePageIfNeeded() {
        if rendered.capacity == 0 { rendered = desk.takePage() }
    }

    private func endIfDone() {
        guard repliesOutstanding == 0, rendered.isEmpty else { return }
        if isGone { return forgetIfDone() }
        guard isQuitting, !isOver else { return }
        isOver = true
        output?.conversationIsOver(self, lingering: isDraining || !hasInputEnded)
    }

    private func forgetIfDone() {
        if isGone, repliesOutstanding == 0 { desk.forget(self) }
    }
}
