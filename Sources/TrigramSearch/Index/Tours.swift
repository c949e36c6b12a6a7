// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// A tour: what has the same title and the same performers, wherever and whenever it takes place.

extension SegmentTables {
    /// Tells tours apart, the same number in all segments and runs, never 0: of titles that read alike but for case,
    /// accents, punctuation and spaces, with the same performers in any order.
    ///
    /// - Complexity: O(names of the document and length of its title).
    func tour(_ document: Int) -> UInt64 {
        var (title, performers): (UInt64, UInt64) = (0, 0)
        for index in Int(ownStart[document])..<Int(ownStart[document + 1]) {
            let name = Int(own[index])
            switch kind(name) {
            case .performer: performers &+= Self.mixed(identities[name])
            case .title: title = titleKey(name)
            case .place: break
            }
        }
        return max(1, Self.mixed(title ^ Self.mixed(performers)))
    }

    /// Marks what has the same title and performers, letter by letter.
    mutating func makeTourMarks() {
        tourMarks = .allocate(capacity: documentCount)
        for document in 0..<documentCount {
            var mark: UInt64 = 0
            for index in Int(ownStart[document])..<Int(ownStart[document + 1]) where own[index] < firstPlace {
                mark &+= identities[Int(own[index])] &* 0x9E37_79B9_7F4A_7C15
            }
            tourMarks[document] = UInt16(truncatingIfNeeded: mark >> 48)
        }
    }

    private func titleKey(_ name: Int) -> UInt64 {
        guard nameTerms[name] != .max else { return identities[name] }
        let term = names[Int(nameTerms[name])]
        // What is longer than terms are compared to may differ behind that.
        return term.count > SearchLimits.termBytesMax - 4 ? identities[name] : IdentityTable.identity(of: term)
    }

    /// The last step of SplitMix64.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
