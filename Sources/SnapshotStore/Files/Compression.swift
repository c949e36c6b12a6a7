// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

internal import CZstd
internal import Journal

/// Compresses frame after frame with one context, whose memory depends on the level alone.
struct Compressor: ~Copyable {
    private let context: OpaquePointer

    /// - Throws: `ENOMEM`.
    init(level: Int) throws(StorageError) {
        guard let context = box_zstd_compressor_create(Int32(level)) else {
            throw StorageError(.start, "compression", errno: 12)
        }
        self.context = context
    }

    deinit { box_zstd_compressor_destroy(context) }

    /// The most bytes that so many can become.
    static func bound(_ bytes: Int) -> Int { box_zstd_bound(bytes) }

    /// Writes `content` as one zstd frame to the front of `memory`. Returns its bytes, or what is wrong.
    func compress(
        _ content: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
    ) -> Result<Int, CompressionFailure> {
        let result = box_zstd_compress(
            context, memory.baseAddress, memory.count, content.baseAddress, content.count)
        return result > 0 ? .success(Int(result)) : .failure(CompressionFailure(code: result))
    }
}

/// Decompresses frame after frame with one context.
struct Decompressor: ~Copyable {
    private let context: OpaquePointer

    /// - Throws: `ENOMEM`.
    init() throws(StorageError) {
        guard let context = box_zstd_decompressor_create() else {
            throw StorageError(.start, "decompression", errno: 12)
        }
        self.context = context
    }

    deinit { box_zstd_decompressor_destroy(context) }

    /// Fills all of `content` from one zstd frame. Returns whether the frame holds just that, checksum and all.
    func decompress(_ frame: UnsafeRawBufferPointer, into content: UnsafeMutableRawBufferPointer) -> Bool {
        box_zstd_decompress(context, content.baseAddress, content.count, frame.baseAddress, frame.count)
            == Int64(content.count)
    }
}

/// What zstd said.
struct CompressionFailure: Error {
    var code: Int64

    var reason: String { box_zstd_error(code).map { String(cString: $0) } ?? "error \(code)" }
}
