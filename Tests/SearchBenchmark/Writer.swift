// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Foundation
import Synchronization
import TrigramSearch

/// A thread of its own that changes the index a thousand times a second until it is told to end, each change published by
/// itself, and merges what falls due.
final class Writer: Sendable {
    private let isEnding = Atomic(false)
    private let took = Mutex<[Duration]>([])
    private let isDone = DispatchSemaphore(value: 0)
    private let began = ContinuousClock().now
    private let ended = Mutex<ContinuousClock.Instant?>(nil)

    init(of index: SearchIndex, _ documents: [SearchDocument]) {
        Thread.detachNewThread { [self] in
            let clock = ContinuousClock()
            var due = began
            for document in documents {
                if isEnding.load(ordering: .relaxed) { break }
                let change = ThreadClock.measure {
                    index.update(document)
                    index.publish()
                }
                took.withLock { $0.append(change) }
                while index.isMergeDue { index.merge() }
                due = due.advanced(by: .milliseconds(1))
                let left = clock.now.duration(to: due)
                if left > .zero { usleep(UInt32(left / .microseconds(1))) }
            }
            ended.withLock { $0 = clock.now }
            isDone.signal()
        }
    }

    /// Ends the changes; what each of them took.
    func end() -> [Duration] {
        isEnding.store(true, ordering: .relaxed)
        isDone.wait()
        return took.withLock { $0 }
    }

    /// How many there were a second, once they have ended.
    var perSecond: Double {
        let seconds = ended.withLock { $0.map { began.duration(to: $0) / .seconds(1) } } ?? 1
        return Double(took.withLock { $0.count }) / seconds
    }
}
