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
    struct Stamp: Equatable {
        let event: PublishedEvent
        /// The event's ``PublishedEvent/stamp``.
        let changes: UInt64
        /// The house's `catalogueStamp`.
        let catalogue: UInt64

        static func == (left: Stamp, right: Stamp) -> Bool {
            left.event === right.event && left.changes == right.changes && left.catalogue == right.catalogue
        }
    }

    // A place for each event that has a view, in columns: looking one up copies no more than the view's own reference.
    private var places: [UInt32: Int] = [:]
    private var stamps: [Stamp] = []
    private var texts: [[UInt8]] = []
    private var jsons: [[UInt8]] = []
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
        guard let place = places[event.number], stamps[place].event === event,
            stamps[place].changes == event.stamp, stamps[place].catalogue == catalogue
        else { return nil }
        let view = asJSON ? jsons[place] : texts[place]
        return view.isEmpty ? nil : view
    }

    mutating func keep(_ view: [UInt8], of stamp: Stamp, asJSON: Bool) {
        guard view.count <= bytesMax else { return }
        if bytes + view.count > bytesMax { forgetAll() }
        let place = places[stamp.event.number] ?? stamps.count
        if place == stamps.count {
            places[stamp.event.number] = place
            stamps.append(stamp)
            texts.append([])
            jsons.append([])
        }
        bytes -= texts[place].count + jsons[place].count
        if stamps[place] != stamp {
            stamps[place] = stamp
            texts[place] = []
            jsons[place] = []
        }
        if asJSON { jsons[place] = view } else { texts[place] = view }
        bytes += texts[place].count + jsons[place].count
    }

    private mutating func forgetAll() {
        places.removeAll(keepingCapacity: true)
        stamps.removeAll(keepingCapacity: true)
        texts.removeAll(keepingCapacity: true)
        jsons.removeAll(keepingCapacity: true)
        bytes = 0
    }
}

extension Desk {
    /// The bytes of a plain `VIEW event`, where they are known.
    func cachedView(_ request: Request, asJSON: Bool) -> [UInt8]? {
        reader.refresh()
        guard let event = reader.visibleEvent(.event, of: request, in: scratch) else { return nil }
        return views.find(
            event, catalogue: house.published.catalogueStamp.load(ordering: .acquiring), asJSON: asJSON)
    }

    /// Keeps the view that was rendered last.
    func keepView(_ view: [UInt8], asJSON: Bool) {
        if let stamp = looks.stampOfView { views.keep(view, of: stamp, asJSON: asJSON) }
    }
}
