// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Reads what `VIEW` says of an event.
enum SeatMapReader {
    /// The addresses of all free numbered seats, in the order of the view.
    static func freeSeats(_ view: [String]) -> [[UInt8]] {
        var seats: [[UInt8]] = []
        for line in view where line.hasPrefix("* row ") {
            let words = line.split(separator: " ")
            guard words.count > 3, let labels = words.first(where: { $0.hasPrefix("labels=") }),
                let map = words.last(where: { $0.hasPrefix("map=") })
            else { continue }
            var names = expand(labels.dropFirst("labels=".count)).makeIterator()
            // Gaps have no label.
            for state in map.dropFirst("map=".count).utf8 where state != UInt8(ascii: "_") {
                guard let name = names.next() else { break }
                if state == UInt8(ascii: ".") { seats.append(Array("\(words[2])/\(name)".utf8)) }
            }
        }
        return seats
    }

    /// `title=` of the view's event.
    static func title(_ view: [String]) -> String {
        guard let line = view.first, let from = line.range(ofKey: "title=") else { return "" }
        let rest = line[from...]
        guard rest.hasPrefix("\"") else { return String(rest.prefix { $0 != " " }) }
        return String(rest.dropFirst().prefix { $0 != "\"" && $0 != "\\" })
    }

    /// Labels as the daemon writes them: single ones, and runs of plain numbers as `1-10` or `1-19/2`, up or down.
    static func expand(_ expression: Substring) -> [Substring] {
        var labels: [Substring] = []
        for item in expression.split(separator: ",") {
            let ends = item.split(separator: "-", maxSplits: 1)
            let tail = ends.count == 2 ? ends[1].split(separator: "/", maxSplits: 1) : []
            guard ends.count == 2, let last = tail.first.flatMap({ Int($0) }), let first = Int(ends[0]),
                let step = tail.count == 2 ? Int(tail[1]) : 1, step > 0, abs(last - first) < 1_000_000
            else {
                labels.append(item)
                continue
            }
            for number in stride(from: first, through: last, by: first <= last ? step : -step) {
                labels.append(Substring(String(number)))
            }
        }
        return labels
    }
}

extension String {
    /// Where the value of a key begins.
    fileprivate func range(ofKey key: String) -> Index? {
        var index = startIndex
        while index < endIndex {
            if self[index] == " ", self[self.index(after: index)...].hasPrefix(key) {
                return self.index(index, offsetBy: key.count + 1)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
