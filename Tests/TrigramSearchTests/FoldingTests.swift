// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("Folding")
struct FoldingTests {
    private func words(_ text: String) -> [String] {
        var folded = FoldedText()
        folded.fold(text)
        return folded.words.map { String(decoding: folded.bytes[$0.start..<$0.end], as: UTF8.self) }
    }

    private func joined(_ text: String) -> String {
        var folded = FoldedText()
        folded.fold(text)
        return String(decoding: folded.bytes[..<folded.joinedEnd], as: UTF8.self)
    }

    @Test(
        "case, marks, width and letters of two are folded",
        arguments: [
            ("Dvořák", "dvorak"), ("BEYONCÉ", "beyonce"), ("Beyonce\u{301}", "beyonce"), ("Motörhead", "motorhead"),
            ("Ørsted", "orsted"), ("Łódź", "lodz"), ("Đặng", "dang"), ("Ægir Œuvre", "aegir oeuvre"),
            ("Straße", "strasse"), ("STRASSE", "strasse"), ("ISIK ışık İŞIK", "isik isik isik"), ("Þór", "thor"),
            ("Ａｂｃ１２", "abc12"), ("ﬁne", "fine"), ("Χρήστος ΧΡΗΣΤΟΣ", "χρηστοσ χρηστοσ"), ("ΐ", "ι"),
            ("Чайковский ЧАЙКОВСКИЙ", "чайковский чайковский"), ("Ё ё е\u{308}", "е е е"),
            ("Й и\u{306}", "й й"), ("ї і\u{308}", "ї ї"), ("ｶﾞ が か\u{3099}", "ガ が が"),
            ("한국 \u{1112}\u{1161}\u{11AB}", "한국 한"),
            ("٣ ३", "3 3"), ("Ⅳ ² ①", "iv 2 1"), ("أحمد", "احمد"), ("co\u{AD}operate", "cooperate"),
        ])
    func folds(text: String, folded: String) {
        #expect(words(text).joined(separator: " ") == folded)
    }

    @Test(
        "apostrophes vanish inside words, other punctuation divides them",
        arguments: [
            ("O'Brien", ["obrien"]), ("O’Brien", ["obrien"]), ("OʼBrien", ["obrien"]), ("O＇Brien", ["obrien"]),
            ("AC/DC", ["ac", "dc"]), ("Jay-Z", ["jay", "z"]), ("rock 'n' roll", ["rock", "n", "roll"]),
            ("Simon & Garfunkel", ["simon", "garfunkel"]), ("P!nk", ["p", "nk"]), ("久石 譲", ["久石", "譲"]),
            ("初音ミクlive", ["初音ミク", "live"]), ("", []), ("   ", []), ("'", []),
        ])
    func divides(text: String, expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test("a name of punctuation only is a word; punctuation between words is none, unless there is more of it")
    func punctuation() {
        #expect(words("!!!") == ["!!!"])
        #expect(words("！！！") == ["!!!"])
        #expect(words("&") == ["&"])
        #expect(words("!!! live - tonight") == ["live", "tonight", "!!!"])
        #expect(joined("!!! live - tonight") == "livetonight")
        #expect(joined("! ! !") == "!!!")
        #expect(joined("Daft Punk") == "daftpunk")
    }

    @Test("every code point folds without a trap, to something that folds to itself")
    func everyCodePoint() {
        let table = FoldingTable.shared
        func becomes(_ point: UInt32) -> [UInt32] {
            let entry = table.entry(point)
            return entry & FoldingTable.isExpansion != 0 ? Array(table.expansion(entry)) : [entry & 0x1F_FFFF]
        }
        var wrong: [UInt32] = []
        for point in UInt32(0)..<0x11_0000 where becomes(point).contains(where: { becomes($0) != [$0] }) {
            wrong.append(point)
        }
        #expect(wrong.isEmpty)
    }

    @Test("bytes that are no UTF-8 divide words and trap nowhere")
    func notUTF8() {
        var random = Seeded(1)
        var folded = FoldedText()
        for length in 0..<200 {
            for _ in 0..<20 {
                let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                bytes.withUnsafeBufferPointer { folded.fold($0) }
                #expect(folded.words.allSatisfy { $0.start < $0.end && $0.end <= folded.bytes.count })
                #expect(String(validating: folded.bytes, as: UTF8.self) != nil)
            }
        }
    }
}
