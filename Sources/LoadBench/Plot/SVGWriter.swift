// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Writes SVG: elements, with their text and attributes escaped, and numbers that are the same everywhere.
struct SVGWriter {
    private(set) var text: String

    let width: Double
    let height: Double

    /// Begins a picture with a title and a description for those who cannot see it.
    init(width: Double, height: Double, title: String, description: String) {
        self.width = width
        self.height = height
        let size = "\(Self.number(width)) \(Self.number(height))"
        text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" width="\(Self.number(width))" \
            height="\(Self.number(height))" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" \
            font-size="12">
            <title>\(Self.escaped(title))</title>
            <desc>\(Self.escaped(description))</desc>
            <rect width="100%" height="100%" fill="#ffffff"/>

            """
    }

    /// The whole picture.
    var finished: String { text + "</svg>\n" }

    enum Anchor: String { case start, middle, end }

    mutating func write(
        _ words: String, x: Double, y: Double, anchor: Anchor = .start, size: Double = 12, fill: String = "#222222",
        isBold: Bool = false, turned: Bool = false
    ) {
        text += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor.rawValue)\""
        if size != 12 { text += " font-size=\"\(Self.number(size))\"" }
        if isBold { text += " font-weight=\"600\"" }
        if turned { text += " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" }
        text += " fill=\"\(fill)\">\(Self.escaped(words))</text>\n"
    }

    mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, stroke: String, width: Double = 1) {
        text += "<line x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" x2=\"\(Self.number(x2))\""
        text += " y2=\"\(Self.number(y2))\" stroke=\"\(stroke)\" stroke-width=\"\(Self.number(width))\"/>\n"
    }

    /// A line through points; `dashes` as in SVG, none where empty. `title` is what a pointer over it shows.
    mutating func path(_ points: [(x: Double, y: Double)], stroke: String, dashes: String, title: String) {
        guard !points.isEmpty else { return }
        var command = "M"
        text += "<path fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"2\" stroke-linejoin=\"round\""
        if !dashes.isEmpty { text += " stroke-dasharray=\"\(dashes)\"" }
        text += " d=\""
        for point in points {
            text += "\(command)\(Self.number(point.x)) \(Self.number(point.y))"
            command = "L"
        }
        text += "\"><title>\(Self.escaped(title))</title></path>\n"
    }

    /// At most one decimal, and none where it is zero.
    static func number(_ value: Double) -> String {
        let text = Figures.fixed(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n": result += " "
            // XML has no other control characters, not even escaped.
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
