// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
//
// The wall: a server that does the least that a HOLD can be. It parses the line, looks the seats up in an array, sets
// them and answers what Box Office would, with no journal, no rules and no ids: what is left is the cost of sockets, and
// how near to it a real box office comes is what `tools/bench/peers` shows. One thread, epoll, one write a read.
//
//     cc -O2 -o wall wall.c
//     wall [--events 1] [--sections 20] [--rows 250] [--seats 50] [--prefix bench]
//
// Listens on a free port of the loopback and prints it: "READY tcp=127.0.0.1:4711". Understands
// HOLD <prefix><event> s<section>/<row>/<seat>[-<seat>], and answers OK, ERR SEAT_TAKEN or ERR BAD_SYNTAX.

#define _GNU_SOURCE  // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { readBytesMax = 1 << 16, lineBytesMax = 256, answerBytesMax = 512, eventsPerWait = 256 };

static struct {
    uint64_t events, sections, rows, seats;
    const char *prefix;
    size_t prefixLength;
} settings = {.events = 1, .sections = 20, .rows = 250, .seats = 50, .prefix = "bench"};

static uint8_t *seats;
static uint64_t holds;

typedef struct {
    int socket;
    char line[lineBytesMax];  // the beginning of a line that has not come whole
    size_t lineLength;
    char *out;
    size_t outFrom, outTo, outCapacity;
    bool waitsToWrite;
} Connection;

static uint64_t number(const char **at, const char *end) {
    uint64_t value = 0;
    while (*at < end && **at >= '0' && **at <= '9') value = value * 10 + (uint64_t)(*(*at)++ - '0');
    return value;
}

static char *decimal(char *to, uint64_t value) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (count > 0) *to++ = digits[--count];
    return to;
}

static char *text(char *to, const char *from) {
    size_t length = strlen(from);
    memcpy(to, from, length);
    return to + length;
}

/// Answers one line at `to` and returns the end of the answer.
static char *answer(char *to, const char *at, const char *end) {
    if (end > at && end[-1] == '\r') end--;
    size_t head = 5 + settings.prefixLength;
    if ((size_t)(end - at) < head || memcmp(at, "HOLD ", 5) != 0 ||
        memcmp(at + 5, settings.prefix, settings.prefixLength) != 0) return text(to, "ERR BAD_SYNTAX\n");
    at += head;
    uint64_t event = number(&at, end);
    if (end - at < 6 || at[0] != ' ' || at[1] != 's') return text(to, "ERR BAD_SYNTAX\n");
    const char *address = at += 1;
    at += 1;
    uint64_t section = number(&at, end) - 1;
    if (at < end) at++;
    uint64_t row = number(&at, end) - 1;
    if (at < end) at++;
    const char *addressEnd = at;
    uint64_t first = number(&at, end) - 1, last = first;
    if (at < end && *at == '-') {
        at++;
        last = number(&at, end) - 1;
    }
    if (at != end || event >= settings.events || section >= settings.sections || row >= settings.rows ||
        last >= settings.seats || first > last || last - first > 7) return text(to, "ERR BAD_SYNTAX\n");
    uint8_t *places = seats + ((event * settings.sections + section) * settings.rows + row) * settings.seats;
    for (uint64_t seat = first; seat <= last; seat++) {
        if (places[seat]) return text(to, "ERR SEAT_TAKEN\n");
    }
    for (uint64_t seat = first; seat <= last; seat++) places[seat] = 1;
    to = decimal(text(to, "OK hold=H"), 1000000000000u + holds++);
    to = text(to, " seats=");
    for (uint64_t seat = first; seat <= last; seat++) {
        if (seat > first) *to++ = ',';
        memcpy(to, address, (size_t)(addressEnd - address));
        to = decimal(to + (addressEnd - address), seat + 1);
    }
    to = decimal(text(to, " total="), 4500 * (last - first + 1));
    return text(to, " currency=EUR ttl=600 expires=2031-04-01T18:10:00Z\n");
}

static void flushOut(int poll, Connection *connection) {
    while (connection->outFrom < connection->outTo) {
        ssize_t count = write(connection->socket, connection->out + connection->outFrom,
            connection->outTo - connection->outFrom);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) break;  // EAGAIN, or gone, which the next read says
        connection->outFrom += (size_t)count;
    }
    if (connection->outFrom == connection->outTo) connection->outFrom = connection->outTo = 0;
    bool waits = connection->outTo > 0;
    if (waits == connection->waitsToWrite) return;
    connection->waitsToWrite = waits;
    // Nothing more is read from one who does not read.
    struct epoll_event event = {.events = waits ? EPOLLOUT : EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll, EPOLL_CTL_MOD, connection->socket, &event);
}

static void end(Connection *connection) {
    close(connection->socket);
    free(connection->out);
    free(connection);
}

static void take(int poll, Connection *connection) {
    static char input[lineBytesMax + readBytesMax];
    memcpy(input, connection->line, connection->lineLength);
    ssize_t count = read(connection->socket, input + connection->lineLength, readBytesMax);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return end(connection);
    const char *from = input, *to = input + connection->lineLength + count, *feed;
    while ((feed = memchr(from, '\n', (size_t)(to - from)))) {
        if (connection->outCapacity - connection->outTo < answerBytesMax) {
            connection->outCapacity = 2 * connection->outCapacity + answerBytesMax;
            connection->out = realloc(connection->out, connection->outCapacity);
        }
        connection->outTo = (size_t)(answer(connection->out + connection->outTo, from, feed) - connection->out);
        from = feed + 1;
    }
    connection->lineLength = (size_t)(to - from);
    if (connection->lineLength >= lineBytesMax) return end(connection);
    memcpy(connection->line, from, connection->lineLength);
    flushOut(poll, connection);
}

static int listenOnLoopback(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) {
        perror("wall: listen");
        exit(2);
    }
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("READY tcp=127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void welcome(int poll, int listener) {
    int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (socket < 0) return;
    int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Connection *connection = calloc(1, sizeof *connection);
    connection->socket = socket;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"events", 1, 0, 'e'}, {"sections", 1, 0, 'S'}, {"rows", 1, 0, 'R'}, {"seats", 1, 0, 'N'},
        {"prefix", 1, 0, 'x'}, {0, 0, 0, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'e': settings.events = strtoull(optarg, NULL, 10); break;
        case 'S': settings.sections = strtoull(optarg, NULL, 10); break;
        case 'R': settings.rows = strtoull(optarg, NULL, 10); break;
        case 'N': settings.seats = strtoull(optarg, NULL, 10); break;
        case 'x': settings.prefix = optarg; break;
        default:
            fprintf(stderr, "usage: wall [--events 1] [--sections 20] [--rows 250] [--seats 50] [--prefix bench]\n");
            return 2;
        }
    }
    settings.prefixLength = strlen(settings.prefix);
    seats = calloc(settings.events * settings.sections * settings.rows * settings.seats, 1);
    int listener = listenOnLoopback(), poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[eventsPerWait];
        int count = epoll_wait(poll, events, eventsPerWait, -1);
        for (int index = 0; index < count; index++) {
            Connection *connection = events[index].data.ptr;
            if (!connection) {
                welcome(poll, listener);
            } else if (events[index].events & EPOLLOUT) {
                flushOut(poll, connection);
            } else {
                take(poll, connection);
            }
        }
    }
}
