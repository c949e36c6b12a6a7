// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Glibc
import Synchronization
import Testing

@testable import Journal

/// Making a directory and locking one, on a system of which one call after another fails: on real files otherwise.
@Suite("A directory that cannot be made or locked at once")
struct DirectoryFaultTests {
    /// What one call does instead of its work.
    enum Fault: CaseIterable {
        case ioError, full, notAllowed, interrupted, short

        var errno: Int32 {
            switch self {
            case .ioError: EIO
            case .full: ENOSPC
            case .notAllowed: EACCES
            case .interrupted: EINTR
            case .short: 0
            }
        }
    }

    /// Which calls were made, and which of them fails.
    private final class Script: Sendable {
        let made = Mutex<[String]>([])
        let failing: Int?
        let fault: Fault

        init(failing: Int? = nil, _ fault: Fault = .ioError) {
            self.failing = failing
            self.fault = fault
        }

        /// What the call gives where it is the one that fails, or nil where it is to be made.
        func next(_ name: String) -> Int? {
            made.withLock { made in
                made.append(name)
                return made.count - 1 == failing ? -Int(fault.errno) : nil
            }
        }

        var names: [String] { made.withLock { $0 } }

        var calls: DirectoryCalls {
            let system = DirectoryCalls.system
            var calls = system
            calls.makeDirectory = { [self] path in next("mkdir") ?? system.makeDirectory(path) }
            calls.syncDirectory = { [self] path in next("sync") ?? system.syncDirectory(path) }
            calls.openLock = { [self] path in next("open") ?? system.openLock(path) }
            calls.lock = { [self] descriptor in next("flock") ?? system.lock(descriptor) }
            calls.truncate = { [self] descriptor in next("truncate") ?? system.truncate(descriptor) }
            calls.write = { [self] descriptor, bytes in next("write") ?? system.write(descriptor, bytes) }
            return calls
        }
    }

    @Test("a directory is made with its parents, each name synced; or it is said what failed, and the next try is good")
    func making() throws {
        let straight = Script()
        let first = try TemporaryDirectory()
        try PosixDirectory.createIfMissing("\(first.path)/a/b/c", withParents: true, calls: straight.calls)
        // The parents are found missing from the end, and made and synced from the beginning.
        #expect(straight.names == ["mkdir", "mkdir", "mkdir", "sync", "mkdir", "sync", "mkdir", "sync"])
        var cells = 0
        for point in straight.names.indices {
            for fault in Fault.allCases where fault != .short {
                let comment: Comment = "\(fault) at call \(point), \(straight.names[point])"
                let temporary = try TemporaryDirectory()
                let path = "\(temporary.path)/a/b/c"
                let script = Script(failing: point, fault)
                do throws(StorageError) {
                    try PosixDirectory.createIfMissing(path, withParents: true, calls: script.calls)
                    #expect(fault == .interrupted && script.names[point] == "mkdir", comment)
                } catch {
                    #expect(error.errno == fault.errno && path.hasPrefix(error.file), comment)
                    #expect(script.names.count == point + 1, "\(comment): nothing is done after it, no sync again")
                }
                try PosixDirectory.createIfMissing(path, withParents: true)
                #expect((try? PosixDirectory(path)) != nil, comment)
                cells += 1
            }
        }
        print("coverage: making a directory: \(cells) cells")
    }

    @Test("a directory that is there has its name synced all the same, unless its parent is somebody else's")
    func thereAlready() throws {
        let temporary = try TemporaryDirectory()
        try PosixDirectory.createIfMissing("\(temporary.path)/a")
        let script = Script()
        try PosixDirectory.createIfMissing("\(temporary.path)/a/", withParents: true, calls: script.calls)
        #expect(script.names == ["mkdir", "sync"])
        for fault in Fault.allCases where fault != .short {
            let script = Script(failing: 1, fault)
            let made = Result { () throws(StorageError) in
                try PosixDirectory.createIfMissing("\(temporary.path)/a", withParents: true, calls: script.calls)
            }
            #expect(((try? made.get()) != nil) == (fault == .notAllowed), "\(fault)")
        }
        // Without being asked for them no parents are made, and a file is no directory.
        #expect(throws: StorageError(.create, "\(temporary.path)/x/y", errno: ENOENT)) {
            try PosixDirectory.createIfMissing("\(temporary.path)/x/y")
        }
        let directory = try PosixDirectory(temporary.path)
        directory.close(try directory.create("file"))
        #expect(throws: StorageError(.create, "\(temporary.path)/file", errno: ENOTDIR)) {
            try PosixDirectory.createIfMissing("\(temporary.path)/file")
        }
    }

    @Test("a lock is taken or it is said why not, and what failed holds nothing")
    func locking() throws {
        let names = ["open", "flock", "truncate", "write"]
        var cells = 0
        for (point, name) in names.enumerated() {
            for fault in Fault.allCases where fault != .short || name == "write" {
                let comment: Comment = "\(fault) at \(name)"
                let temporary = try TemporaryDirectory()
                let script = Script(failing: point, fault)
                var lock: DirectoryLock?
                do {
                    lock = try DirectoryLock(temporary.path, calls: script.calls)
                    // Interrupted, it is called again; and who has the lock need not be said on a full disk.
                    #expect(fault == .interrupted || fault == .full && name == "write", comment)
                    let isSaid = fault == .interrupted
                    #expect(throws: DirectoryLock.Held.self, comment) { try DirectoryLock(temporary.path) }
                    do {
                        _ = try DirectoryLock(temporary.path)
                    } catch let held as DirectoryLock.Held {
                        #expect(held.processID == (isSaid ? getpid() : 0), comment)
                    }
                    lock = nil
                } catch let error as StorageError {
                    #expect(error.operation == .lock && error.errno == fault.errno, comment)
                    #expect(error.file == "\(temporary.path)/lock", comment)
                    #expect(script.names.count == point + 1, comment)
                }
                #expect(lock == nil)
                _ = try DirectoryLock(temporary.path)
                cells += 1
            }
        }
        print("coverage: locking a directory: \(cells) cells")
    }
}
