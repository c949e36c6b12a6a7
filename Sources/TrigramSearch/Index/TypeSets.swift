// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The documents of each type: as bits where they are many, else as a list.
struct TypeSets: @unchecked Sendable {
    enum Documents {
        case set(DenseSet)
        case list(UnsafeBufferPointer<UInt32>)
    }

    private var start = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var lists = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var bits = UnsafeMutableBufferPointer<UInt64>(start: nil, count: 0)
    /// By type, which set it has, + 1, and of how many documents.
    private var sets = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var counts = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    private var wordsEach = 0

    init() {}

    /// - Parameter typeOf: by document, its type + 1, or 0.
    init(typeOf: UnsafeBufferPointer<UInt32>, types: Int) {
        wordsEach = (typeOf.count + 63) / 64
        counts = .zeros(types)
        sets = .zeros(types)
        for type in typeOf where type > 0 { counts[Int(type) - 1] += 1 }
        var made = 0
        for type in 0..<types where Int(counts[type]) * 64 > typeOf.count {
            made += 1
            sets[type] = UInt32(made)
        }
        bits = .zeros(made * wordsEach)
        start = .zeros(types + 1)
        for type in 0..<types { start[type + 1] = start[type] + (sets[type] == 0 ? counts[type] : 0) }
        lists = .allocate(capacity: Int(start[types]))
        var next = Array(start)
        for document in 0..<typeOf.count where typeOf[document] > 0 {
            let type = Int(typeOf[document]) - 1
            if sets[type] > 0 {
                bits[(Int(sets[type]) - 1) * wordsEach + document >> 6] |= 1 << UInt64(document & 63)
            } else {
                lists[Int(next[type])] = UInt32(document)
                next[type] += 1
            }
        }
    }

    var typeCount: Int { counts.count }

    func documents(ofType type: Int) -> Documents {
        if sets[type] > 0, let base = bits.baseAddress {
            return .set(
                DenseSet(
                    words: UnsafePointer(base + (Int(sets[type]) - 1) * wordsEach), documents: Int(counts[type])))
        }
        return .list(UnsafeBufferPointer(rebasing: lists[Int(start[type])..<Int(start[type + 1])]))
    }

    func contains(_ document: Int, type: Int) -> Bool {
        switch documents(ofType: type) {
        case .set(let set): return set.contains(document)
        case .list(let list):
            var (low, high) = (0, list.count)
            while low < high {
                let middle = (low + high) / 2
                if list[middle] < UInt32(document) { low = middle + 1 } else { high = middle }
            }
            return low < list.count && list[low] == UInt32(document)
        }
    }

    /// By document, its type + 1, or 0: what the sets were made from.
    func typeOf(documents: Int) -> [UInt32] {
        var typeOf = [UInt32](repeating: 0, count: documents)
        for type in 0..<typeCount {
            switch self.documents(ofType: type) {
            case .set(let set):
                for word in 0..<wordsEach {
                    var rest = set.words[word]
                    while rest != 0 {
                        typeOf[word << 6 + rest.trailingZeroBitCount] = UInt32(type) + 1
                        rest &= rest &- 1
                    }
                }
            case .list(let list):
                for document in list { typeOf[Int(document)] = UInt32(type) + 1 }
            }
        }
        return typeOf
    }

    var byteCount: Int { 4 * (start.count + lists.count) + 8 * (bits.count + counts.count) }

    func deallocate() {
        start.deallocate()
        lists.deallocate()
        bits.deallocate()
        sets.deallocate()
        counts.deallocate()
    }
}
