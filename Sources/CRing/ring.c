// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

#define _GNU_SOURCE
#include "CRing.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __has_include
#if __has_include(<linux/stat.h>)
#include <linux/stat.h>
#endif
#endif

struct box_ring {
    struct io_uring ring;
    // Operations started or prepared and not yet reaped: destroying waits for them, for the kernel writes from and to
    // memory that is freed afterwards.
    unsigned pending;
};

// The token of cancelling all; no caller uses it.
static const uint64_t cancel_token = UINT64_MAX - 1;

static int create(unsigned entries, struct io_uring *ring) {
    static const unsigned flags[] = {
        // One thread submits, and completions run when it asks for them: no interrupts of a busy thread.
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
        0,
    };
    int result = -EINVAL;
    for (size_t choice = 0; choice < sizeof flags / sizeof *flags; choice++) {
        result = io_uring_queue_init(entries, ring, flags[choice]);
        if (result != -EINVAL) return result;
    }
    return result;
}

int box_ring_probe(void) {
    struct io_uring ring;
    int result = create(2, &ring);
    if (result < 0) return result;
    // Waiting with a timeout needs no operation of its own from here on (5.11).
    result = ring.features & IORING_FEAT_EXT_ARG ? 0 : -ENOSYS;
    io_uring_queue_exit(&ring);
    return result;
}

int box_ring_create(unsigned entries, box_ring **out) {
    box_ring *ring = calloc(1, sizeof *ring);
    if (!ring) return -ENOMEM;
    int result = create(entries, &ring->ring);
    if (result >= 0 && !(ring->ring.features & IORING_FEAT_EXT_ARG)) {
        io_uring_queue_exit(&ring->ring);
        result = -ENOSYS;
    }
    if (result < 0) {
        free(ring);
        return result;
    }
    *out = ring;
    return 0;
}

void box_ring_destroy(box_ring *ring) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);
    if (sqe && ring->pending > 0) {
        io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY);
        io_uring_sqe_set_data64(sqe, cancel_token);
        while (ring->pending > 0) {
            if (box_ring_wait(ring, 1000000000) < 0) break;
            box_ring_completion ignored[16];
            box_ring_reap(ring, ignored, 16);
        }
    }
    io_uring_queue_exit(&ring->ring);
    free(ring);
}

static struct io_uring_sqe *take_sqe(box_ring *ring) {
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);
    if (!sqe) {
        io_uring_submit(&ring->ring);
        sqe = io_uring_get_sqe(&ring->ring);
    }
    if (sqe) ring->pending++;
    return sqe;
}

int box_ring_write(box_ring *ring, int file, const void *memory, unsigned bytes, uint64_t offset, uint64_t token) {
    struct io_uring_sqe *sqe = take_sqe(ring);
    if (!sqe) return -EBUSY;
    io_uring_prep_write(sqe, file, memory, bytes, offset);
    io_uring_sqe_set_data64(sqe, token);
    return 0;
}

int box_ring_read_wake(box_ring *ring, int eventfd, uint64_t *value, uint64_t token) {
    struct io_uring_sqe *sqe = take_sqe(ring);
    if (!sqe) return -EBUSY;
    io_uring_prep_read(sqe, eventfd, value, sizeof *value, 0);
    io_uring_sqe_set_data64(sqe, token);
    return 0;
}

unsigned box_ring_prepared(const box_ring *ring) {
    return io_uring_sq_ready(&ring->ring);
}

// A signal or a full completion queue is no failure: what could not be started now is started by the next call.
static int is_passing(int result) {
    return result == -EINTR || result == -EAGAIN || result == -EBUSY || result == -ETIME;
}

int box_ring_submit(box_ring *ring) {
    int result = io_uring_submit(&ring->ring);
    return result < 0 && !is_passing(result) ? result : 0;
}

int box_ring_wait(box_ring *ring, int64_t nanoseconds) {
    int result;
    if (nanoseconds < 0) {
        result = io_uring_submit_and_wait(&ring->ring, 1);
    } else {
        struct __kernel_timespec time = {
            .tv_sec = nanoseconds / 1000000000,
            .tv_nsec = nanoseconds % 1000000000,
        };
        struct io_uring_cqe *cqe;
        result = io_uring_submit_and_wait_timeout(&ring->ring, &cqe, 1, &time, NULL);
    }
    return result < 0 && !is_passing(result) ? result : 0;
}

unsigned box_ring_reap(box_ring *ring, box_ring_completion *completions, unsigned count) {
    unsigned taken = 0;
    while (taken < count) {
        struct io_uring_cqe *cqe;
        // Enters the kernel only where it has said that completions wait to be run.
        if (io_uring_peek_cqe(&ring->ring, &cqe) != 0) break;
        uint64_t token = io_uring_cqe_get_data64(cqe);
        int32_t result = cqe->res;
        io_uring_cqe_seen(&ring->ring, cqe);
        if (token == cancel_token) continue;
        ring->pending--;
        completions[taken].token = token;
        completions[taken].result = result;
        taken++;
    }
    return taken;
}

int box_eventfd(void) {
    int file = eventfd(0, EFD_CLOEXEC);
    return file < 0 ? -errno : file;
}

void box_eventfd_signal(int eventfd) {
    uint64_t one = 1;
    while (write(eventfd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void box_eventfd_await(int eventfd) {
    uint64_t value;
    while (read(eventfd, &value, sizeof value) < 0 && errno == EINTR) {
    }
}

int box_wait_for_wake(int eventfd, int64_t nanoseconds) {
    struct pollfd wanted = {.fd = eventfd, .events = POLLIN};
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int result = ppoll(&wanted, 1, nanoseconds < 0 ? NULL : &time, NULL);
    if (result < 0) return is_passing(-errno) ? 0 : -errno;
    if (result > 0) {
        uint64_t value;
        if (read(eventfd, &value, sizeof value) < 0 && !is_passing(-errno)) return -errno;
    }
    return 0;
}

int box_open_direct(int directory, const char *name) {
    int file = openat(directory, name, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
    return file < 0 ? -errno : file;
}

int box_write_directly(int file) {
    int flags = fcntl(file, F_GETFL);
    return flags < 0 || fcntl(file, F_SETFL, flags | O_DIRECT) != 0 ? -errno : 0;
}

unsigned box_direct_alignment(int file) {
#if defined(STATX_DIOALIGN) && defined(SYS_statx)
    struct statx status = {0};
    if (syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return 0;
    if (!(status.stx_mask & STATX_DIOALIGN)) return 0;
    unsigned memory = status.stx_dio_mem_align;
    unsigned offset = status.stx_dio_offset_align;
    return memory > offset ? memory : offset;
#else
    (void)file;
    return 0;
#endif
}
