// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CEpoll
internal import Glibc

/// Puts the load of one plan on a box office: one thread, epoll, buffers that are used again. Nothing is allocated for a
/// request.
///
/// It is a closed or an open loop. In the closed one each connection has as many tasks under way as the plan says, and a
/// new one begins when one is done. In the open one tasks begin when they are due, on whichever connection is next.
struct Generator<W: Workload>: ~Copyable {
    var workload: W
    var recorder: Recorder
    let plan: LoadPlan
    private let schedule: ArrivalSchedule?
    private let connections: UnsafeMutablePointer<Connection<W.State>>
    private var connectionCount = 0
    private let set: Int32
    private let input: UnsafeMutablePointer<UInt8>
    private let ready: UnsafeMutablePointer<box_epoll_ready>
    private var dirty: [Int] = []

    private var countFrom: UInt64
    private var countTo: UInt64
    private var lastCounted: UInt64 = 0
    private var isIssuing = true
    private var issuedUntil: UInt64 = 0
    private var tasksUnderWay = 0
    private var tasksDone = 0
    /// The next task of the open loop, the first that counts, and the one behind the last.
    private var nextTask = 0
    private var firstCountedTask = 0
    private var taskCount = 0
    private var turn = 0
    private(set) var isExhausted = false
    private(set) var isInterrupted = false
    private(set) var unanswered = 0

    private static var inputBytesMax: Int { 1 << 18 }
    private static var readyMax: Int { 256 }
    private static var issuesPerRound: Int { 4_096 }
    private static var progressNanoseconds: UInt64 { 200_000_000 }

    /// Opens all connections.
    init(_ workload: W, plan: LoadPlan, endpoint: Endpoint) throws(BenchFailure) {
        self.workload = workload
        self.plan = plan
        recorder = Recorder(operations: plan.scenario.operations)
        Endpoint.allowDescriptors(for: plan.connections)
        set = box_epoll_open()
        connections = .allocate(capacity: plan.connections)
        input = .allocate(capacity: Self.inputBytesMax)
        ready = .allocate(capacity: Self.readyMax)
        var opened = 0
        var problem = set < 0 ? BenchFailure.system("epoll") : nil
        while opened < plan.connections, problem == nil {
            do {
                let socket = try endpoint.connect(isBlocking: false)
                (connections + opened).initialize(to: Connection(socket: socket, depth: plan.depth, idle: W.idle))
                if box_epoll_add(set, socket, UInt32(truncatingIfNeeded: opened), 0) != 0 { problem = .system("epoll") }
                opened += 1
            } catch {
                problem = error
            }
        }
        connectionCount = opened
        let start = MonotonicClock.now()
        countFrom = start + MonotonicClock.nanoseconds(plan.warmUpSeconds)
        countTo = .max
        schedule =
            if case .open(let rate) = plan.pace { ArrivalSchedule(start: start, tasksPerSecond: rate) } else { nil }
        if case .seconds(let seconds) = plan.length { countTo = countFrom + MonotonicClock.nanoseconds(seconds) }
        if let schedule {
            firstCountedTask = schedule.firstTask(dueFrom: countFrom)
            if case .tasks(let count) = plan.length {
                countTo = schedule.due(firstCountedTask + count)
                taskCount = firstCountedTask + count
            } else {
                taskCount = schedule.firstTask(dueFrom: countTo)
            }
        }
        if let problem { throw problem }
    }

    deinit {
        connections.deinitialize(count: connectionCount)
        connections.deallocate()
        input.deallocate()
        ready.deallocate()
        if set >= 0 { close(set) }
    }

    /// Seconds that were counted.
    var seconds: Double {
        let end = schedule == nil ? countTo : max(countTo, lastCounted)
        return end > countFrom ? Double(end - countFrom) / 1e9 : 0
    }

    /// Runs to the end of the plan, or until somebody stops it, and waits for the answers that are due then.
    mutating func run(_ stop: StopSignal, progress: (RunProgress) -> Void) throws(BenchFailure) {
        if schedule == nil {
            let begun = MonotonicClock.now()
            for number in 0..<connectionCount { try fill(number) }
            // Thousands of connections take a while to fill, in which no answer is read: that is no part of the run.
            let filling = MonotonicClock.now() - begun
            countFrom += filling
            if countTo < .max { countTo += filling }
        }
        var toldAt = MonotonicClock.now()
        while true {
            let now = MonotonicClock.now()
            if isIssuing {
                if stop.isStopped {
                    isInterrupted = true
                    endIssuing(at: now)
                } else {
                    try issue(at: now)
                }
            } else if tasksUnderWay == 0 || now >= issuedUntil + MonotonicClock.nanoseconds(plan.patienceSeconds) {
                break
            }
            if now >= toldAt + Self.progressNanoseconds {
                toldAt = now
                progress(self.progress(at: now))
            }
            try receiveWhatIsReady(within: patience(at: now))
        }
        if isExhausted, schedule == nil {
            // What was asked until then counts to its last answer.
            countTo = min(countTo, max(countFrom, lastCounted))
            if case .tasks(let count) = plan.length, tasksDone >= count { isExhausted = false }
        }
        accountForUnanswered(at: MonotonicClock.now())
    }

    // MARK: Beginning tasks

    private mutating func issue(at now: UInt64) throws(BenchFailure) {
        guard let schedule else {
            var isOver = now >= countTo || isExhausted || recorder.wrong >= LoadPlan.wrongAnswersMax
            if case .tasks(let count) = plan.length, tasksDone >= count { isOver = true }
            if isOver { endIssuing(at: now) }
            return
        }
        var left = Self.issuesPerRound
        while left > 0, nextTask < taskCount {
            let due = schedule.due(nextTask)
            guard due <= now, let number = nextConnectionWithRoom() else { break }
            guard begin(on: number, dueAt: due) else { break }
            nextTask += 1
            left -= 1
        }
        for number in dirty { try send(number) }
        dirty.removeAll(keepingCapacity: true)
        let isLate = now >= countTo && now - countTo >= MonotonicClock.nanoseconds(plan.patienceSeconds)
        if nextTask >= taskCount || isLate || isExhausted || recorder.wrong >= LoadPlan.wrongAnswersMax {
            endIssuing(at: now)
        }
    }

    private mutating func endIssuing(at now: UInt64) {
        isIssuing = false
        issuedUntil = now
        let isEarly = isExhausted || isInterrupted || recorder.wrong >= LoadPlan.wrongAnswersMax
        if let schedule {
            // What was due until somebody ended it is owed; what no seat was left for is not.
            if isEarly { taskCount = isExhausted ? nextTask : max(nextTask, schedule.firstTask(dueFrom: now)) }
            if isEarly { countTo = min(countTo, now) }
        } else if !isExhausted || isInterrupted {
            countTo = min(countTo, now)
        }
    }

    private mutating func fill(_ number: Int) throws(BenchFailure) {
        while connections[number].freeCount > 0, begin(on: number, dueAt: 0) {}
        try send(number)
    }

    /// Writes a new task's first request; false where nothing is left to ask.
    private mutating func begin(on number: Int, dueAt: UInt64) -> Bool {
        guard let slot = connections[number].takeSlot() else { return false }
        guard let operation = workload.begin(&connections[number].slots[slot].state, &connections[number].requests)
        else {
            connections[number].giveBack(slot)
            isExhausted = true
            return false
        }
        connections[number].slots[slot].dueAt = dueAt
        connections[number].enqueue(slot, operation, isFirst: true)
        tasksUnderWay += 1
        if schedule != nil, !connections[number].isDirty {
            connections[number].isDirty = true
            dirty.append(number)
        }
        return true
    }

    private mutating func nextConnectionWithRoom() -> Int? {
        for _ in 0..<connectionCount {
            let number = turn
            turn = turn + 1 == connectionCount ? 0 : turn + 1
            if connections[number].freeCount > 0 { return number }
        }
        return nil
    }

    private mutating func send(_ number: Int) throws(BenchFailure) {
        try connections[number].send(
            at: MonotonicClock.now(), setsDue: schedule == nil, set: set, number: number)
    }

    // MARK: Answers

    /// Nanoseconds until something is to be done even where no answer comes.
    private func patience(at now: UInt64) -> Int64 {
        var until = now + 50_000_000
        if isIssuing {
            until = min(until, countTo)
            if let schedule, nextTask < taskCount {
                let due = schedule.due(nextTask)
                // Where a task is due and has no room, only an answer makes some.
                if due > now || tasksUnderWay == 0 { until = min(until, due) }
            }
        }
        return until > now ? Int64(until - now) : 0
    }

    private mutating func receiveWhatIsReady(within nanoseconds: Int64) throws(BenchFailure) {
        let count = box_epoll_wait(set, ready, Int32(Self.readyMax), nanoseconds)
        guard count >= 0 else { throw .system("epoll") }
        for index in 0..<Int(count) {
            let number = Int(ready[index].number)
            if ready[index].is_writable != 0 { try send(number) }
            if ready[index].is_readable != 0 { try receive(number) }
        }
    }

    private mutating func receive(_ number: Int) throws(BenchFailure) {
        let carried = connections[number].carry.count
        connections[number].carry.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { input.update(from: base, count: carried) }
        }
        let count = read(connections[number].socket, input + carried, Self.inputBytesMax - carried)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            throw BenchFailure("the box office closed a connection after \(recorder.answered) answers")
        }
        let now = MonotonicClock.now()
        let end = carried + count
        var from = 0
        var unread = carried
        while unread < end, let feed = memchr(input + unread, Int32(UInt8(ascii: "\n")), end - unread) {
            let lineEnd = feed.assumingMemoryBound(to: UInt8.self) - input
            try settle(number, UnsafeBufferPointer(start: input + from, count: lineEnd - from), at: now)
            from = lineEnd + 1
            unread = from
        }
        guard end - from < Self.inputBytesMax else {
            throw BenchFailure("a line of an answer is longer than \(Self.inputBytesMax) bytes")
        }
        connections[number].carry.removeAll(keepingCapacity: true)
        connections[number].carry.append(contentsOf: UnsafeBufferPointer(start: input + from, count: end - from))
        if !connections[number].requests.isEmpty { try send(number) }
    }

    private mutating func settle(
        _ number: Int, _ bytes: UnsafeBufferPointer<UInt8>, at now: UInt64
    ) throws(BenchFailure) {
        let line = bytes.span
        guard let sent = connections[number].expected else {
            throw BenchFailure("an answer that nobody asked for: \(line.text)")
        }
        let slot = Int(sent.slot)
        let operation = Int(sent.operation)
        let isLast = !line.has("* ")
        var judgement = Judgement.goesOn
        if connections[number].fault == nil {
            judgement = workload.judge(
                line, operation, &connections[number].slots[slot].state, &connections[number].requests)
            if isLast, judgement == .goesOn { judgement = .wrong("an answer of another kind") }
            if case .wrong(let reason) = judgement {
                recorder.countWrong(reason, operation, line)
                connections[number].fault = reason
            }
        }
        guard isLast else { return }

        connections[number].dequeue()
        let dueAt = connections[number].slots[slot].dueAt
        let counts = schedule == nil ? now >= countFrom && now < countTo : dueAt >= countFrom
        if counts { recorder.countOutcome(line) }
        if connections[number].fault != nil {
            connections[number].fault = nil
            return try end(slot, on: number)
        }
        if counts {
            lastCounted = now
            recorder.record(
                operation, nanoseconds: now - (sent.isFirst ? dueAt : sent.at), since: now - countFrom)
        }
        if case .next(let following) = judgement {
            connections[number].enqueue(slot, following, isFirst: false)
            return
        }
        if counts {
            tasksDone += 1
            let whole = plan.scenario.operations.count - 1
            if plan.scenario.isChain, operation == whole - 1 {
                recorder.recordTime(whole, nanoseconds: now - dueAt)
            }
        }
        try end(slot, on: number)
    }

    /// Frees a task's place; in a closed loop the next task takes it at once.
    private mutating func end(_ slot: Int, on number: Int) throws(BenchFailure) {
        connections[number].giveBack(slot)
        tasksUnderWay -= 1
        if isIssuing, schedule == nil { _ = begin(on: number, dueAt: 0) }
    }

    // MARK: At the end

    /// Counts what an open loop owes an answer to still, with the time that it has waited.
    private mutating func accountForUnanswered(at now: UInt64) {
        guard let schedule else { return }
        for number in 0..<connectionCount {
            var waits: [UInt64] = []
            connections[number].forEachUnderWay { sent in
                let dueAt = connections[number].slots[Int(sent.slot)].dueAt
                if dueAt >= countFrom { waits.append(now - dueAt) }
            }
            for wait in waits { owe(wait) }
        }
        var task = max(nextTask, firstCountedTask)
        // Millions of them are counted in groups, whose waits differ little.
        let group = max(1, (taskCount - task) / 100_000)
        while task < taskCount {
            let due = schedule.due(task)
            let count = min(group, taskCount - task)
            if due <= now { owe(now - due, count: count) }
            task += count
        }
    }

    private mutating func owe(_ wait: UInt64, count: Int = 1) {
        unanswered += count
        recorder.recordTime(0, nanoseconds: wait, count: count)
    }

    private func progress(at now: UInt64) -> RunProgress {
        let seconds = (Double(now) - Double(countFrom)) / 1e9
        let share =
            switch plan.length {
            case .seconds(let all): seconds / max(all, 1e-9)
            case .tasks(let all): Double(tasksDone) / Double(max(all, 1))
            }
        return RunProgress(seconds: seconds, answers: recorder.answered, share: max(0, min(1, share)))
    }
}
