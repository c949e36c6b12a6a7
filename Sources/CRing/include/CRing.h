// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// One io_uring and what a shard's thread does with it: durable writes, and sleep that an eventfd ends. Nothing of
// liburing shows through, so that Swift needs none of its macros.
//
// A ring belongs to one thread, the one that created it. Functions return 0 (or a count) or a negative errno.

#ifndef BOX_OFFICE_CRING_H
#define BOX_OFFICE_CRING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct box_ring box_ring;

// What a ring finished: the number that the operation was started with, and bytes or a negative errno.
typedef struct box_ring_completion {
    uint64_t token;
    int32_t result;
} box_ring_completion;

// Whether io_uring may be used at all: 0, or -EPERM, -ENOSYS, -ENOMEM and the like.
int box_ring_probe(void);

// Makes a ring of `entries` operations for the calling thread, with the flags for one submitting thread that runs its
// own completions where the kernel has them, and without where not.
int box_ring_create(unsigned entries, box_ring **ring);

// Cancels what is under way, waits for its end, and frees the ring.
void box_ring_destroy(box_ring *ring);

// Prepares a write, to be started by the next submit or wait. -EBUSY where the queue is full even after a submit.
int box_ring_write(box_ring *ring, int file, const void *memory, unsigned bytes, uint64_t offset, uint64_t token);

// Prepares a read of the 8 bytes of an eventfd: it completes when somebody writes to it.
int box_ring_read_wake(box_ring *ring, int eventfd, uint64_t *value, uint64_t token);

// How many operations are prepared and not yet started.
unsigned box_ring_prepared(const box_ring *ring);

// Starts what is prepared, without waiting.
int box_ring_submit(box_ring *ring);

// Starts what is prepared and sleeps until something completes or `nanoseconds` have gone by; negative is for ever.
// Returns 0 also when the time is up or a signal came.
int box_ring_wait(box_ring *ring, int64_t nanoseconds);

// Takes up to `count` completions, without waiting. Returns how many.
unsigned box_ring_reap(box_ring *ring, box_ring_completion *completions, unsigned count);

// Makes an eventfd. Returns the descriptor or a negative errno.
int box_eventfd(void);

// Adds one to an eventfd, which ends the sleep of whoever waits for it.
void box_eventfd_signal(int eventfd);

// Waits until an eventfd is signalled and resets it.
void box_eventfd_await(int eventfd);

// Sleeps without a ring, until somebody writes to the eventfd (which is then read) or `nanoseconds` have gone by;
// negative is for ever. Returns 0 also when the time is up or a signal came.
int box_wait_for_wake(int eventfd, int64_t nanoseconds);

// Opens a file of a directory for writes that go past the page cache and are durable when they complete.
// Returns the descriptor or a negative errno.
int box_open_direct(int directory, const char *name);

// Has the writes to an open file go past the page cache from now on. Returns 0 or a negative errno.
int box_write_directly(int file);

// The alignment in bytes that such writes to `file` need, or 0 where the kernel does not say.
unsigned box_direct_alignment(int file);

#ifdef __cplusplus
}
#endif

#endif
