// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Compilers build for the oldest processors there are, which cannot count bits. All that are in use can: so this is built
// for both, and asks.

#include "CPrefetch.h"

static inline __attribute__((always_inline)) size_t count_bits(
    const uint64_t *words, const uint64_t *summary, size_t summary_count) {
    size_t count = 0;
    for (size_t index = 0; index < summary_count; index++) {
        for (uint64_t rest = summary[index]; rest != 0; rest &= rest - 1) {
            const uint64_t *block = words + ((index << 6 | (size_t)__builtin_ctzll(rest)) << 3);
            for (int word = 0; word < 8; word++) count += (size_t)__builtin_popcountll(block[word]);
        }
    }
    return count;
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static size_t count_bits_at_once(
    const uint64_t *words, const uint64_t *summary, size_t summary_count) {
    return count_bits(words, summary, summary_count);
}
#endif

size_t box_office_count_bits(const uint64_t *words, const uint64_t *summary, size_t summary_count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("popcnt")) return count_bits_at_once(words, summary, summary_count);
#endif
    return count_bits(words, summary, summary_count);
}
