// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Why something cannot be looked at or copied at all.
public enum AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    case noDataDirectory(String)
    case notFounded(String)
    case notEmpty(String)
    case nothingToInspect(String)
    /// The system does not let this process read something.
    case mayNotRead(String)

    public var description: String {
        switch self {
        case .noDataDirectory(let path):
            "\(path) is no data directory: it has no house file; name the one that boxoffice serve --data was given"
        case .notFounded(let path):
            "\(path) was never served to its first READY line: there is nothing in it to be copied yet"
        case .notEmpty(let path):
            "\(path) is not empty: name a directory that is not there yet"
        case .nothingToInspect(let path):
            "\(path) is no data directory, journal, segment, snapshot, manifest or house file: name one of these"
        case .mayNotRead(let path):
            "\(path) may not be read by this user: nothing was looked at; run it as the user who owns the data directory"
        }
    }
}
