// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// What a kept answer takes, by what was allocated for it: whoever asks decides how long queries and answers are, so that
/// their number alone bounds nothing.
extension QueryCache.Entry {
    /// Gives back what was allocated and is not used: the key was put together where longer ones were before.
    mutating func trim() {
        key.bytes = key.bytes.withUnsafeBufferPointer { Array($0) }
        answer.claims = answer.claims.withUnsafeBufferPointer { Array($0) }
    }

    /// What the entry's arrays and texts take.
    ///
    /// - Complexity: O(words of the query).
    var allocatedBytes: Int {
        key.bytes.allocatedBytes + query.allocatedBytes + weights.allocatedBytes + answer.allocatedBytes
    }
}

extension QueryCache.Answer {
    fileprivate var allocatedBytes: Int {
        result.hits.allocatedBytes + result.tours.allocatedBytes + (result.cursor?.allocatedBytes ?? 0)
            + (result.did?.allocatedBytes ?? 0) + claims.allocatedBytes
    }
}

extension PreparedQuery {
    fileprivate var allocatedBytes: Int {
        var bytes = words.allocatedBytes + locationWords.allocatedBytes
        for word in words {
            bytes += word.bytes.allocatedBytes + word.letters.allocatedBytes + word.grams.allocatedBytes
            for gram in word.grams { bytes += gram.allocatedBytes }
        }
        for word in locationWords { bytes += word.allocatedBytes }
        for text in [joined, typed, locationJoined, performerID, performerJoined, typeJoined] {
            bytes += text.allocatedBytes
        }
        return bytes
    }
}

extension Array {
    /// What is allocated for the elements, not what these hold.
    var allocatedBytes: Int { capacity == 0 ? 0 : allocation(32 + capacity * MemoryLayout<Element>.stride) }
}

extension String {
    /// Up to 15 bytes stand in the string itself.
    fileprivate var allocatedBytes: Int { utf8.count <= 15 ? 0 : allocation(32 + utf8.count + 1) }
}

/// What so many bytes take of the heap: a head of 8, in steps of 16.
private func allocation(_ bytes: Int) -> Int { (bytes + 8 + 15) & ~15 }
