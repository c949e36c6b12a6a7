// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The writer's side of the index: changes are gathered, then published at once.
///
/// Every method may be called from any thread; they wait for each other, never for a reader.
public final class SearchIndex: Sendable {
    public init() {}

    /// Adds the document, or puts it in the place of the one with its number. Visible after ``publish()``.
    public func update(_ document: SearchDocument) {}

    /// Takes the document with this number out. Visible after ``publish()``; a number that is not there is ignored.
    public func remove(_ number: UInt32) {}

    /// Forgets every document. Visible after ``publish()``.
    public func removeAll() {}

    /// Makes all changes so far visible: a reader's query that begins after this returns sees them.
    public func publish() {}

    /// Whether ``merge()`` has something to do.
    public var isMergeDue: Bool { false }

    /// Joins small parts of the index into larger ones, for the host to call on a thread of its own when
    /// ``isMergeDue``. Neither writers nor readers wait for it. Returns whether anything was merged.
    @discardableResult
    public func merge() -> Bool { false }

    /// Documents that are published.
    public var count: Int { 0 }

    /// A reader of this index. Make one for each event loop or thread.
    public func makeReader() -> SearchReader { SearchReader(index: self) }
}
