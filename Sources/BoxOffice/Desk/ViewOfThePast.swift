// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import LineProtocol
package import Ticketing

/// An event as `VIEW` would have shown it, from states that no daemon serves: those that replay came to.
package enum ViewOfThePast {
    /// The lines of `VIEW`, in text or JSON.
    ///
    /// - Parameters:
    ///   - event: the event's id.
    ///   - ledger: what the ledger of its shard publishes of it.
    ///   - catalogue: what the catalogue publishes.
    package static func lines(
        of event: String, ledger: Effects, catalogue: Effects, asJSON: Bool
    ) -> [String] {
        let published = PublishedHouse(clock: SystemClock())
        var none: [PublishedEvent?] = []
        published.publish(catalogue, shard: -1, events: &none)
        var events: [PublishedEvent?] = []
        published.publish(ledger, shard: 0, events: &events)
        let reader = HouseReader(house: published)
        reader.refresh()
        var looks = Looks(reader: reader)

        let batch = RequestBatch()
        batch.text.append(contentsOf: event.utf8)
        batch.arguments.append(
            ArgumentSlot(
                argument: .event, text: TextRange(offset: 0, length: UInt32(truncatingIfNeeded: event.utf8.count)),
                value: 0))
        var request = Request(client: 0, ticket: 0, verb: .view, role: .operator)
        request.argumentCount = 1
        var reply = ReplyWriter()
        reply.begin(client: 0, ticket: 0)
        looks.view(request, in: batch, to: &reply)
        reply.end()
        let body = reply.span.extracting(reply.bodyRange)
        var rendered: [UInt8] = []
        if asJSON {
            JSONRenderer.render(body, tag: .none, to: &rendered)
        } else {
            TextRenderer.render(body, tag: .none, to: &rendered)
        }
        return String(decoding: rendered, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
