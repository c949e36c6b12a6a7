// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing

/// Views as they were last rendered, kept until their event changes: when a popular event opens, most look at the same
/// few thousand bytes between two bookings.
///
/// It belongs to one desk, so nothing in it is shared. A view is good while the event is the same object, nothing of it
/// has changed, and no venue or performer was renamed. It is found again only for the plain form, `VIEW event`, without a
/// tag.
struct ViewCache {
    /// What a view was rendered from.
    struct Stamp {
        let event: PublishedEvent
        /// The event's ``PublishedEvent/stamp``.
        let changes: UInt64
        /// The house's `catalogueStamp`.
        let catalogue: UInt64
    }

    private struct Entry {
        var stamp: Stamp
        var text: [UInt8] = []
        var json: [UInt8] = []
    }

    private var entries: [UInt32: Entry] = [:]
    private(set) var bytes = 0
    private let bytesMax: Int

    /// - Parameter bytesMax: What all views together may take; past it all are forgotten, and the hot ones are back with
    ///   the next look.
    init(bytesMax: Int = Limits.viewCacheBytesMax) {
        self.bytesMax = bytesMax
    }

    /// The view of an event, if it is still what would be rendered.
    ///
    /// - Complexity: O(1).
    func find(_ event: PublishedEvent, catalogue: UInt64, asJSON: Bool) -> [UInt8]? {
        guard let entry = entries[event.number], entry.stamp.event === event, entry.stamp.catalogue == catalogue,
            entry.stamp.changes == event.stamp
        else { return nil }
        let view = asJSON ? entry.json : entry.text
        return view.isEmpty ? nil : view
    }

    mutating func keep(_ view: [UInt8], of stamp: Stamp, asJSON: Bool) {
        guard view.count <= bytesMax else { return }
        if bytes + view.count > bytesMax {
            entries.removeAll(keepingCapacity: true)
            bytes = 0
        }
        let number = stamp.event.number
        var entry = entries[number] ?? Entry(stamp: stamp)
        bytes -= entry.text.count + entry.json.count
        if entry.stamp.event !== stamp.event || entry.stamp.changes != stamp.changes
            || entry.stamp.catalogue != stamp.catalogue
        {
            entry = Entry(stamp: stamp)
        }
        if asJSON { entry.json = view } else { entry.text = view }
        bytes += entry.text.count + entry.json.count
        entries[number] = entry
    }
}

extension Desk {
    /// The bytes of a plain `VIEW event`, where they are known.
    func cachedView(_ request: Request, asJSON: Bool) -> [UInt8]? {
        reader.refresh()
        guard let event = looks.visibleEvent(.event, of: request, in: scratch) else { return nil }
        return views.find(
            event, catalogue: house.published.catalogueStamp.load(ordering: .acquiring), asJSON: asJSON)
    }

    /// Keeps the view that was rendered last.
    func keepView(_ view: [UInt8], asJSON: Bool) {
        if let stamp = looks.stampOfView { views.keep(view, of: stamp, asJSON: asJSON) }
    }
}
