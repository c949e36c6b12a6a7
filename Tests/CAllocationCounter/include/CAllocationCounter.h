// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Counts what the calling thread allocates. Linking this replaces malloc and its kin in the whole process by functions
// that count and then call the C library's own. For tests only, and for glibc only.

#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned ones) of the calling thread so far.
uint64_t box_thread_allocations(void);

/// Calls `body(context)`. It has a name that a profiler can be told: count what happens in here.
void box_counted(void (*body)(void *), void *context);

#endif
