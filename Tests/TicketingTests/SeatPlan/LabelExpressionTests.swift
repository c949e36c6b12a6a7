// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import Ticketing

@Suite("Labels expressions")
struct LabelExpressionTests {
    private func labels(_ text: String, limit: Int = 1_000) throws -> [String] {
        let list = try LabelExpression.read(text, limit: limit)
        return (0..<list.count).map { list[$0] }
    }

    @Test("a range of numbers counts up or down, in steps")
    func ranges() throws {
        for from in 0...12 {
            for to in 0...12 {
                for step in 1...5 {
                    let expected = stride(from: from, through: to, by: from <= to ? step : -step).map(String.init)
                    #expect(try labels("\(from)-\(to)/\(step)") == expected)
                    if step == 1 { #expect(try labels("\(from)-\(to)") == expected) }
                }
            }
        }
    }

    @Test("letters count as the columns of a spreadsheet do")
    func letters() throws {
        #expect(try labels("A-C") == ["A", "B", "C"])
        #expect(try labels("a-f/2") == ["a", "c", "e"])
        #expect(try labels("X-AC") == ["X", "Y", "Z", "AA", "AB", "AC"])
        #expect(try labels("C-A") == ["C", "B", "A"])
        #expect(try labels("ZY-AAB") == ["ZY", "ZZ", "AAA", "AAB"])
        #expect(try labels("A-ZZZ", limit: 20_000).count == 26 + 26 * 26 + 26 * 26 * 26)
    }

    @Test("leading zeros and prefixes are kept")
    func widths() throws {
        #expect(try labels("08-11") == ["08", "09", "10", "11"])
        #expect(try labels("T9-T11") == ["T9", "T10", "T11"])
        #expect(try labels("1-3,7,A-B,10-8") == ["1", "2", "3", "7", "A", "B", "10", "9", "8"])
    }

    @Test(
        "what is neither a label nor a range is named",
        arguments: [
            "", ",", "1,", ",1", "1,,2", "-", "1-", "-1", "1-2-3", "1-2/", "1-2/0", "1-2/x", "1/2", "A-b", "A-1", "1-A",
            "T1-U2", "T1-2", "08-9", "8-09", "stage-left", "é", "1 2", "1-9999999999", "a-b/10000000000",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ])
    func refused(text: String) {
        #expect {
            try labels(text)
        } throws: { error in
            if case .form = error as? LabelProblem { true } else { false }
        }
    }

    @Test("a label that comes twice is refused")
    func duplicates() {
        #expect(throws: LabelProblem.duplicate("3")) { try labels("1-5,3") }
        #expect(throws: LabelProblem.duplicate("A")) { try labels("A,A") }
    }

    @Test("the limit holds, and one more is too many")
    func limit() throws {
        #expect(try labels("1-10", limit: 10).count == 10)
        #expect(throws: LabelProblem.tooMany) { try labels("1-11", limit: 10) }
        #expect(throws: LabelProblem.tooMany) { try labels("1-10,A", limit: 10) }
        #expect(throws: LabelProblem.tooMany) { try labels("1-999999999", limit: 10) }
        #expect(throws: LabelProblem.tooMany) { try labels("A-ZZZ", limit: 10) }
        #expect(try labels(String(repeating: "x", count: 32)).count == 1)
    }

    @Test("every short list is written so that it reads back, and always the same way")
    func roundTrip() throws {
        let stock = ["1", "2", "3", "4", "6", "9", "02", "A", "B", "0"]
        var seen = 0
        func extend(_ chosen: [String]) throws {
            if !chosen.isEmpty {
                var list = LabelList()
                for label in chosen { list.append(label) }
                let text = list.expression
                #expect(try LabelExpression.read(text, limit: 10) == list)
                seen += 1
            }
            guard chosen.count < 5 else { return }
            for label in stock where !chosen.contains(label) { try extend(chosen + [label]) }
        }
        try extend([])
        #expect(seen == 10 + 90 + 720 + 5_040 + 30_240)
    }

    @Test("runs are written short")
    func writing() throws {
        for (text, expected) in [
            ("1,2,3,4", "1-4"), ("1,3,5,7", "1-7/2"), ("19-1/2,2-20/2", "19-1/2,2-20/2"), ("1,5", "1,5"),
            ("5,4", "5-4"), ("01,02", "01,02"), ("A-C", "A,B,C"), ("1,3,4,5", "1,3-5"),
        ] {
            let list = try LabelExpression.read(text)
            #expect(String(decoding: list.expression, as: UTF8.self) == expected)
        }
    }

    @Test("no short text traps, and what is taken reads back")
    func everyShortText() {
        var taken = 0
        forEachText(upTo: 5, of: "0219aB-/,") { text in
            guard let list = try? LabelExpression.read(text, limit: 40) else { return }
            taken += 1
            let again = try? LabelExpression.read(list.expression, limit: 40)
            if again != list { Issue.record("\(String(decoding: text, as: UTF8.self)) does not read back") }
        }
        #expect(taken > 1_000)
    }
}
