// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization

/// Ends a bench early, from any thread.
package final class StopSignal: Sendable {
    private let isSet = Atomic(false)

    package init() {}

    package func stop() { isSet.store(true, ordering: .relaxed) }

    package var isStopped: Bool { isSet.load(ordering: .relaxed) }
}

/// How far a run is, for whoever watches.
package struct RunProgress: Sendable {
    /// Seconds since the warm-up ended; negative during it.
    package var seconds: Double
    /// Right answers that were counted.
    package var answers: Int
    /// The share that is done, from 0 to 1.
    package var share: Double
}
