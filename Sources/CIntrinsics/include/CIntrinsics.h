// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What the processor can do and Swift has no name for: the hint that memory will be needed, which never waits and never
// faults; and counting bits with its own instruction where it has one.

#ifndef BOXOFFICE_CINTRINSICS_H
#define BOXOFFICE_CINTRINSICS_H

#include <stddef.h>
#include <stdint.h>

/// Fetches the cache line of an address that will be read, and probably written, soon.
static inline __attribute__((always_inline)) void box_office_prefetch(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

/// Fetches the cache line of an address that will only be read soon: other cores keep theirs.
static inline __attribute__((always_inline)) void box_office_prefetch_read(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

/// How many bits are set in so many words.
size_t box_office_count_bits_of_words(const uint64_t *words, size_t count);

/// How many bits are set in those blocks of eight words for which the summary has a bit.
size_t box_office_count_bits(const uint64_t *words, const uint64_t *summary, size_t summary_count);

#endif
