// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// When the tasks of an open loop are due: at exactly even distances, without drift, whatever happens.
///
/// The schedule is a function of a task's number, so a backlog of any length costs no memory, and a client that falls
/// behind cannot shift it: that is what keeps a stalled daemon from hiding behind a client that waits for it.
package struct ArrivalSchedule: Sendable {
    /// Nanoseconds of the monotonic clock at which task 0 is due.
    package let start: UInt64
    private let milliTasksPerSecond: UInt64

    /// Rates are kept to the thousandth of a task a second; a lower one becomes that.
    package init(start: UInt64, tasksPerSecond: Double) {
        self.start = start
        milliTasksPerSecond = UInt64(max(1, min(tasksPerSecond, Self.tasksPerSecondMax) * 1_000))
    }

    package static let tasksPerSecondMax = 1_000_000_000.0

    /// Nanoseconds at which a task is due; never before the task before it.
    package func due(_ task: Int) -> UInt64 {
        let product = UInt64(max(0, task)).multipliedFullWidth(by: 1_000_000_000_000)
        guard product.high < milliTasksPerSecond else { return .max }
        let (sum, isTooLate) = start.addingReportingOverflow(milliTasksPerSecond.dividingFullWidth(product).quotient)
        return isTooLate ? .max : sum
    }

    /// The first task that is due at or after a time: so many are due before it.
    package func firstTask(dueFrom time: UInt64) -> Int {
        guard time > start else { return 0 }
        let product = (time - start).multipliedFullWidth(by: milliTasksPerSecond)
        guard product.high < 1_000_000_000_000 else { return .max }
        let quotient = (1_000_000_000_000 as UInt64).dividingFullWidth(product).quotient
        guard var task = Int(exactly: quotient) else { return .max }
        while due(task) < time { task += 1 }
        return task
    }
}
