// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What clients do in a run.
package enum Scenario: String, CaseIterable, Sendable, Codable {
    case hold
    case sale
    case best
    case hotSeat = "hot-seat"
    case view
    case search
    case mixed

    /// One sentence for the help.
    package var explanation: String {
        switch self {
        case .hold: "HOLD of a numbered seat, a fresh one each"
        case .sale: "HOLD, PAY (cash) and CONFIRM of a fresh seat each"
        case .best: "HOLD best=2: the daemon chooses the seats"
        case .hotSeat: "all want one seat; who has it gives it back after 100 refusals"
        case .view: "VIEW of an event with 1,300 seats"
        case .search: "SEARCH for titles: whole, unfinished and misspelt words"
        case .mixed: "100 looks (VIEW and SEARCH in turns) to one HOLD"
        }
    }

    /// The kinds of requests of a task. Where they follow each other, the last name stands for the whole task.
    package var operations: [String] {
        switch self {
        case .hold: ["hold"]
        case .sale: ["hold", "pay", "confirm", "whole sale"]
        case .best: ["hold"]
        case .hotSeat: ["hold", "release"]
        case .view: ["view"]
        case .search: ["search"]
        case .mixed: ["view", "search", "hold"]
        }
    }

    /// Whether a task is more than one request, so that its whole time is an operation of its own.
    var isChain: Bool { self == .sale }

    /// Seats an event, where nobody says how many.
    package var seatsDefault: Int {
        switch self {
        case .hold, .sale, .best: 250_000
        case .hotSeat, .view, .mixed: 1_300
        case .search: 50
        }
    }

    /// Events, where nobody says how many: as many as a quick daemon could sell out in so many seconds.
    package func eventsDefault(seconds: Double, seats: Int) -> Int {
        switch self {
        case .hold: max(4, min(64, Int(Self.seatsPerSecondGuess * seconds) / seats + 1))
        case .sale, .best: max(4, min(32, Int(Self.seatsPerSecondGuess / 3 * seconds) / seats + 1))
        case .hotSeat: 1
        case .view: 16
        case .search, .mixed: 200
        }
    }

    private static let seatsPerSecondGuess = 450_000.0
}
