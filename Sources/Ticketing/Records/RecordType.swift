// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The first byte of a journal record. Written in journals: never renumber, only add.
public enum RecordType {
    // MARK: In every journal (0x01–0x0F)

    /// See ``FoundingRecord``. The first of a journal, and once.
    public static let founding: UInt8 = 0x01
    /// A digest of the state, to be compared on replay.
    public static let digest: UInt8 = 0x02
    /// Everything but the founding is forgotten.
    public static let reset: UInt8 = 0x03
    /// What an idempotency key led to. See ``KeyTable``.
    public static let keyOutcome: UInt8 = 0x04
    /// Idempotency keys past their time are forgotten. See ``KeyTable``.
    public static let keysExpired: UInt8 = 0x05

    // MARK: In a shard's journal (0x10–0x3F): see the ledger

    // MARK: In the catalogue's journal (0x40–0x5F)

    public static let venueAdded: UInt8 = 0x40
    public static let venueChanged: UInt8 = 0x41
    public static let sectionAdded: UInt8 = 0x42
    public static let rowAdded: UInt8 = 0x43
    public static let areaAdded: UInt8 = 0x44
    public static let performerAdded: UInt8 = 0x48
    public static let performerChanged: UInt8 = 0x49
}
