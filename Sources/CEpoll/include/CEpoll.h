// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// What the load generator needs of epoll, which Swift's Glibc module does not show: one set of sockets, each with a
// number that comes back with what is ready on it, and a wait that counts in nanoseconds.
//
// Functions return -1 and set errno where they fail.

#ifndef BOX_OFFICE_CEPOLL_H
#define BOX_OFFICE_CEPOLL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint32_t number;    // as given to box_epoll_add
    uint8_t is_readable;  // there are bytes, the end or an error to read
    uint8_t is_writable;
} box_epoll_ready;

// Opens a set. A thread that waits in it is woken as exactly as the kernel can: without the 50 µs of slack that it takes
// otherwise.
int box_epoll_open(void);

// Adds a socket to be read from and, where asked for, to be written to.
int box_epoll_add(int set, int socket, uint32_t number, int writes);

// Says anew whether a socket is to be written to.
int box_epoll_change(int set, int socket, uint32_t number, int writes);

// Waits until a socket is ready or the time is up (negative: without end), and returns how many of `ready` it filled; 0
// too when a signal came.
int box_epoll_wait(int set, box_epoll_ready *ready, int ready_max, int64_t nanoseconds);

#ifdef __cplusplus
}
#endif

#endif
