// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The number of a numbered seat in its plan: in order of sections and rows as added, then map order, gaps left out.
public struct SeatIndex: Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt32
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// The seats and areas of a venue, frozen: shared by every event that was added while the layout stood.
public final class SeatPlan: Sendable {
    public init() {}
}
