// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import BoxOffice
internal import Glibc
internal import Journal

/// Whether this process may read what it is to look at. Asked before anything is judged: a file that it may not read is
/// neither damaged nor missing, for all that can be told.
enum Readability {
    /// Asks for a data directory and its `house` file. What else lies there is nobody's concern.
    static func requireHouseFile(in directory: String) throws(AuditError) {
        try require(directory, R_OK | X_OK)
        try require("\(directory)/\(HouseFile.name)")
    }

    /// Asks for everything in all journals of a data directory.
    static func requireJournals(in directory: String, shards: Int) throws(AuditError) {
        for shard in -1..<shards { try requireJournal("\(directory)/\(HouseFile.journalName(of: shard))") }
    }

    /// Asks for the directory of a journal and the files in it.
    static func requireJournal(_ directory: String) throws(AuditError) {
        try require(directory, R_OK | X_OK)
        for name in (try? PosixDirectory(directory).list()) ?? [] { try require("\(directory)/\(name)") }
    }

    /// What is not there at all is for others to judge.
    static func require(_ path: String, _ mode: Int32 = R_OK) throws(AuditError) {
        if access(path, mode) != 0, errno == EACCES { throw .mayNotRead(path) }
    }
}
