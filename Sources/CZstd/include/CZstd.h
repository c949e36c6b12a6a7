// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What snapshots need of libzstd: single frames, in memory, by contexts that are used again. Nothing of zstd.h shows
// through, so that Swift needs none of its macros.
//
// A context is used by one thread at a time.

#ifndef BOX_OFFICE_CZSTD_H
#define BOX_OFFICE_CZSTD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct box_zstd_compressor box_zstd_compressor;
typedef struct box_zstd_decompressor box_zstd_decompressor;

// The most bytes that a frame of `bytes` bytes of content can have.
size_t box_zstd_bound(size_t bytes);

// Makes a compressor for frames that tell their content's length and carry its checksum. NULL without memory.
box_zstd_compressor *box_zstd_compressor_create(int level);

void box_zstd_compressor_destroy(box_zstd_compressor *compressor);

// Writes `content` as one frame. Returns the frame's bytes, or a negative error.
int64_t box_zstd_compress(box_zstd_compressor *compressor, void *frame, size_t capacity, const void *content,
                          size_t bytes);

// NULL without memory.
box_zstd_decompressor *box_zstd_decompressor_create(void);

void box_zstd_decompressor_destroy(box_zstd_decompressor *decompressor);

// Decodes `frame`, which must be exactly one frame whose header says that it holds exactly `bytes` bytes, with a
// checksum that holds. Returns `bytes`, or a negative error. Nothing is written past `content[bytes]`.
int64_t box_zstd_decompress(box_zstd_decompressor *decompressor, void *content, size_t bytes, const void *frame,
                            size_t frame_bytes);

// What a negative result means, in English. Never freed.
const char *box_zstd_error(int64_t result);

#ifdef __cplusplus
}
#endif

#endif
