// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What the clients of a scenario ask, and what right answers are.
///
/// A workload is a state machine without a socket: it writes requests into a buffer and is shown the lines of replies. A
/// task is one request, or several of which each needs the answer to the one before it.
protocol Workload {
    /// What is to be remembered of a task under way.
    associatedtype State: BitwiseCopyable

    /// A task that has not begun.
    static var idle: State { get }

    /// Writes the first request of a new task and returns which operation it is; nil when there is nothing left to ask,
    /// for example no fresh seat.
    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int?

    /// Judges a line of the reply to an operation of a task. `requests` takes the task's next request, if there is one.
    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement

    /// Requests that take back what the run left at an event that it did not make.
    var undoing: [String] { get }
}

extension Workload {
    var undoing: [String] { [] }
}

/// What a workload thinks of a reply's line.
enum Judgement: Equatable {
    /// As it should be; more lines of this reply follow.
    case goesOn
    /// The reply is whole and right, and the task is over.
    case done
    /// The reply is whole and right, and the task's next request, of this operation, is written.
    case next(Int)
    /// Not what had to be answered, and why. The task is over.
    case wrong(StaticString)

    static func == (one: Judgement, other: Judgement) -> Bool {
        switch (one, other) {
        case (.goesOn, .goesOn), (.done, .done), (.wrong, .wrong): true
        case (.next(let a), .next(let b)): a == b
        default: false
        }
    }
}
