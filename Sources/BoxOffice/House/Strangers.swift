// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol

/// Somebody's files in a directory that a house is to be put in, by founding it there or by copying one: among them
/// nothing is begun.
package enum Strangers {
    /// The first stranger by name; nil where a house is in nobody's way.
    ///
    /// Hidden files are no strangers: version control, a volume's snapshots, a file server and a desktop leave them where
    /// nobody put anything. Neither is the folder that a file system of its own comes with.
    ///
    /// - Parameter own: names that whoever asks would leave there itself.
    package static func first(among names: [String], besides own: [String] = []) -> String? {
        names.filter { !$0.hasPrefix(".") && $0 != "lost+found" && !own.contains($0) }.min()
    }

    /// A file's name as a message shows it: quoted and escaped where it holds more than a terminal should be told.
    package static func shown(_ name: String) -> String {
        var line = RequestLineWriter("")
        line.append(name)
        return String(line.text.dropFirst())
    }
}
