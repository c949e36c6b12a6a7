// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// An event on its way to `EVENT ADD`. Empty texts are not written.
struct EventDraft {
    var id: String
    var venue: String
    var title: String
    var starts: String
    var ends = ""
    var currency = ""
    var price = ""
    var type = ""
    var performers: [String] = []
    var description = ""
    var onsale = ""
    var hold = ""
    var limit = ""

    /// Writes `EVENT ADD`, and `EVENT SET` after it for a description that does not fit the same line.
    func write(about source: JSONValue, into writer: inout PlanWriter) throws(ImportProblem) {
        var line = RequestLine("EVENT ADD", id)
        line.value("venue", venue)
        line.value("title", title)
        line.value("starts", starts)
        line.value("ends", unlessEmpty: ends)
        line.value("currency", unlessEmpty: currency)
        line.value("price", unlessEmpty: price)
        line.value("type", unlessEmpty: type)
        line.value("performers", unlessEmpty: performers.joined(separator: ","))
        line.value("onsale", unlessEmpty: onsale)
        line.value("hold", unlessEmpty: hold)
        line.value("limit", unlessEmpty: limit)
        var whole = line
        whole.value("description", unlessEmpty: description)
        if writer.fits(whole) {
            try writer.append(whole, about: source)
        } else {
            try writer.append(line, about: source)
            try writer.append(try descriptionLine(about: source, writer: &writer), about: source)
        }
        writer.count { $0.events += 1 }
    }

    /// A description of quotes and line feeds doubles when it is quoted; what does not fit a line of its own is cut.
    private func descriptionLine(
        about source: JSONValue, writer: inout PlanWriter
    ) throws(ImportProblem) -> RequestLine {
        var text = description
        while true {
            var line = RequestLine("EVENT SET", id)
            line.value("description", text)
            if writer.fits(line) || text.isEmpty {
                if text != description {
                    try writer.warn(source, "the description was cut, to fit a line of the protocol")
                }
                return line
            }
            text = PrintedText.cut(text, toBytes: text.utf8.count * 7 / 8)
        }
    }
}

extension PlanWriter {
    /// A description, cut to what the protocol takes; its line breaks are kept.
    mutating func description(_ text: String, of value: JSONValue) throws(ImportProblem) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar == "\n" || scalar == "\t" || scalar.value >= 0x20 {
            scalars.append(scalar.value == 0x7F ? " " : scalar)
        }
        let cleaned = String(scalars)
        guard cleaned.utf8.count > ImportLimits.descriptionBytesMax else { return cleaned }
        try warn(value, "the description is longer than \(ImportLimits.descriptionBytesMax) bytes and was cut")
        return PrintedText.cut(cleaned, toBytes: ImportLimits.descriptionBytesMax)
    }
}
