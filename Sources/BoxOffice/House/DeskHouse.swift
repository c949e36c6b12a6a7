// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

package import Ticketing

/// A house as its desks see it: what is published, and a way to each shard. ``House`` is the one with threads; a test
/// rig may put a house together whose shards take their turns when told.
package protocol DeskHouse: AnyObject, Sendable {
    var shardCount: Int { get }
    /// What readers see.
    var published: PublishedHouse { get }
    /// The keys that the house's ids are encrypted with: a desk finds by them the shard that an id names.
    var issuedIDKeys: IssuedIDKeys { get }
    /// Whether the commands for tests are there.
    var isTestMode: Bool { get }
    /// Hands a parcel to a shard, or to the catalogue (the number after the last shard).
    func post(_ parcel: Parcel, to destination: Int)
}

extension House: DeskHouse {
    package var isTestMode: Bool { configuration.isTestMode }
}
