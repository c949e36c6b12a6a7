// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
//
// Latencies in nanoseconds, counted in buckets that are at most 1/64 of their value wide.

#include <stdint.h>

enum { subBits = 6, bucketCount = (64 - subBits) << subBits };

typedef struct {
    uint64_t buckets[bucketCount], count, slowest;
} Histogram;

static int bucketOf(uint64_t value) {
    if (value < (1u << subBits)) return (int)value;
    int magnitude = 63 - __builtin_clzll(value) - subBits;
    return ((magnitude + 1) << subBits) + (int)((value >> magnitude) & ((1u << subBits) - 1));
}

static uint64_t valueOf(int bucket) {
    int magnitude = (bucket >> subBits) - 1;
    if (magnitude < 0) return (uint64_t)bucket;
    return ((uint64_t)((1 << subBits) | (bucket & ((1 << subBits) - 1))) << magnitude);
}

static void histogramAdd(Histogram *histogram, uint64_t nanoseconds) {
    histogram->count++;
    histogram->buckets[bucketOf(nanoseconds)]++;
    if (nanoseconds > histogram->slowest) histogram->slowest = nanoseconds;
}

/// What so great a share of all was quicker than.
static double histogramMicroseconds(const Histogram *histogram, double share) {
    uint64_t due = (uint64_t)(share * (double)histogram->count), seen = 0;
    for (int bucket = 0; bucket < bucketCount; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen > due) return (double)valueOf(bucket) / 1000;
    }
    return (double)histogram->slowest / 1000;
}
