// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Ticketing

extension Parameter {
    /// What help shows in the place of a value, as `10m` or `yes|no`; empty for free text.
    var placeholder: String {
        switch type {
        case .yesNo: "yes|no"
        case .word(let choices): choices.joined(separator: "|")
        case .dateRange: "2031-05-01..2031-05-31"
        case .moneyRange: "..5000"
        case .instant: "2031-05-01T19:30Z"
        case .duration: "10m"
        case .currency: "EUR"
        case .ids: "id,id"
        case .categories: "1-4:vip,5-10:std"
        case .coordinates: "\"0,0 25,0\""
        default: ""
        }
    }

    /// One sentence that says what a value of this parameter looks like.
    var expectation: String {
        let what = "\(name)"
        switch type {
        case .id: return "\(what) is 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or digit."
        case .ids(let count): return "\(what) is at most \(count.upperBound) ids joined by commas."
        case .label: return "\(what) is 1 to 32 of A-Z a-z 0-9 . _"
        case .category: return "\(what) is 1 to 32 of A-Z a-z 0-9 . _ -"
        case .sectionAddress: return "Write venue/section, as globe/stalls."
        case .rowAddress: return "Write venue/section/row, as globe/stalls/A."
        case .areaAddress: return "Write venue/area, as globe/lawn."
        case .seats: return "Write seats as section/row/seat, runs as stalls/A/3-6, areas as lawn:4, joined by commas."
        case .labels: return "Write labels as 1-10, as 1-19/2, or as a list joined by commas."
        case .categories: return "Write labels and their categories, as 1-4:vip,5-10:std."
        case .coordinates: return "Write positions as x,y with a space between, as \"0,0 25,0\"."
        case .text(let bytes): return "\(what) is \(bytes.lowerBound) to \(bytes.upperBound) bytes long."
        case .name(let bytes):
            return "\(what) is \(bytes.lowerBound) to \(bytes.upperBound) bytes long, and not all of it blank."
        case .buyer: return "A buyer is 1 to 64 bytes of printable text."
        case .words: return "\(what) is words."
        case .integer(let range): return "\(what) is a whole number from \(range.lowerBound) to \(range.upperBound)."
        case .money(let most): return "\(what) is a whole number of minor units from 0 to \(most)."
        case .moneyRange: return "Write \(what)=..5000, \(what)=1000..5000 or \(what)=1000.. in minor units."
        case .duration(let seconds):
            return "\(what) is a time as 600s, 10m or 2h, from \(seconds.lowerBound)s to \(seconds.upperBound)s."
        case .instant: return "Write \(what)=2031-05-01T19:30Z, or with an offset as +02:00; years 0001 to 9999."
        case .dateRange: return "Write \(what)=2031-05-01..2031-05-31, one end open, or a single day."
        case .yesNo: return "\(what) is yes or no."
        case .word(let choices): return "\(what) is one of: \(choices.joined(separator: ", "))."
        case .currency: return "\(what) is an ISO 4217 code, as EUR."
        }
    }

    /// Its type in one word, for programs.
    var typeWord: String {
        switch type {
        case .id: "id"
        case .ids: "ids"
        case .label: "label"
        case .category: "category"
        case .sectionAddress, .rowAddress, .areaAddress: "address"
        case .seats: "seats"
        case .labels: "labels"
        case .categories: "categories"
        case .coordinates: "positions"
        case .text, .name: "text"
        case .buyer: "buyer"
        case .words: "words"
        case .integer: "integer"
        case .money: "money"
        case .moneyRange: "money-range"
        case .duration: "duration"
        case .instant: "time"
        case .dateRange: "date-range"
        case .yesNo: "yes-no"
        case .word(let choices): choices.joined(separator: "|")
        case .currency: "currency"
        }
    }
}

extension Command {
    /// How it is written, as `HOLD event [seats] [best=] …`.
    public var usage: String {
        var parts = [name]
        for parameter in positionals {
            let shown =
                switch parameter.type {
                case .words: "\(parameter.name)..."
                case .word: parameter.placeholder
                default: parameter.name
                }
            parts.append(parameter.isRequired ? shown : "[\(shown)]")
        }
        for parameter in keys {
            let shown = "\(parameter.name)=\(parameter.placeholder)"
            parts.append(parameter.isRequired ? shown : "[\(shown)]")
        }
        return parts.joined(separator: " ")
    }
}
