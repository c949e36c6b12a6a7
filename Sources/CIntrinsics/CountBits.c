// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Compilers build for the oldest processors there are, which cannot count bits. All that are in use can: so this is built
// for both, and asks.

#include "CIntrinsics.h"

#define EACH_WAY static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define AT_ONCE __attribute__((target("popcnt"))) static
#endif

EACH_WAY size_t count_words(const uint64_t *words, size_t count) {
    size_t bits = 0;
    for (size_t word = 0; word < count; word++) bits += (size_t)__builtin_popcountll(words[word]);
    return bits;
}

EACH_WAY size_t count_blocks(const uint64_t *words, const uint64_t *summary, size_t summary_count) {
    size_t bits = 0;
    for (size_t index = 0; index < summary_count; index++) {
        for (uint64_t rest = summary[index]; rest != 0; rest &= rest - 1) {
            bits += count_words(words + ((index << 6 | (size_t)__builtin_ctzll(rest)) << 3), 8);
        }
    }
    return bits;
}

#if defined(__x86_64__)
AT_ONCE size_t count_words_at_once(const uint64_t *words, size_t count) { return count_words(words, count); }

AT_ONCE size_t count_blocks_at_once(const uint64_t *words, const uint64_t *summary, size_t summary_count) {
    return count_blocks(words, summary, summary_count);
}
#endif

size_t box_office_count_bits_of_words(const uint64_t *words, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("popcnt")) return count_words_at_once(words, count);
#endif
    return count_words(words, count);
}

size_t box_office_count_bits(const uint64_t *words, const uint64_t *summary, size_t summary_count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("popcnt")) return count_blocks_at_once(words, summary, summary_count);
#endif
    return count_blocks(words, summary, summary_count);
}
