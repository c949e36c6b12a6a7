// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Whether a reader sees anything of a text. A name that nobody can see can be neither asked for nor told from another.
package enum Ink {
    /// Whether some character of `text` leaves a mark on paper: spaces, controls, and what has no width leave none.
    ///
    /// - Complexity: O(length); names end it at their first character.
    package static func isIn(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: false
            // By category, fillers are letters and variation selectors marks; braille's blank cell is a symbol.
            default: !scalar.properties.isDefaultIgnorableCodePoint && scalar != "\u{2800}"
            }
        }
    }
}
