// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// How much an import adds.
public struct ImportSummary: Hashable, Sendable {
    public var venues = 0
    public var sections = 0
    public var rows = 0
    /// Numbered seats.
    public var seats = 0
    public var areas = 0
    /// Places of all areas together.
    public var places = 0
    public var performers = 0
    public var events = 0

    public init() {}
}

/// A file translated: request lines of the protocol, checked as a whole before the first of them is given out.
public struct ImportPlan: Hashable, Sendable {
    /// The request lines, in the order in which they are to be sent, without line feeds. Each is at most 8,192 bytes and
    /// carries a `key=` that is the same whenever the same bytes are translated with the same options.
    public var lines: [String] = []
    /// What was noticed on the way, in the order of the file; at most ``ImportLimits/warningsMax``.
    public var warnings: [ImportWarning] = []
    /// How many more warnings there were.
    public var warningsOmitted = 0
    public var summary = ImportSummary()
    /// The format that the file was found to have.
    public var format: ImportFormat = .lines

    public init() {}

    /// Translates a file.
    ///
    /// Pure: the same bytes and options give the same plan. Reads no clock, no environment and no file.
    ///
    /// - Throws: ``ImportProblem`` for the first thing that cannot be translated; nothing of the file is given out then.
    /// - Complexity: O(bytes).
    public static func translate(
        _ bytes: [UInt8], options: ImportOptions = ImportOptions()
    ) throws(ImportProblem) -> ImportPlan {
        try refuseForeignBytes(bytes, options: options)
        if let venueID = options.venueID, !IDMaker.isID(venueID) {
            throw problem(
                .badValue, options,
                "the venue id has to be 1 to 64 letters, digits, '.', '_' or '-', and begin with a letter or digit")
        }
        let document = JSONDocument(bytes, fileName: options.fileName)
        guard let first = try document.readNext() else {
            throw problem(.truncated, options, "the file is empty; get the whole file again")
        }
        let format = if let named = options.format { named } else { try ImportFormat.detect(first) }
        var writer = PlanWriter(format: format, digest: ContentDigest(bytes), options: options)
        switch format {
        case .pretix: try PretixPlan.translate(first, into: &writer)
        case .seatsio: try SeatsioChart.translate(first, into: &writer)
        case .discovery: try DiscoveryEvents.translate(first, of: document, into: &writer)
        case .lines: try CatalogueLines.translate(first, of: document, into: &writer)
        }
        if format == .pretix || format == .seatsio, let rest = try document.readNext() {
            throw rest.problem(.badJSON, "the plan has ended before this; take out what follows it")
        }
        return writer.finished(as: format)
    }

    /// Says so where a file is of a kind that a JSON error would only puzzle over.
    private static func refuseForeignBytes(_ bytes: [UInt8], options: ImportOptions) throws(ImportProblem) {
        guard bytes.count <= ImportLimits.fileBytesMax else {
            throw problem(
                .tooLarge, options,
                "the file is larger than \(ImportLimits.fileBytesMax >> 20) MiB; split it into smaller ones")
        }
        if bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x50, 0x4B, 3, 4])
            || bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
        {
            throw problem(.wrongKind, options, "the file is compressed; unpack it first")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw problem(.badUTF8, options, "the file is UTF-16; save it as UTF-8 and try again")
        }
        if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") {
            throw problem(.wrongKind, options, "the file is HTML or XML; an import takes JSON")
        }
    }

    private static func problem(
        _ kind: ImportProblem.Kind, _ options: ImportOptions, _ message: String
    ) -> ImportProblem {
        ImportProblem(
            kind: kind, file: options.fileName, location: FileLocation(line: 1, column: 1, path: "$"),
            message: message)
    }
}
