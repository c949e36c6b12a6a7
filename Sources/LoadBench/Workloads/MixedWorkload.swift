// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a box office does on an ordinary day: a hundred looks to one booking. The looks are views and searches in turns.
struct MixedWorkload: Workload {
    struct State: BitwiseCopyable {
        var view = ViewWorkload.idle
        var search = SearchWorkload.idle
        var hold = HoldWorkload.idle
    }

    private enum Operation {
        static let view = 0
        static let search = 1
        static let hold = 2
    }

    /// Looks for one booking.
    static let looksPerHold = 100

    private var view: ViewWorkload
    private var search: SearchWorkload
    private var hold: HoldWorkload
    private var begun = 0

    init(view: ViewWorkload, search: SearchWorkload, hold: HoldWorkload) {
        self.view = view
        self.search = search
        self.hold = hold
    }

    static var idle: State { State() }

    var undoing: [String] { hold.undoing }

    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int? {
        let turn = begun % (Self.looksPerHold + 1)
        begun += 1
        if turn == Self.looksPerHold {
            return hold.begin(&task.hold, &requests) == nil ? nil : Operation.hold
        }
        if turn % 2 == 0 { return view.begin(&task.view, &requests) == nil ? nil : Operation.view }
        return search.begin(&task.search, &requests) == nil ? nil : Operation.search
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        switch operation {
        case Operation.view: view.judge(line, 0, &task.view, &requests)
        case Operation.search: search.judge(line, 0, &task.search, &requests)
        default: hold.judge(line, 0, &task.hold, &requests)
        }
    }
}
