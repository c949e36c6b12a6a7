// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds what somebody probably meant by a word that the table does not have.
package enum DidYouMean {
    /// The nearest of `candidates`, if it is near enough to be worth proposing: at most one slip in a word of up to seven
    /// letters, two in a longer one, for with two in seven VERSION and SESSION would be SECTION. The first of equally near
    /// ones. Case is ignored.
    package static func nearest(to word: String, of candidates: [String]) -> String? {
        // Beyond this nobody meant a command, and comparing would cost more than the answer is worth.
        guard word.utf8.count <= 32 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let limit = max(candidate.utf8.count, word.utf8.count) <= 7 ? 1 : 2
            let distance = distance(word.lowercased(), candidate.lowercased())
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// The number of bytes to insert, delete, replace or swap with their neighbour that turn one word into the other
    /// (optimal string alignment).
    ///
    /// - Complexity: O(product of the lengths)
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var cost = min(
                    current[column] + 1, last[column + 1] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
