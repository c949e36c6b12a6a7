// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import BoxOffice
import BoxOfficeTesting
import Journal
import Testing

/// The file `house`, on a disk that loses, cuts and refuses: what it says is what the journals are opened by, so it must
/// be there whole from the moment at which it was written.
@Suite("The house file")
struct HouseFileTests {
    private let first = HouseFile(shards: 3, secret: (0..<32).map { UInt8($0 * 7) }, isFounded: false)
    private let founded = HouseFile(shards: 3, secret: (0..<32).map { UInt8($0 * 7) }, isFounded: true)

    private func read(_ disk: SimulatedDisk, syncing: Bool = true) throws -> HouseFile? {
        try HouseFile.read(from: SimulatedStorage(disk), at: "data", syncing: syncing)
    }

    /// What a house does with its file in its first start. Returns how many of its two writes came back.
    private func work(_ disk: SimulatedDisk) -> Int {
        let storage = SimulatedStorage(disk)
        guard let found = try? HouseFile.read(from: storage, at: "data", syncing: true) ?? first else { return 0 }
        if !found.isFounded, (try? first.write(to: storage, at: "data")) == nil { return 0 }
        guard (try? founded.write(to: storage, at: "data")) != nil else { return 1 }
        return 2
    }

    private func expectPromises(_ disk: SimulatedDisk, _ writes: Int, _ comment: Comment) throws {
        let found = try read(disk)
        #expect(found.map { $0.secret == first.secret && $0.shards == 3 } ?? true, "\(comment)")
        switch writes {
        case 0: break
        case 1: #expect(found != nil, "\(comment): it was written, and is gone")
        default: #expect(found?.isFounded == true, "\(comment): it was founded, and does not know")
        }
    }

    private static let waysOfLosing: [SimulatedDisk.Keeping] = [
        .nothing, .everything, .prefixes(seed: 1), .prefixes(seed: 2), .anySectors(seed: 3), .anySectors(seed: 4),
    ]

    @Test("a crash at any operation leaves the file as it was or as it was to be", arguments: waysOfLosing)
    func crashes(keeping: SimulatedDisk.Keeping) throws {
        let whole = SimulatedDisk()
        #expect(work(whole) == 2)
        print("coverage: house file: \(whole.operations.count + 1) crash points of \(keeping)")
        for point in 0...whole.operations.count {
            let disk = SimulatedDisk()
            disk.crashAtOperation = point
            let writes = work(disk)
            disk.crash(keeping: keeping)
            try expectPromises(disk, writes, "power gone before operation \(point), keeping \(keeping)")
            // The next start goes on from there, and a crash in the middle of that changes nothing.
            let again = disk.copy()
            again.crashAtOperation = point % 7
            let more = work(again)
            again.crash(keeping: keeping)
            try expectPromises(again, max(writes, more), "and again before operation \(point % 7)")
            #expect(work(again) == 2)
        }
    }

    @Test(
        "a fault at any operation is an error, and leaves the file as it was or as it was to be",
        arguments: [SimulatedDisk.Fault.errno(5), .errno(28), .errno(4), .short, .delay(3)])
    func faults(fault: SimulatedDisk.Fault) throws {
        let whole = SimulatedDisk()
        #expect(work(whole) == 2)
        print("coverage: house file: \(whole.operations.count) cells of \(fault)")
        for (point, operation) in whole.operations.enumerated() {
            let disk = SimulatedDisk()
            disk.faults[point] = fault
            let writes = work(disk)
            disk.faults = [:]
            let isFailure = if case .errno = fault { true } else { fault == .short && operation.kind == .write }
            #expect(isFailure == (writes < 2), "\(fault) at \(operation)")
            disk.crash(keeping: Self.waysOfLosing[point % 6])
            try expectPromises(disk, writes, "\(fault) at \(operation)")
            #expect(work(disk) == 2)
        }
    }

    @Test("it is written aside, synced, renamed, and its directory synced; and synced before it is read")
    func order() throws {
        let disk = SimulatedDisk()
        try first.write(to: SimulatedStorage(disk), at: "data")
        #expect(disk.operations.map(\.kind) == [.create, .write, .sync, .rename, .syncDirectory])
        #expect(disk.operations[0].file == "house.new")
        let before = disk.operations.count
        _ = try read(disk)
        #expect(disk.operations[before...].map(\.kind) == [.syncDirectory, .open, .sync, .read])
        let looking = disk.operations.count
        _ = try read(disk, syncing: false)
        #expect(disk.operations[looking...].map(\.kind) == [.open, .read], "who only looks changes nothing")
    }

    @Test(
        "every byte flipped, cut off or doubled is refused, or it says what was written",
        arguments: [0x01, 0x20, 0x80, 0xFF] as [UInt8])
    func everyByte(flip: UInt8) throws {
        let disk = SimulatedDisk()
        try founded.write(to: SimulatedStorage(disk), at: "data")
        let content = try #require(disk.content(of: "house"))
        for position in content.indices {
            for changed in [
                content[..<position] + [content[position] ^ flip] + content[(position + 1)...],
                content[..<position], content[..<position] + [content[position]] + content[position...],
            ] {
                disk.replace("house", with: Array(changed))
                do {
                    let found = try #require(try read(disk))
                    // Cut right before the line that vouches for it, it is a file of a version before that.
                    let isOlder = changed.count == content.count - "check 12345678\n".utf8.count
                    #expect(isOlder && found.isFounded && found.shards == 3 && found.secret == first.secret)
                } catch is HouseError {}
            }
        }
    }

    @Test("a file of a version before the line that vouches for it is read")
    func withoutCheck() throws {
        let disk = SimulatedDisk()
        let secret = String(repeating: "5a", count: 32)
        disk.replace("house", with: Array("boxoffice 1\nshards 2\nfounded yes\nsecret \(secret)\n".utf8))
        let found = try #require(try read(disk))
        #expect(found.shards == 2 && found.isFounded && found.secret == Array(repeating: 0x5A, count: 32))
    }
}
