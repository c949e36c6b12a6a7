// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Finds the documents of one segment that meet a plan, and says how well each does. Its tables are kept from query to
/// query.
struct PartMatcher {
    /// What looking at one document's names costs, in postings, where it is known which names count; and where each is
    /// to be asked.
    static let lookingWork = 6
    static let askingNamesWork = 100
    /// The same where a ready-made list is looked through.
    static let askingListWork = 40
    // What must be fetched from somewhere else in memory costs as much as many postings in a row.
    /// What a name's own words cost, or its terms; noting that it meets a condition; and coming to its documents.
    static let ownTermsWork = 16
    static let notingWork = 6
    static let namesWork = 10

    var fits = NameFits()
    /// The documents that meet the plan.
    var found = DocumentSet()
    var ranked = DocumentSet()
    var meeting = DocumentSet()
    var other = DocumentSet()
    var tables = SegmentTables()
    var plan = SegmentPlan()
    var slice = 0..<0
    /// By condition, about how many documents meet it.
    var estimates: [Int] = []
    /// Which of a condition's documents are there ready made.
    var covers = Covers()
    /// By condition, what putting them into a set costs.
    var costs: [Int] = []
    /// The same for what a conjunction has not found yet by names that meet all of it.
    var residues: [Int] = []
    /// The records of those names.
    var whole: [Int] = []
    /// By condition, its documents by descriptions, once they were needed as a set.
    var textSets: [DocumentSet] = []
    var hasTextSet: [Bool] = []
    var textCounts: [Int] = []
    /// By condition, how well the document at hand meets it.
    var best: [UInt16] = []
    /// By condition, how well a name meets it at best.
    var fitMax: [Int] = []
    /// The conditions whose names were not noted: a name at hand is compared with them.
    var lazy: [Int] = []
    var isLazy: [Bool] = []
    /// The one word that is asked for, where its names were not noted because they are so many.
    var list: ListedWord?
    /// The names of the document at hand that meet all of the text alone, and what it is worth by each.
    var wholeNames: [(key: Int, worth: Int)] = []
    /// The work did not suffice to find all names that have all words.
    var isCut = false
    /// Names at hand, as a set and in order.
    var marked = DocumentSet()
    var candidates: [UInt32] = []
    /// Documents that are looked at one by one; as many as there are fit.
    var pending = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    /// The names of documents at hand.
    var ownNames: [UInt32] = []
    var flat = FlatPlan()
    /// Where the work at hand stops: a little more than what is left, so that there always is an answer.
    var limit = 0
    var hasTexts = false
    var hasNamed = false
    /// The best that one name reaches alone, and that several reach together.
    var ownMax = 0
    var scatteredMax = 0

    init() {}

    func deallocate() {
        fits.deallocate()
        pending.deallocate()
        for set in [found, ranked, meeting, other, marked] + textSets { set.deallocate() }
    }

    mutating func reserve(documents: Int, names: Int) {
        fits.reserve(names: names)
        marked.reserve(names)
        if documents > found.capacity {
            found.reserve(documents)
            pending.deallocate()
            pending = .allocate(capacity: found.capacity)
        }
        ranked.reserve(documents)
        meeting.reserve(documents)
        other.reserve(documents)
        for index in textSets.indices { textSets[index].reserve(documents) }
    }

    /// Takes what the bits say out of ``found``, or all else.
    mutating func subtract(_ bits: UnsafePointer<UInt64>) {
        found.subtract(bits, wordCount: (tables.documentCount + 63) / 64)
    }

    mutating func keepType() {
        guard let type = plan.type, type >= 0 else { return }
        switch tables.types.documents(ofType: type) {
        case .set(let set): found.formIntersection(set.words, wordCount: (tables.documentCount + 63) / 64)
        case .list(let list):
            other.removeAll()
            for document in list { other.insert(Int(document)) }
            found.formIntersection(other)
        }
    }
}
