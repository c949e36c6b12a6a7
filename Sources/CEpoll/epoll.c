// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

#define _GNU_SOURCE
#include "CEpoll.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { events_max = 256 };

int box_epoll_open(void) {
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    return epoll_create1(EPOLL_CLOEXEC);
}

static int control(int set, int operation, int socket, uint32_t number, int writes) {
    struct epoll_event event = {.events = EPOLLIN | (writes ? EPOLLOUT : 0), .data.u32 = number};
    return epoll_ctl(set, operation, socket, &event);
}

int box_epoll_add(int set, int socket, uint32_t number, int writes) {
    return control(set, EPOLL_CTL_ADD, socket, number, writes);
}

int box_epoll_change(int set, int socket, uint32_t number, int writes) {
    return control(set, EPOLL_CTL_MOD, socket, number, writes);
}

static int wait_for(int set, struct epoll_event *events, int count, int64_t nanoseconds) {
    if (nanoseconds <= 0) return epoll_wait(set, events, count, nanoseconds < 0 ? -1 : 0);
#ifdef SYS_epoll_pwait2
    // The C library's own is younger than the kernel's. Kernels before 5.11 have none.
    static int is_missing;
    if (!is_missing) {
        struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
        int found = (int)syscall(SYS_epoll_pwait2, set, events, count, &time, NULL, (size_t)0);
        if (found >= 0 || errno != ENOSYS) return found;
        is_missing = 1;
    }
#endif
    int64_t milliseconds = (nanoseconds + 999999) / 1000000;
    return epoll_wait(set, events, count, milliseconds > 60000 ? 60000 : (int)milliseconds);
}

int box_epoll_wait(int set, box_epoll_ready *ready, int ready_max, int64_t nanoseconds) {
    struct epoll_event events[events_max];
    int found = wait_for(set, events, ready_max < events_max ? ready_max : events_max, nanoseconds);
    if (found < 0) return errno == EINTR ? 0 : -1;
    for (int index = 0; index < found; index++) {
        uint32_t bits = events[index].events;
        ready[index].number = events[index].data.u32;
        ready[index].is_readable = (bits & ~(uint32_t)EPOLLOUT) != 0;
        ready[index].is_writable = (bits & EPOLLOUT) != 0;
    }
    return found;
}
