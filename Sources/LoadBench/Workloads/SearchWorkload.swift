// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Something to search for, and the event that must be found.
struct Question: Sendable, Equatable {
    var words: [UInt8]
    /// Nil where a search may miss it: for a misspelt word the daemon does what it can.
    var found: [UInt8]?
}

/// `SEARCH words`: whole words of a title, unfinished ones, and misspelt ones.
struct SearchWorkload: Workload {
    struct State: BitwiseCopyable {
        var question: Int32 = 0
        var lines: Int32 = 0
        var isFound = false
    }

    private let questions: [Question]
    private var begun = 0

    init(_ questions: [Question]) { self.questions = questions }

    static var idle: State { State() }

    mutating func begin(_ task: inout State, _ requests: inout RequestBytes) -> Int? {
        guard !questions.isEmpty else { return nil }
        task = State(question: Int32(truncatingIfNeeded: begun % questions.count))
        begun += 1
        requests.append("SEARCH ")
        requests.append(questions[Int(task.question)].words)
        requests.endLine()
        return 0
    }

    mutating func judge(
        _ line: Span<UInt8>, _ operation: Int, _ task: inout State, _ requests: inout RequestBytes
    ) -> Judgement {
        let expected = questions[Int(task.question)].found
        if line.has("* ") {
            task.lines += 1
            guard line.has("* event ") else { return .goesOn }
            if let expected, !task.isFound {
                task.isFound = line.has(expected, at: 8) && line.wordEnd(from: 8) == 8 + expected.count
            }
            return .goesOn
        }
        guard line.has("OK n=") else { return .wrong("a search ends with OK n=…") }
        var at = 5
        guard let count = line.number(at: &at), count == Int(task.lines) else {
            return .wrong("n= is not the number of events that were listed")
        }
        guard expected == nil || task.isFound else { return .wrong("the event with this very title was not found") }
        return .done
    }

    /// A title that no other event of a bench has, of two made-up words, and the questions that must find it.
    static func title(_ number: Int) -> String {
        word(number &* 7_919 &+ 13).capitalizedFirst + " " + word(number &* 104_729 &+ 29).capitalizedFirst
    }

    /// Questions for an event by its title: its first two words, the first word alone, the first word unfinished, and
    /// misspelt.
    static func questions(title: String, event: [UInt8]) -> [Question] {
        let words = title.lowercased().split(whereSeparator: { !$0.isLetter || !$0.isASCII })
            .filter { $0.count > 3 }.map(String.init)
        guard let first = words.first else { return [] }
        var result = [Question(words: Array(words.prefix(2).joined(separator: " ").utf8), found: event)]
        result.append(Question(words: Array(first.utf8), found: nil))
        result.append(Question(words: Array(first.dropLast().utf8), found: nil))
        var misspelt = Array(first.utf8)
        misspelt.swapAt(1, 2)
        result.append(Question(words: misspelt, found: nil))
        return result
    }

    private static let syllables = [
        "ba", "ko", "ri", "mu", "te", "sa", "lo", "ni", "du", "ve", "fa", "go", "hi", "ju", "pe", "za", "wo", "xi",
        "ly",
        "qua", "bre", "stro", "gli", "thu", "pla", "dro", "cri", "shu", "fle", "nar", "vol", "tim",
    ]

    /// A word of three or more syllables; other numbers give other words.
    private static func word(_ number: Int) -> String {
        var rest = abs(number % 1_000_003)
        var text = ""
        for _ in 0..<4 {
            text += syllables[rest % syllables.count]
            rest /= syllables.count
        }
        return text
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
