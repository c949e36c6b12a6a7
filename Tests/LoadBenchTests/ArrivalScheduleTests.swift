// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Testing

@testable import LoadBench

@Suite("When the tasks of an open loop are due")
struct ArrivalScheduleTests {
    @Test("evenly, and after a million seconds to the nanosecond", arguments: [1.0, 3, 7, 1_000, 33_333, 250_000])
    func noDrift(rate: Double) {
        let schedule = ArrivalSchedule(start: 1_000, tasksPerSecond: rate)
        #expect(schedule.due(0) == 1_000)
        #expect(schedule.due(Int(rate)) == 1_000 + 1_000_000_000)
        #expect(schedule.due(1_000_000 * Int(rate)) == 1_000 + 1_000_000 * 1_000_000_000)
        let step = 1e9 / rate
        for task in 0..<1_000 {
            let distance = Double(schedule.due(task + 1) - schedule.due(task))
            #expect(abs(distance - step) <= 1, "task \(task) is \(distance) ns before the next")
        }
    }

    @Test("the first task due from a time on is due then or later, and the one before it earlier")
    func firstTask() {
        let schedule = ArrivalSchedule(start: 500, tasksPerSecond: 333.3)
        #expect(schedule.firstTask(dueFrom: 0) == 0)
        #expect(schedule.firstTask(dueFrom: 500) == 0)
        for time in stride(from: UInt64(501), to: 50_000_000, by: 99_991) {
            let task = schedule.firstTask(dueFrom: time)
            #expect(schedule.due(task) >= time)
            #expect(task == 0 || schedule.due(task - 1) < time)
        }
    }

    @Test("no rate and no number of tasks is too much for its arithmetic")
    func extremes() {
        #expect(ArrivalSchedule(start: 5, tasksPerSecond: 0).due(.max) == .max)
        #expect(ArrivalSchedule(start: .max, tasksPerSecond: 1).due(1) == .max)
        #expect(ArrivalSchedule(start: 0, tasksPerSecond: 1e300).due(1) == 1)
        #expect(ArrivalSchedule(start: 0, tasksPerSecond: 1e9).firstTask(dueFrom: 12) == 12)
    }
}
