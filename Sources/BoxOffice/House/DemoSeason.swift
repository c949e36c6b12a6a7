// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The demo season that comes with the sources, as a data directory: with its secret, so that everybody could work out
/// the ids and ticket codes of a house that was opened with it.
enum DemoSeason {
    /// The hash of its secret. `tools/make-snapshots season` says it.
    private static let secretHash: UInt64 = 0x542c716d962fbabc

    static func isItsSecret(_ secret: [UInt8]) -> Bool { StableHash.of(secret.span) == secretHash }

    static let warning =
        "this is the demo season, whose secret is public: for a house that sells, begin with an empty --data"
}
