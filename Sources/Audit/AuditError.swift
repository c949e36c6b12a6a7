// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice

/// Why something cannot be looked at or copied at all.
public enum AuditError: Error, Sendable, Equatable, CustomStringConvertible {
    case noDataDirectory(String)
    case notFounded(String)
    /// Somebody's file is where a copy was to go.
    case notEmpty(String, file: String)
    /// What a copy was to be put in is no directory, or none that can be looked into.
    case noDirectory(String)
    case nothingToInspect(String)
    /// The system does not let this process read something.
    case mayNotRead(String)

    public var description: String {
        switch self {
        case .noDataDirectory(let path):
            "\(path) is no data directory: it has no house file; name the one that boxoffice serve --data was given"
        case .notFounded(let path):
            "\(path) was never served to its first READY line: there is nothing in it to be copied yet"
        case .notEmpty(let path, let file):
            "\(path) is not empty (\(Strangers.shown(file))): name a directory that is empty or not there yet"
        case .noDirectory(let path):
            "\(path) is no directory that can be looked into: name one that is empty or not there yet"
        case .nothingToInspect(let path):
            "\(path) is no data directory, journal, segment, snapshot, manifest or house file: name one of these"
        case .mayNotRead(let path):
            "\(path) may not be read by this user: nothing was looked at; run it as the user who owns the data directory"
        }
    }
}
