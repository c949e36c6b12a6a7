// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

#include "CZstd.h"

#include <zstd.h>
#include <zstd_errors.h>

// Both are libzstd's own contexts under another name, so that its header need not be seen.
static ZSTD_CCtx *context_of(box_zstd_compressor *compressor) { return (ZSTD_CCtx *)compressor; }
static ZSTD_DCtx *decoder_of(box_zstd_decompressor *decompressor) { return (ZSTD_DCtx *)decompressor; }

static int64_t negative(ZSTD_ErrorCode code) { return -(int64_t)code; }

size_t box_zstd_bound(size_t bytes) { return ZSTD_compressBound(bytes); }

box_zstd_compressor *box_zstd_compressor_create(int level) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL) return NULL;
    if (ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1))) {
        ZSTD_freeCCtx(context);
        return NULL;
    }
    return (box_zstd_compressor *)context;
}

void box_zstd_compressor_destroy(box_zstd_compressor *compressor) { ZSTD_freeCCtx(context_of(compressor)); }

int64_t box_zstd_compress(box_zstd_compressor *compressor, void *frame, size_t capacity, const void *content,
                          size_t bytes) {
    size_t result = ZSTD_compress2(context_of(compressor), frame, capacity, content, bytes);
    if (ZSTD_isError(result)) return negative(ZSTD_getErrorCode(result));
    return (int64_t)result;
}

box_zstd_decompressor *box_zstd_decompressor_create(void) { return (box_zstd_decompressor *)ZSTD_createDCtx(); }

void box_zstd_decompressor_destroy(box_zstd_decompressor *decompressor) { ZSTD_freeDCtx(decoder_of(decompressor)); }

// Whether this is a frame of today's format (no older one, which libzstd may read too) that promises a checksum.
static int has_checksum(const uint8_t *frame, size_t frame_bytes) {
    return frame_bytes > 4 && frame[0] == 0x28 && frame[1] == 0xB5 && frame[2] == 0x2F && frame[3] == 0xFD &&
           (frame[4] & 0x04) != 0;
}

int64_t box_zstd_decompress(box_zstd_decompressor *decompressor, void *content, size_t bytes, const void *frame,
                            size_t frame_bytes) {
    // libzstd itself would also take several frames one after another, and frames that hold nothing.
    unsigned long long said = ZSTD_getFrameContentSize(frame, frame_bytes);
    if (said != bytes || !has_checksum(frame, frame_bytes)) return negative(ZSTD_error_corruption_detected);
    size_t length = ZSTD_findFrameCompressedSize(frame, frame_bytes);
    if (ZSTD_isError(length)) return negative(ZSTD_getErrorCode(length));
    if (length != frame_bytes) return negative(ZSTD_error_srcSize_wrong);
    size_t result = ZSTD_decompressDCtx(decoder_of(decompressor), content, bytes, frame, frame_bytes);
    if (ZSTD_isError(result)) return negative(ZSTD_getErrorCode(result));
    if (result != bytes) return negative(ZSTD_error_corruption_detected);
    return (int64_t)result;
}

const char *box_zstd_error(int64_t result) {
    return result < 0 ? ZSTD_getErrorString((ZSTD_ErrorCode)-result) : "no error";
}
