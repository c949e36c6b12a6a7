// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import CAllocationCounter
import CountedHouse
import Glibc
import Journal

// Counts what a command costs on its way through line, desk, shard, journal and back, where a count says more than a
// clock: allocations and bytes of journal, and under callgrind instructions. tools/budgets compares them with
// Tests/Budgets. Only a release build says anything:
//
//     swift run -c release count-costs             each command: allocations and journal bytes
//     swift run -c release count-costs --lines 320 counted over so few lines
//
// Exit codes: 0 done, 1 a command was not answered as it should be, 64 wrong usage.

/// Lines that one read of a socket brings.
let linesPerTick = 16
/// The most lines of a command that are counted, after as many that are not: the arena has seats for no more.
let linesMax = 3_200

func fail(_ what: String, status: Int32 = 1) -> Never {
    print("count-costs: \(what)")
    exit(status)
}

/// Lines as the bytes of the ticks that bring them, and the house that is asked.
final class Round {
    let house: CountedHouse
    let ticks: [[UInt8]]

    init(_ house: CountedHouse, _ lines: some Collection<String>) {
        self.house = house
        var ticks: [[UInt8]] = []
        var rest = lines[...]
        while !rest.isEmpty {
            ticks.append(rest.prefix(linesPerTick).flatMap { Array(($0 + "\n").utf8) })
            rest = rest.dropFirst(linesPerTick)
        }
        self.ticks = ticks
    }

    /// Asks everything, by way of a function that callgrind finds by its name.
    func ask() {
        box_counted(
            { round in
                guard let round else { return }
                Unmanaged<Round>.fromOpaque(round).takeUnretainedValue().askNow()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func askNow() {
        for tick in ticks { tick.withUnsafeBytes { house.ask($0) } }
    }

    /// Whether all replies, `count` of them, are the right ones.
    func check(_ command: Command, count: Int) {
        let lines = String(decoding: house.answered, as: UTF8.self).split(separator: "\n")
        let ending = command.answer.hasPrefix("*") ? "OK" : command.answer
        let right = lines.filter { $0.hasPrefix(ending) }
        if right.count != count || lines.first?.hasPrefix(command.answer) != true {
            fail("\(command.name): \(right.count) of \(count) answers are right; the last: \(lines.last ?? "none")")
        }
    }
}

func measure(_ command: Command, lines count: Int) {
    guard let house = try? CountedHouse() else { fail("the house does not open") }
    let answers = Command.furnish(house)
    if let refusal = answers.split(separator: "\n").first(where: { $0.hasPrefix("ERR") }) { fail("\(refusal)") }
    let lines = command.lines(house, 2 * count)
    let warmUp = Round(house, lines[..<count])
    let round = Round(house, lines[count...])
    house.forgetAnswers(reserving: 0)
    warmUp.askNow()
    warmUp.check(command, count: count)
    // Room for the answers is made before anything is counted.
    house.forgetAnswers(reserving: 2 * house.answered.count + 1_000_000)
    let allocationsBefore = box_thread_allocations()
    let payloadBefore = house.storage.payloadBytes
    round.ask()
    let allocations = box_thread_allocations() - allocationsBefore
    let payload = house.storage.payloadBytes - payloadBefore
    round.check(command, count: count)
    house.close()
    print("\(command.name)\t\(Double(allocations) / Double(count))\t\(Double(payload) / Double(count))")
}

/// A counter that never counts proves nothing.
func checkTheCounter() {
    let before = box_thread_allocations()
    var array: [Int] = []
    for number in 0..<100 { array = Array(repeating: number, count: number + 1) }
    if box_thread_allocations() - before < 50 || array.count != 100 { fail("the counter does not count") }
}

let arguments = Array(CommandLine.arguments.dropFirst())
let count =
    arguments.isEmpty
    ? linesMax
    : arguments.count == 2 && arguments[0] == "--lines" ? Int(arguments[1]).map { min($0, linesMax) } ?? 0 : 0
guard count > 0 else { fail("usage: count-costs [--lines 1 to \(linesMax)]", status: 64) }
checkTheCounter()
print("command\tallocations\tjournal bytes")
for command in Command.all { measure(command, lines: count) }
