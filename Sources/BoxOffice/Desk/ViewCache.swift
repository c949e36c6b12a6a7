// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import Synchronization
internal import Ticketing

/// Views as they were last rendered, kept until their event changes: when a popular event opens, most look at the same
/// few thousand bytes between two bookings.
///
/// It belongs to one desk, so nothing in it is shared. A view is good while the event is the same object, nothing of it
/// has changed, and no venue or performer was renamed. It is found again only for the plain form, `VIEW event`, without a
/// tag.
struct ViewCache: ~Copyable {
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

    // A place for each event that has a view, in columns: looking one up copies no reference.
    /// By an event's number: its place + 1, or 0 where it has none. As long as the greatest number that was looked at.
    private var places: [UInt32] = []
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

    /// Appends the view of an event to `output`, if it is still what would be rendered. Returns whether it was.
    ///
    /// - Complexity: O(bytes of the view).
    func append(_ event: PublishedEvent, catalogue: UInt64, asJSON: Bool, to output: inout [UInt8]) -> Bool {
        let number = Int(event.number)
        guard number < places.count, places[number] > 0 else { return false }
        let place = Int(places[number]) - 1
        guard stamps[place].event === event,
            stamps[place].changes == event.stamp, stamps[place].catalogue == catalogue
        else { return false }
        let before = output.count
        if asJSON { output.append(contentsOf: jsons[place]) } else { output.append(contentsOf: texts[place]) }
        return output.count > before
    }

    mutating func keep(_ view: [UInt8], of stamp: Stamp, asJSON: Bool) {
        guard view.count <= bytesMax else { return }
        if bytes + view.count > bytesMax { forgetAll() }
        let number = Int(stamp.event.number)
        if number >= places.count { places.append(contentsOf: repeatElement(0, count: number + 1 - places.count)) }
        var place = Int(places[number]) - 1
        if place < 0 {
            place = stamps.count
            places[number] = UInt32(place + 1)
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
        for stamp in stamps { places[Int(stamp.event.number)] = 0 }
        stamps.removeAll(keepingCapacity: true)
        texts.removeAll(keepingCapacity: true)
        jsons.removeAll(keepingCapacity: true)
        bytes = 0
    }
}

extension Desk {
    /// Appends what a plain `VIEW event` is answered with, where it is known. Returns whether it was.
    func appendCachedView(_ request: Request, asJSON: Bool, to output: inout [UInt8]) -> Bool {
        reader.refresh()
        guard let event = reader.visibleEvent(.event, of: request, in: scratch) else { return false }
        let catalogue = reader.house.catalogueStamp.load(ordering: .acquiring)
        return views.append(event, catalogue: catalogue, asJSON: asJSON, to: &output)
    }

    /// Keeps the view that was rendered last.
    func keepView(_ view: [UInt8], asJSON: Bool) {
        if let stamp = looks.stampOfView { views.keep(view, of: stamp, asJSON: asJSON) }
    }
}
