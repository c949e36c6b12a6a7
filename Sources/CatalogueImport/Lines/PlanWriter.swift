// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Collects the lines, warnings and counts of one import.
///
/// Every line gets a `key=` made of a digest of the file and the line's number, so that the same file sent again after
/// a crash completes what was begun, and a changed file is something new.
struct PlanWriter {
    let options: ImportOptions
    private let digest: String
    private(set) var plan = ImportPlan()
    private var warnedOnce: Set<String> = []

    init(format: ImportFormat, digest content: ContentDigest, options: ImportOptions) {
        self.options = options
        var digest = content
        digest.add(format.rawValue)
        digest.add(options.venueID ?? "")
        digest.add(options.venueName ?? "")
        self.digest = digest.hex
    }

    // MARK: Lines

    /// The bytes that `key=` takes at the end of the next line.
    private var keySuffix: String { " key=import-\(digest)-\(plan.lines.count + 1)" }

    /// Whether the line would fit.
    func fits(_ line: RequestLine) -> Bool {
        line.byteCount + keySuffix.utf8.count <= ImportLimits.lineBytesMax
    }

    /// Appends the line, which is about `value`.
    mutating func append(_ line: RequestLine, about value: JSONValue) throws(ImportProblem) {
        guard fits(line) else {
            throw value.problem(
                .limit,
                "this makes a line of more than \(ImportLimits.lineBytesMax) bytes; shorten its names, labels or texts")
        }
        plan.lines.append(line.text + keySuffix)
    }

    mutating func count(_ count: (inout ImportSummary) -> Void) {
        count(&plan.summary)
    }

    // MARK: Warnings

    /// Notes what was left out by design.
    mutating func note(_ value: JSONValue, _ message: String) {
        add(.note, value, message)
    }

    /// Notes the first time that `topic` comes up.
    mutating func noteOnce(_ topic: String, _ value: JSONValue, _ message: String) {
        if warnedOnce.insert(topic).inserted { note(value, message) }
    }

    /// What was collected, its warnings in the order of the file.
    func finished(as format: ImportFormat) -> ImportPlan {
        var plan = plan
        plan.format = format
        let placed = plan.warnings.enumerated().sorted { left, right in
            let (a, b) = (left.element.location, right.element.location)
            return (a.line, a.column, left.offset) < (b.line, b.column, right.offset)
        }
        plan.warnings = placed.map(\.element)
        return plan
    }

    /// Warns of what was guessed or lost; a problem under `strict`.
    mutating func warn(_ value: JSONValue, _ message: String) throws(ImportProblem) {
        if options.isStrict { throw value.problem(.strict, message + " (this is an error because of --strict)") }
        add(.warning, value, message)
    }

    /// Warns the first time that `topic` comes up.
    mutating func warnOnce(_ topic: String, _ value: JSONValue, _ message: String) throws(ImportProblem) {
        if warnedOnce.insert(topic).inserted { try warn(value, message) }
    }

    private mutating func add(_ severity: ImportWarning.Severity, _ value: JSONValue, _ message: String) {
        guard plan.warnings.count < ImportLimits.warningsMax else {
            plan.warningsOmitted += 1
            return
        }
        plan.warnings.append(
            ImportWarning(severity: severity, file: options.fileName, location: value.location, message: message))
    }

    // MARK: Texts

    /// A printed name, cut to what the protocol takes.
    mutating func name(_ text: String, of value: JSONValue) throws(ImportProblem) -> String {
        let name = PrintedText.name(text)
        guard name.utf8.count > ImportLimits.nameBytesMax else { return name }
        try warn(value, "the name is longer than \(ImportLimits.nameBytesMax) bytes and was cut")
        return PrintedText.cut(name, toBytes: ImportLimits.nameBytesMax)
    }
}
