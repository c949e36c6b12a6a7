// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// One word that very many names have: of these, the ones that can reach the page.
extension PartMatcher {
    /// Whether of listed names those that are worth so much are found without looking at all of them.
    var canListByLength: Bool { list != nil && !flat.isForgiving }

    /// The names that have the listed word and are worth so much, with what they are worth. A name that has several terms of
    /// it may come several times.
    func listedNames(worth asked: Range<Int>, _ work: inout Int) -> (names: [UInt32], worths: [UInt16]) {
        var (names, worths): ([UInt32], [UInt16]) = ([], [])
        guard let list else { return (names, worths) }
        let scale = flat.scales[list.conjunction]
        for range in plan.conditions[list.condition].ranges {
            let table = tables.dictionary(range)
            // How well a term fits depends on nothing but how long it is, where it is longer than what was typed; and the
            // longer, the less.
            let isAlike = range.prefixBytes == 0
            var (bars, isLast): ([Bar], Bool) = ([], false)
            work += range.high - range.low
            for term in range.low..<range.high {
                let bytes = isAlike ? 0 : Int(table.start[term + 1] - table.start[term])
                while bars.count <= bytes, !isLast {
                    let quality = range.quality(bytes: max(1, bars.count))
                    let bar = Bar(quality, range, scale, asked.lowerBound, flat, tables.lengths)
                    isLast = bar.isEmpty && bars.count > range.prefixBytes
                    bars.append(bar)
                }
                if bytes >= bars.count || bars[bytes].isEmpty { continue }
                let bar = bars[bytes]
                let postings = Int(table.postingStart[term])..<Int(table.postingStart[term + 1])
                bar.visit(table.postings, postings, tables.nameSizes) { posting in
                    work += Self.markingWork
                    let places = UInt8(truncatingIfNeeded: posting & Place.mask) & range.places
                    if places == 0 { return }
                    let name = posting >> Place.bits
                    let fit = range.isFlat ? bar.quality : Ranking.placed(bar.quality, places)
                    let worth = worth(ofName: name, fit, list.conjunction)
                    if !asked.contains(worth) { return }
                    names.append(name)
                    worths.append(UInt16(clamping: worth))
                }
            }
        }
        return (names, worths)
    }

    /// What a name that has the listed word is worth alone; 0 where there is no such word, or the name does not have it.
    @inline(__always)
    func listedWorth(_ record: Int) -> Int {
        guard let list else { return 0 }
        let fit = Int(fits.fit(record, list.condition))
        return fit == 0 ? 0 : worth(ofName: fits.names[record], fit, list.conjunction)
    }

    @inline(__always)
    private func worth(ofName name: UInt32, _ fit: Int, _ conjunction: Int) -> Int {
        flat.worth(tables.nameSizes[Int(name)], fit, conjunction)
    }
}

/// Which names can be worth enough by a term that fits so well: those that are neither too long nor too short.
private struct Bar {
    /// The names of a kind that have about so many letters, and how many may be worth enough.
    private struct Stretch {
        var names: Range<UInt32> = 0..<0
        var fewest: UInt8 = 1
        var most: UInt8 = 0

        init(_ kind: NameKind, letters: ClosedRange<Int>?, _ lengths: NameLengths) {
            guard let letters else { return }
            names = lengths.names(kind, letters: letters)
            (fewest, most) = (UInt8(clamping: letters.lowerBound), UInt8(clamping: letters.upperBound))
        }

        @inline(__always)
        func contains(_ name: UInt32, _ sizes: UnsafeMutableBufferPointer<NameSize>) -> Bool {
            guard names.contains(name) else { return false }
            let letters = sizes[Int(name)].letters
            return letters >= fewest && letters <= most
        }
    }

    let quality: Int
    private let performers: Stretch
    private let titles: Stretch
    private let places: Stretch

    /// So many names are looked at one by one.
    private static let scannedMax = 16

    init(
        _ quality: Int, _ range: TermRange, _ scale: Int, _ least: Int, _ flat: FlatPlan, _ lengths: NameLengths
    ) {
        self.quality = quality
        func stretch(_ kind: NameKind, _ best: UInt8) -> Stretch {
            let fit = max(1, range.isFlat ? quality : Ranking.placed(quality, best))
            // Whatever meets it at all is worth 1.
            let share = least <= 1 ? 0 : (1_000 * least + fit - 1) / fit - scale
            let letters = Ranking.letters(covered: share, letters: flat.typedLetters, flat.isForgiving)
            return Stretch(kind, letters: letters, lengths)
        }
        performers = stretch(.performer, Place.performer)
        titles = stretch(.title, Place.title)
        places = stretch(.place, Place.venue)
    }

    var isEmpty: Bool { performers.names.isEmpty && titles.names.isEmpty && places.names.isEmpty }

    /// Calls `body` with those of the postings, which are in order, that are of such names.
    @inline(__always)
    func visit(
        _ postings: UnsafeMutableBufferPointer<NamePosting>, _ range: Range<Int>,
        _ sizes: UnsafeMutableBufferPointer<NameSize>, _ body: (NamePosting) -> Void
    ) {
        if range.count <= Self.scannedMax {
            for index in range {
                let name = postings[index] >> Place.bits
                if performers.contains(name, sizes) || titles.contains(name, sizes) || places.contains(name, sizes) {
                    body(postings[index])
                }
            }
            return
        }
        for stretch in [performers, titles, places] where !stretch.names.isEmpty {
            var index = first(stretch.names.lowerBound, postings, range)
            while index < range.upperBound, postings[index] >> Place.bits < stretch.names.upperBound {
                if stretch.contains(postings[index] >> Place.bits, sizes) { body(postings[index]) }
                index += 1
            }
        }
    }

    /// The first posting of the name, or of one behind it.
    private func first(
        _ name: UInt32, _ postings: UnsafeMutableBufferPointer<NamePosting>, _ range: Range<Int>
    ) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if postings[middle] >> Place.bits < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
