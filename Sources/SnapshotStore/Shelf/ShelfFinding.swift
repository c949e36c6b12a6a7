// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Something out of the ordinary that opening a shelf met and coped with: for the log.
public enum ShelfFinding: Equatable, Sendable, CustomStringConvertible {
    /// There are snapshots and no manifest. A crash while the first one was promoted does that too.
    case manifestMissing
    /// The manifest cannot be read: the snapshots that are there are used.
    case manifestDamaged(SnapshotError)
    /// The manifest names a snapshot that is not there.
    case snapshotMissing(file: String)
    /// A snapshot that no manifest vouches for is not even whole at its ends.
    case snapshotDamaged(SnapshotError)

    public var description: String {
        switch self {
        case .manifestMissing:
            "there are snapshots and no manifest; using the snapshots that are there"
        case .manifestDamaged(let error):
            "the manifest cannot be read; using the snapshots that are there: \(error)"
        case .snapshotMissing(let file):
            "the manifest names \(file), and it is not there; using the snapshots that are"
        case .snapshotDamaged(let error):
            "leaving a snapshot aside: \(error)"
        }
    }
}
