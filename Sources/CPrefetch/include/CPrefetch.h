// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// The processor's hint that memory will be needed, which Swift has no name for. It never waits and never faults.

#ifndef BOXOFFICE_CPREFETCH_H
#define BOXOFFICE_CPREFETCH_H

/// Fetches the cache line of an address that will be read, and probably written, soon.
static inline __attribute__((always_inline)) void box_office_prefetch(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

/// Fetches the cache line of an address that will only be read soon: other cores keep theirs.
static inline __attribute__((always_inline)) void box_office_prefetch_read(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

#endif
