// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

import Testing

@testable import TrigramSearch

@Suite("Search")
struct SearchTests {
    /// Names with accents, apostrophes, other scripts, and of punctuation, each the performer of one document.
    static let names = [
        "Antonín Dvořák", "Beyoncé", "Conan O'Brien", "Пётр Чайковский", "久石譲", "Sigur Rós", "Motörhead", "AC/DC",
        "!!!", "Ørsted", "Łódź Kaliska", "Daft Punk", "Björk", "Röyksopp", "Jay-Z", "Ludwig van Beethoven", "Metallica",
        "초밥 소녀", "ABBA", "U2", "Χρήστος Νικολόπουλος", "Mötley Crüe", "Florence + the Machine", "Simon & Garfunkel",
    ]

    private let house = index(
        names.enumerated().map { document(UInt32($0), "Evening \($0)", performers: [$1], inDays: Int64($0 + 1)) })

    @Test(
        "what is typed finds the name, first",
        arguments: [
            // Without accents, apostrophes, spaces; other case, width, script forms.
            ("dvorak", 0), ("DVOŘÁK", 0), ("Dvor\u{30C}a\u{301}k", 0), ("beyonce", 1), ("ＢＥＹＯＮＣＥ", 1), ("obrien", 2),
            ("o’brien", 2), ("o brien", 2), ("чайковский", 3), ("петр чайковский", 3), ("пётр", 3), ("久石譲", 4),
            ("久石", 4),
            ("石譲", 4), ("譲", 4), ("久石 譲", 4), ("sigur ros", 5), ("sigurros", 5), ("motorhead", 6), ("ac/dc", 7),
            ("acdc", 7), ("ac dc", 7), ("!!!", 8), ("orsted", 9), ("lodz", 10), ("daftpunk", 11), ("punk daft", 11),
            ("jayz", 14), ("jay z", 14), ("초밥", 17), ("초", 17), ("abba", 18), ("u2", 19), ("νικολοπουλος", 20),
            ("florence the machine", 22), ("simon and garfunkel", -1), ("simon & garfunkel", 23),
            ("simon garfunkel", 23),
            // Unfinished.
            ("dv", 0), ("be", 1), ("ча", 3), ("sig", 5), ("moto", 6), ("beeth", 15), ("ludwig v", 15), ("metal", 16),
            // One error.
            ("dvroak", 0), ("dvork", 0), ("beyonse", 1), ("obrein", 2), ("чайковскй", 3), ("чаиковский", 3),
            ("sigor ros", 5),
            ("motorhaed", 6), ("orstd", 9), ("lodx", 10), ("bjrok", 12), ("metalica", 16), ("aba", 18), ("baba", 18),
            // Two errors, errors in an unfinished word, inside a word, words wrongly apart.
            ("chaikovsky", -1), ("beethofven", 15), ("metalicca", 16), ("beethv", 15), ("thoven", 15),
            ("daf tpunk", 11), ("beethovenludwig", 15),
            ("garfunkle simon", 23), ("metall ica", 16),
        ] as [(String, Int)])
    func finds(typed: String, expected: Int) throws {
        let found = try house.find(typed)
        #expect(found.first.map(Int.init) ?? -1 == expected, "\(typed) found \(found.map { Self.names[Int($0)] })")
    }

    @Test("where the one error that is forgiven is an unusual one, two usual ones are forgiven as well")
    func doubts() throws {
        let index = index([
            document(1, "Receded"), document(2, "Rescinded"), document(3, "Metallica"), document(4, "Megalicca"),
        ])
        #expect(try index.find("recended") == [1, 2])
        #expect(try index.find("metalica") == [3])
    }

    @Test("while the beginning of a name of several words is being typed, nothing else is looked for")
    func beingTyped() throws {
        let index = index([
            document(1, "Sofia Thoarn Live"), document(2, "Sofia Thorn"), document(3, "Sofia Thora", inDays: 2),
        ])
        #expect(try index.find("sofia thoa") == [1])
        // Once its last word ends there, it may have been mistyped, as one word alone may.
        #expect(try index.find("sofia thoarn") == [1, 2])
        #expect(try index.find("sofia thor") == [2, 3])
        #expect(try index.find("thoar").count == 3)
        // The words of several names begin none.
        #expect(try index.find("live thoa").count == 1)
    }

    @Test("many documents with the words in several names do not hide the one name that has them all, two errors away")
    func scattered() throws {
        var documents = (0..<12).map { document($0, "Played", performers: ["Alexis Hill"], inDays: 2) }
        documents.append(document(12, "Laid Hill", inDays: 90))
        #expect(try index(documents).find("layed hill").first == 12)
    }

    @Test("words of three letters are forgiven two errors beside others, where nothing else is found")
    func threeLetters() throws {
        let index = index([document(1, "Lady Be Good"), document(2, "Gold Lady")])
        #expect(try index.find("lady be gud") == [1])
        #expect(try index.find("gud").isEmpty)
    }

    @Test("all words must match, a short one too")
    func allWords() throws {
        let index = index([
            document(1, "A Night at the Opera"), document(2, "The Night"), document(3, "Opera in B minor"),
            document(4, "Opera in C minor"),
        ])
        #expect(try index.find("night opera") == [1])
        #expect(try index.find("opera c") == [4])
        #expect(try index.find("c opera") == [4])
        #expect(try index.find("opera x").isEmpty)
        #expect(try Set(index.find("opera")) == [1, 3, 4])
    }

    @Test("a performer ranks before a title, a venue, a city and a description")
    func fields() throws {
        let index = index([
            document(1, "x", description: "with Mozart"), document(2, "x", city: "Mozart Town"),
            document(3, "x", venue: "Mozart Hall"), document(4, "Mozart at night"),
            document(5, "x", performers: ["Mozart Trio"]), document(6, "x", performers: ["Mozart"]),
        ])
        #expect(try index.find("mozart") == [6, 5, 4, 3, 2, 1])
    }

    @Test("what is near in time ranks first, what is over last, and equals by id")
    func time() throws {
        let index = index([
            document(1, "Aida", id: "b", inDays: 300), document(2, "Aida", id: "c", inDays: 3),
            document(3, "Aida", id: "a", inDays: 300), document(4, "Aida", inDays: -3),
            document(5, "Aida", inDays: -30_000),
        ])
        #expect(try index.find("aida") == [2, 4, 3, 1, 5])
        #expect(try index.find(query("aida", sort: .date)) == [5, 4, 2, 3, 1])
    }

    @Test("scores lie between 0 and 1000 unless a name is all that was typed, best first")
    func scores() throws {
        for (words, most) in [
            ("dvorak", Ranking.named), ("e", 1000), ("evening", Ranking.named), ("beyonse", 1000), ("", 0),
            ("evening 3", Ranking.named),
        ] {
            let hits = try house.makeReader().search(query(words)).hits
            #expect(hits.allSatisfy { (0...most).contains($0.score) }, "\(words)")
            #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score }, "\(words)")
        }
        let exact = try #require(try house.makeReader().search(query("Beyoncé")).hits.first)
        let mistyped = try #require(try house.makeReader().search(query("Beyonze")).hits.first)
        #expect(exact.score > 1000 && mistyped.score < 800 && mistyped.score > 400)
    }

    @Test(
        "what is named just as was typed comes before what merely has the words, however far away",
        arguments: [1, 40])
    func entireNames(count: Int) throws {
        var documents: [SearchDocument] = []
        for near in 0..<UInt32(count) {
            documents.append(document(10 + 4 * near, "Vivaldi", performers: ["Kurt Ailey"], inDays: 1))
            documents.append(document(11 + 4 * near, "Kurt Kurtz", inDays: 1))
            documents.append(document(12 + 4 * near, "Vivaldi", performers: ["Church of New York"], inDays: 1))
            documents.append(document(13 + 4 * near, "Kurt", performers: ["Kurt Masur"], inDays: 1))
        }
        documents.append(document(1, "Gala", performers: ["Kurt Kurt"], inDays: 900))
        documents.append(document(2, "Kúrt Kurt", inDays: -900))
        documents.append(document(3, "Ballet", venue: "York Church", city: "Prague", inDays: 900))
        let (whole, divided) = (index(documents), SearchIndex())
        for document in documents.reversed() {
            divided.update(document)
            divided.publish()
        }
        for index in [whole, divided] {
            #expect(try index.find(query("kůrt kúřt", limit: 2)) == [1, 2])
            #expect(try index.find(query("york church", limit: 1)) == [3])
            #expect(try index.find(query("yorkchurch", limit: 1)) == [3])
        }
        #expect(try whole.find(query("kurt", limit: 60)) == divided.find(query("kurt", limit: 60)))
    }

    @Test("of what is as many errors away, that comes first which people more often mistype so")
    func likelyErrors() throws {
        func first(_ typed: String, _ names: [String]) throws -> String? {
            // What is nearer in time is what was not meant.
            let index = index(names.enumerated().map { document(UInt32($0), $1, inDays: Int64(40 - $0)) })
            return try index.find(typed).first.map { names[Int($0)] }
        }
        #expect(try first("iland", ["Island", "Inland Niland", "Milando", "Gland"]) == "Island")
        #expect(try first("seige", ["Siege", "Seize", "Beige"]) == "Siege")
        #expect(try first("mannual", ["Manual", "Mangual"]) == "Manual")
        #expect(try first("moodules", ["Modules", "Modules Moo"]) == "Modules")
        #expect(try first("mourn", ["Caumourn", "Mourners"]) == "Mourners")
        #expect(try first("quartin", ["Equarting", "Subquartin"]) == "Subquartin")
    }

    @Test("each kind of error has its cost, and the same word none")
    func costs() {
        var errors = TypingErrors()
        func cost(_ typed: String, _ meant: String, asBeginning: Bool = false) -> Int {
            errors.setWord(typed.unicodeScalars.map(\.value))
            Array(meant.utf8).withUnsafeBufferPointer { errors.setTerm($0) }
            return errors.cost(asBeginning: asBeginning)
        }
        typealias Cost = TypingErrors.Cost
        #expect(cost("quartet", "quartet") == 0 && cost("quar", "quartet", asBeginning: true) == 0)
        #expect(cost("quarte", "quartet") == Cost.missing && cost("uartet", "quartet") == Cost.missing + Cost.first)
        #expect(cost("balet", "ballet") == Cost.missingDouble && cost("balllet", "ballet") == Cost.extraDouble)
        #expect(cost("quartete", "quartet") == Cost.extraKnown && cost("quartets", "quartet") == Cost.extra)
        #expect(cost("qaurtet", "quartet") == Cost.swapped && cost("uqartet", "quartet") == Cost.swapped + Cost.first)
        #expect(cost("quortet", "quartet") == Cost.vowel && cost("quarzet", "quartet") == Cost.consonant)
        #expect(cost("qubrtet", "quartet") == Cost.other && cost("zuartet", "quartet") == Cost.consonant + Cost.first)
        #expect(
            cost("qurte", "quartet") == 2 * Cost.missing && cost("qaurte", "quartet") == Cost.swapped + Cost.missing)
        #expect(
            cost("quarte", "quartets", asBeginning: true) == 0
                && cost("qart", "quartets", asBeginning: true) == Cost.missing)
        #expect(cost("двorak", "дvorak") == Cost.consonant)
    }

    @Test("words of one name come before the same words of several, one or two letters of the last among them")
    func oneName() throws {
        let index = index([
            document(1, "Circumferences", performers: ["The Trio"], inDays: 1),
            document(2, "x", venue: "Circumferences Theatre", inDays: 90),
            document(3, "Circumferences", performers: ["Ada"], inDays: 2),
        ])
        for typed in ["circumferences t", "circumferences th", "circunferences t", "circumferences thea"] {
            let hits = try index.makeReader().search(query(typed)).hits
            #expect(hits.first?.number == 2, "\(typed) \(hits)")
        }
    }

    @Test("how names begin without their spaces may be an error as well")
    func writtenTogether() throws {
        var documents = (0..<20).map { document($0, "x\($0)", venue: "Detect Theatre", inDays: Int64($0)) }
        documents.append(document(50, "y", performers: ["Detect"], inDays: 80))
        let reader = index(documents).makeReader()
        #expect(try reader.search(query("detectt", limit: 3)).hits.first?.number == 50)
        #expect(try reader.search(query("detecttheatre", limit: 30)).total == 20)
    }

    @Test("few documents that have the words from several names do not hide a name that is one error further")
    func furtherName() throws {
        let index = index([
            document(1, "x", performers: ["Memorizing"], venue: "Great Arena"),
            document(2, "y", venue: "Mesmerizing Arena"),
        ])
        #expect(try index.find("mezmorizing arena").sorted() == [1, 2])
        #expect(try index.find("memorizin arena") == [1])
    }

    @Test("an id that is typed whole finds its document first")
    func ids() throws {
        let index = index([document(1, "Gala", id: "Gala-2031.x_1"), document(2, "gala 2031 x 1")])
        #expect(try index.find("Gala-2031.x_1").first == 1)
    }

    @Test("no words: what filters let through in date order; no filter either: what is to come, the nearest first")
    func empty() throws {
        let index = index([
            document(1, "a", type: "play", inDays: 9), document(2, "b", type: "play", inDays: -9),
            document(3, "c", inDays: 2), document(4, "d", type: "Play", inDays: 1),
        ])
        #expect(try index.find("") == [4, 3, 1])
        #expect(try index.find("   ") == [4, 3, 1])
        #expect(try index.find(query(type: "play")) == [2, 4, 1])
        #expect(try index.makeReader().search(query()).total == 3)
    }

    @Test("filters: location by words, performer by id or whole name, type, and dates with both ends")
    func filters() throws {
        let index = index([
            document(
                1, "x", performers: ["The Who"], performerIDs: ["who"], venue: "Carnegie Hall", city: "New York",
                locations: ["US"], type: "Rock Concert", inDays: 1),
            document(2, "x", performers: ["Who Else"], performerIDs: ["The.Who"], city: "York", inDays: 2),
            document(3, "who", city: "Łódź", inDays: 3),
        ])
        #expect(try index.find(query(location: "york")) == [1, 2])
        #expect(try index.find(query(location: "new york")) == [1])
        #expect(try index.find(query(location: "newyork")) == [1])
        #expect(try index.find(query(location: "carn")) == [1])
        #expect(try index.find(query(location: "york us")) == [1])
        #expect(try index.find(query(location: "LODZ")) == [3])
        #expect(try index.find(query(location: "york lodz")).isEmpty)
        #expect(try index.find(query(performer: "who")) == [1])
        #expect(try index.find(query(performer: "the who")) == [1])
        #expect(try index.find(query(performer: "The.Who")) == [1, 2])
        #expect(try index.find(query(type: "rock concert")) == [1])
        #expect(try index.find(query(type: "rock")).isEmpty)
        #expect(try index.find(query("who", location: "york")).sorted() == [1, 2])
        let first = Int32(now / day)
        for low in 0..<5 as Range<Int32> {
            for high in low..<5 {
                let found = try index.find(query(firstDay: first + low, lastDay: first + high))
                #expect(found == (1...3).filter { (low...high).contains(Int32($0)) }, "\(low)...\(high)")
            }
        }
    }

    @Test("a date is that of the document's own offset")
    func localDates() throws {
        // 23:30 in an offset of -10 hours is the next day in UTC.
        let starts = now + 9 * 3_600_000 + 1_800_000
        var evening = document(1, "x")
        evening.startsMilliseconds = starts
        evening.localDay = SearchDocument.localDay(startsMilliseconds: starts, offsetMinutes: -600)
        let today = Int32(now / day)
        #expect(evening.localDay == today - 1)
        let index = index([evening])
        #expect(try index.find(query(lastDay: today - 1)) == [1])
        #expect(try index.find(query(firstDay: today)).isEmpty)
        #expect(SearchDocument.localDay(startsMilliseconds: -1, offsetMinutes: 0) == -1)
        #expect(SearchDocument.localDay(startsMilliseconds: .min, offsetMinutes: -1) < 0)
    }

    @Test("the caller's live knowledge filters hits and totals, and candidates give all")
    func live() throws {
        let index = index((0..<50).map { document($0, "Gala", inDays: Int64($0)) })
        let reader = index.makeReader()
        for words in ["gala", "", "galla"] {
            let odd = try reader.search(query(words, limit: 5)) { $0 % 2 == 1 }
            #expect(odd.total == 25 && odd.hits.map(\.number) == [1, 3, 5, 7, 9] && !odd.isPartial)
            let all = try reader.candidates(query(words, sort: .price), limit: 100) { $0 < 30 }
            #expect(all.total == 30 && Set(all.hits.map(\.number)) == Set(0..<30))
            let some = try reader.candidates(query(words), limit: 7) { _ in true }
            #expect(some.total == 50 && some.hits.count == 7)
        }
    }
}
