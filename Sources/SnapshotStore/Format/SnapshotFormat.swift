// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// The format of snapshots and their manifest, version 1, written down so that another program could read it.
///
/// All integers are little-endian. Checksums named CRC32C are Castagnoli's (reflected, initial value and final xor all
/// ones), as in the journal. Nothing is aligned or padded.
///
/// **A snapshot** is a file `<sequence>.snapshot` beside the segments of the journal that it belongs to, the sequence in
/// 20 decimal digits: the state after all records of that journal's blocks up to this one. `<sequence>.snapshot.new` is
/// one that is being written. What the frames hold, put one behind the other, is up to the program that wrote it and
/// told by kind and content version.
///
/// The file is a header, frames one behind the other, and a footer, which ends the file.
///
/// | header | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | `BXSN` |
/// | 4 | 4 | CRC32C of bytes 8 ..< 64 |
/// | 8 | 2 | format version: 1 |
/// | 10 | 2 | version of the content |
/// | 12 | 4 | kind of the content |
/// | 16 | 16 | id of the journal: two integers of 8, the high half first, as in the journal's own headers |
/// | 32 | 8 | sequence, as in the name |
/// | 40 | 8 | time at which the state was captured, in milliseconds since 1970, signed |
/// | 48 | 16 | zeros |
///
/// | frame | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | `BXFR` |
/// | 4 | 4 | CRC32C of this frame from byte 8 to its end |
/// | 8 | 4 | number of the frame: 0, 1, 2, … |
/// | 12 | 4 | c, bytes of compressed content: 1 ... 263,168 |
/// | 16 | 4 | bytes of decoded content: 1 ... 262,144 |
/// | 20 | c | one zstd frame (RFC 8878) that tells its content's size and carries its checksum, without a dictionary |
///
/// | footer | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | `BXSE` |
/// | 4 | 4 | CRC32C of bytes 8 ..< 64 |
/// | 8 | 8 | sequence, as in the header |
/// | 16 | 8 | digest of the state, as the writer computes it |
/// | 24 | 8 | count of frames |
/// | 32 | 8 | bytes of compressed content in all frames, their headers not counted |
/// | 40 | 8 | bytes of decoded content in all frames |
/// | 48 | 4 | CRC32C of the first 20 bytes of all frames, one behind the other |
/// | 52 | 4 | the header's bytes 4 ..< 8 |
/// | 56 | 8 | bytes of the whole file |
///
/// Bytes 4 ..< 8 of the footer thus stand for the whole file: they change with any byte of it.
///
/// **The manifest** is a file `manifest` that names the snapshots that are kept, newest first; a snapshot that it does
/// not name was never promoted or is no longer wanted. `manifest.new` is one that is being written.
///
/// | manifest | bytes | |
/// | --- | --- | --- |
/// | 0 | 4 | `BXMF` |
/// | 4 | 4 | CRC32C from byte 8 to the end |
/// | 8 | 2 | format version: 1 |
/// | 10 | 2 | n, count of snapshots: at most 64 |
/// | 12 | 4 | kind of their content |
/// | 16 | 16 | id of the journal |
/// | 32 | n × 64 | the snapshots, their sequences falling; nothing follows |
///
/// | snapshot in it | bytes | |
/// | --- | --- | --- |
/// | 0 | 8 | sequence |
/// | 8 | 8 | time, as in its header |
/// | 16 | 8 | bytes of the file |
/// | 24 | 8 | count of frames |
/// | 32 | 8 | bytes of compressed content |
/// | 40 | 8 | bytes of decoded content |
/// | 48 | 8 | digest of the state |
/// | 56 | 4 | its footer's bytes 4 ..< 8 |
/// | 60 | 2 | version of the content |
/// | 62 | 2 | zeros |
///
/// A later version keeps bytes 0 ..< 48 of the header and 0 ..< 32 of the manifest in place, and what the two checksums
/// there cover, so that an older program can tell "newer" from "rotten".
public enum SnapshotFormat {
    /// The version that this code writes. It reads this one and refuses newer ones.
    public static let version: UInt16 = 1
    /// The name of the manifest.
    public static let manifestName = "manifest"
    /// Bytes of the header.
    public static let headerBytes = 64
    /// Bytes before the content of each frame.
    public static let frameHeaderBytes = 20
    /// Bytes of the footer.
    public static let footerBytes = 64
    /// The most bytes that a frame holds, decoded.
    public static let frameBytesMax = 262_144
    /// The most bytes that a frame's content may have compressed: what zstd makes of the most that cannot be compressed.
    public static let compressedBytesMax = 263_168
    /// Bytes of a snapshot that is being written after which what there is of it is synced.
    static let syncBytes = 4 << 20
    /// The most snapshots that a manifest names.
    public static let generationsMax = 64
    /// The levels of compression that a writer takes. Higher ones want more memory than they are worth here.
    public static let levels = -7...12

    static let headerMagic: UInt32 = 0x4E53_5842  // "BXSN"
    static let frameMagic: UInt32 = 0x5246_5842  // "BXFR"
    static let footerMagic: UInt32 = 0x4553_5842  // "BXSE"
    static let manifestMagic: UInt32 = 0x464D_5842  // "BXMF"
    static let manifestHeaderBytes = 32
    static let manifestEntryBytes = 64
    static let manifestBytesMax = manifestHeaderBytes + generationsMax * manifestEntryBytes

    private static let nameEnd = ".snapshot"
    private static let temporaryEnd = ".new"
    private static let digits = 20

    /// `00000000000000000120.snapshot` for 120.
    public static func snapshotName(_ sequence: UInt64) -> String {
        let number = String(sequence)
        return String(repeating: "0", count: max(0, digits - number.utf8.count)) + number + nameEnd
    }

    /// The sequence in a snapshot's file name, or nil where `name` is none.
    public static func sequence(ofName name: String) -> UInt64? {
        guard name.utf8.count == digits + nameEnd.utf8.count, name.hasSuffix(nameEnd) else { return nil }
        let number = name.utf8.prefix(digits)
        guard number.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return UInt64(name.prefix(digits))
    }

    /// The name under which a file is written before it gets its own.
    public static func temporaryName(of name: String) -> String { name + temporaryEnd }

    /// Whether `name` is that of a snapshot or manifest that was being written.
    public static func isTemporaryName(_ name: String) -> Bool {
        guard name.hasSuffix(temporaryEnd) else { return false }
        let own = String(name.dropLast(temporaryEnd.utf8.count))
        return own == manifestName || sequence(ofName: own) != nil
    }

    /// The sequence in a snapshot's name or in its temporary name.
    static func sequence(ofAnyName name: String) -> UInt64? {
        sequence(ofName: name.hasSuffix(temporaryEnd) ? String(name.dropLast(temporaryEnd.utf8.count)) : name)
    }
}
