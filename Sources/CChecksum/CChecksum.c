// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

#include "CChecksum.h"

#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <nmmintrin.h>

bool box_office_has_crc32c(void) {
    unsigned int a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0;
}

__attribute__((target("sse4.2")))
uint32_t box_office_crc32c(uint32_t state, const void *bytes, size_t count) {
    const uint8_t *at = bytes;
    uint64_t wide = state;
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    state = (uint32_t)wide;
    for (; count > 0; count--) state = _mm_crc32_u8(state, *at++);
    return state;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_acle.h>
#include <sys/auxv.h>

// HWCAP_CRC32 of <asm/hwcap.h>.
bool box_office_has_crc32c(void) { return (getauxval(AT_HWCAP) & (1UL << 7)) != 0; }

__attribute__((target("crc")))
uint32_t box_office_crc32c(uint32_t state, const void *bytes, size_t count) {
    const uint8_t *at = bytes;
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        state = __crc32cd(state, word);
    }
    for (; count > 0; count--) state = __crc32cb(state, *at++);
    return state;
}

#else

bool box_office_has_crc32c(void) { return false; }

uint32_t box_office_crc32c(uint32_t state, const void *bytes, size_t count) {
    (void)state, (void)bytes, (void)count;
    __builtin_trap();
}

#endif
