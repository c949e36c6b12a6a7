// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Glibc
public import Journal
public import SnapshotStore

/// Why a house cannot be opened. Each says what to do next, in one sentence.
public enum HouseError: Error, Sendable, CustomStringConvertible {
    /// Another process has the data directory.
    case inUse(directory: String, by: String)
    /// The data directory was made for another number of shards.
    case otherShardCount(directory: String, has: Int, asked: Int)
    /// The data directory, or a journal in it, was written by a newer version.
    case newerVersion(path: String, version: Int)
    /// There is no house in the directory, and something else is. Nothing was changed.
    case notEmpty(directory: String, file: String)
    /// Something in the data directory is damaged. Nothing was changed.
    case corrupt(path: String, what: String)
    /// A journal cannot be opened.
    case journal(directory: String, JournalError)
    /// The snapshots are not this program's to use.
    case snapshot(directory: String, SnapshotError)
    /// The system refused something.
    case system(path: String, doing: String, errno: Int32, message: String)
    /// A setting makes no sense.
    case invalid(String)

    public var description: String {
        switch self {
        case .inUse(let directory, let holder):
            "\(directory) is in use by \(holder); stop it first, or choose another --data"
        case .otherShardCount(let directory, let has, let asked):
            "\(directory) was made for \(has) shards, not \(asked); leave --shards out, or choose another --data"
        case .newerVersion(let path, let version):
            "\(path) was written in format \(version), which this version does not know; run the newer boxoffice"
        case .notEmpty(let directory, let file):
            "\(directory) holds other things (\(Strangers.shown(file))) and no house; choose a --data that is empty or not there yet"
        case .corrupt(let path, let what):
            "\(path) is damaged: \(what); nothing was changed: restore it from a copy before starting again"
        case .journal(let directory, .storage(let error)) where !Self.advice(error.errno).isEmpty:
            "\(directory): \(error)\(Self.advice(error.errno))"
        case .journal(let directory, let error):
            "\(directory): \(error)"
        case .snapshot(let directory, let error):
            "\(directory): \(error)"
        case .system(let path, let doing, let errno, let message):
            "\(doing) \(path) failed: \(message)\(Self.advice(errno))"
        case .invalid(let what):
            what
        }
    }

    /// What to do about what the system refused, where that is known.
    private static func advice(_ errno: Int32) -> String {
        switch errno {
        case EACCES, EPERM: "; run it as the user who owns the data directory, or choose another --data"
        case EROFS: "; choose a --data that can be written to"
        case ENOSPC, EDQUOT: "; make room on that disk, or choose another --data"
        default: ""
        }
    }
}
