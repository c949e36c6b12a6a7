// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc
import Journal
import Ring
import Testing

@Suite("A shard's thread")
struct ShardThreadTests {
    @Test("no wake is lost, however many threads wake it", arguments: [true, false])
    func wakeStress(useRing: Bool) async throws {
        let pushed = Shared(0)
        let seen = Shared(0)
        let turns = Shared(0)
        // A turn takes what was pushed before it began; a lost wake leaves the last push unseen for ever.
        let turn: @Sendable () -> NextWake = {
            turns.add(1)
            let now = pushed.load()
            return seen.exchange(now) == now ? .whenWoken : .atOnce
        }
        try await withThread(useRing: useRing, turn: turn) { thread, _ in
            for _ in 0..<200 {
                await fromFourTasks(times: 50) {
                    pushed.add(1)
                    thread.wake()
                }
                let expected = pushed.load()
                let isSeen = await eventually { seen.load() == expected }
                #expect(isSeen, "a wake was lost after \(expected) pushes")
                if !isSeen { return }
            }
        }
    }

    @Test("a nudge leaves it asleep while it expects a completion; a wake does not", .enabled(if: hasRing))
    func doze() async throws {
        try await withThread(useRing: true) { thread, resident in
            let turns = Shared(0)
            let expects = Shared(1)
            await resident.act { isolated in
                let thread = isolated.thread
                thread.setTurn {
                    turns.add(1)
                    if expects.load() == 1 { thread.expectCompletion() }
                    return .whenWoken
                }
            }
            // Until it is asleep a nudge has it take another turn, as a wake would.
            var isLeftAsleep = false
            for _ in 0..<500 where !isLeftAsleep {
                try await Task.sleep(nanoseconds: 10_000_000)
                let before = turns.load()
                thread.nudge()
                try await Task.sleep(nanoseconds: 10_000_000)
                isLeftAsleep = turns.load() == before
            }
            #expect(isLeftAsleep, "a nudge wakes it though it expects a completion")
            var before = turns.load()
            thread.wake()
            #expect(await eventually { turns.load() > before }, "a wake left it asleep")

            // What one turn expects says nothing about the sleep after the next.
            expects.store(0)
            before = turns.load()
            thread.wake()
            #expect(await eventually { turns.load() > before })
            for _ in 0..<3 {
                try await Task.sleep(nanoseconds: 20_000_000)
                before = turns.load()
                thread.nudge()
                #expect(await eventually { turns.load() > before }, "it expects nothing, and a nudge left it asleep")
            }
        }
    }

    @Test("without a ring, which alone brings completions, a nudge wakes it whatever it expects")
    func noDozeWithoutRing() async throws {
        try await withThread(useRing: false) { thread, resident in
            let turns = Shared(0)
            await resident.act { isolated in
                let thread = isolated.thread
                thread.setTurn {
                    turns.add(1)
                    thread.expectCompletion()
                    return .whenWoken
                }
            }
            for _ in 0..<3 {
                try await Task.sleep(nanoseconds: 20_000_000)
                let before = turns.load()
                thread.nudge()
                #expect(await eventually { turns.load() > before }, "a nudge left it asleep for ever")
            }
        }
    }

    @Test("what is posted with a nudge is seen with the next completion at the latest", arguments: [true, false])
    func nudgeStress(useRing: Bool) async throws {
        let pushed = Shared(0)
        let seen = Shared(0)
        // A disk that completes whatever the shard begins, whenever it gets to it.
        let begun = Shared(0)
        let shard = try ShardThread(name: "shard", useRing: useRing)
        let disk = try ShardThread(name: "disk", useRing: useRing)
        try disk.start {
            if begun.exchange(0) == 1 { shard.wake() }
            return .whenWoken
        }
        try shard.start {
            let now = pushed.load()
            if seen.exchange(now) != now {
                begun.store(1)
                shard.expectCompletion()
                disk.wake()
            }
            return .whenWoken
        }
        for _ in 0..<200 {
            await fromFourTasks(times: 50) {
                pushed.add(1)
                shard.nudge()
            }
            let expected = pushed.load()
            let isSeen = await eventually { seen.load() == expected }
            #expect(isSeen, "a nudge was lost after \(expected) pushes")
            if !isSeen { break }
        }
        for thread in [shard, disk] {
            thread.stop()
            thread.join()
        }
    }

    @Test("ping-pong between two threads never stops", arguments: [true, false])
    func pingPong(useRing: Bool) async throws {
        let rounds = 20_000
        let ball = Shared(0)
        // Each thread plays on its parity and wakes the other: any lost wake stops the game.
        let left = try ShardThread(name: "left", useRing: useRing)
        let right = try ShardThread(name: "right", useRing: useRing)
        try left.start {
            let value = ball.load()
            guard value % 2 == 0, value < rounds else { return .whenWoken }
            ball.store(value + 1)
            right.wake()
            return .atOnce
        }
        try right.start {
            let value = ball.load()
            guard value % 2 == 1, value < rounds else { return .whenWoken }
            ball.store(value + 1)
            left.wake()
            return .atOnce
        }
        left.wake()
        #expect(await eventually { ball.load() == rounds })
        for thread in [left, right] {
            thread.stop()
            thread.join()
        }
    }

    @Test("idle, it runs no turns; a timer brings exactly the turn it was asked for", arguments: [true, false])
    func idle(useRing: Bool) async throws {
        let turns = Shared(0)
        let due = Shared(UInt64(0))
        let isDone = Shared(0)
        let turn: @Sendable () -> NextWake = {
            turns.add(1)
            let instant = due.load()
            if instant == 0 { return .whenWoken }
            if ShardThread.monotonicNanoseconds() >= instant {
                isDone.store(1)
                return .whenWoken
            }
            return .at(nanoseconds: instant)
        }
        try await withThread(useRing: useRing, turn: turn) { thread, resident in
            #expect(await resident.act { $0.thread.isCurrent })
            // It comes to rest: many looks in a row see the same count. A thread that wakes for nothing never does.
            var before = -1
            var restful = 0
            for _ in 0..<500 where restful < 10 {
                try await Task.sleep(nanoseconds: 10_000_000)
                restful = turns.load() == before ? restful + 1 : 0
                before = turns.load()
            }
            #expect(restful == 10, "it wakes for nothing")
            due.store(ShardThread.monotonicNanoseconds() + 20_000_000)
            thread.wake()
            #expect(await eventually { isDone.load() == 1 }, "the timer's turn never came")
        }
    }

    @Test("the actor's code runs on it, and nowhere else", arguments: [true, false])
    func executor(useRing: Bool) async throws {
        try await withThread(useRing: useRing) { thread, resident in
            #expect(!thread.isCurrent)
            #expect(thread.isIsolatingCurrentContext() == false)
            for _ in 0..<100 {
                let runsThere = await resident.act { resident in
                    resident.turns += 1
                    return resident.thread.isCurrent && resident.thread.isIsolatingCurrentContext() == true
                }
                #expect(runsThere)
            }
            #expect(await resident.turns == 100)
            #expect(thread.usesRing == (useRing && hasRing))
        }
    }

    @Test("a turn may enter the actor without waiting", arguments: [true, false])
    func turnEntersActor(useRing: Bool) async throws {
        try await withThread(useRing: useRing) { thread, resident in
            let sum = Shared(0)
            await resident.act { isolated in
                isolated.thread.setTurn {
                    resident.assumeIsolated { $0.turns += 1 }
                    sum.add(1)
                    return .whenWoken
                }
            }
            thread.wake()
            #expect(await eventually { sum.load() > 0 })
            #expect(await resident.turns > 0)
        }
    }

    @Test("its name is seen from outside")
    func name() async throws {
        try await withThread(useRing: false) { _, resident in
            let name = await resident.act { _ in
                let file = open("/proc/thread-self/comm", O_RDONLY)
                defer { close(file) }
                var bytes = [UInt8](repeating: 0, count: 32)
                let count = read(file, &bytes, 32)
                return String(decoding: bytes.prefix(max(0, count - 1)), as: UTF8.self)
            }
            #expect(name == "test-shard")
        }
    }

    @Test("who awaits the actor after its thread has ended still gets an answer")
    func lateJobs() async throws {
        let thread = try ShardThread(name: "late", useRing: false)
        try thread.start()
        let resident = Resident(thread)
        #expect(await resident.turns == 0)
        thread.stop()
        thread.join()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<50 { await resident.act { $0.turns += 1 } }
                }
            }
        }
        #expect(await resident.turns == 400)
    }

    @Test("outside its thread the executor says so, and what belongs to it traps")
    func isolationIsChecked() async {
        await #expect(processExitsWith: .failure) {
            let thread = try ShardThread(name: "strict", useRing: false)
            try thread.start()
            thread.setTurn { .whenWoken }
        }
    }
}
