// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
//
// A load generator in a closed loop, for Box Office and for Redis alike: one thread, epoll, C connections, each with D
// requests under way; a new request is sent for every answer read. Every request is new: a fresh seat, or a fresh key.
// Only right answers count ("OK hold=…", "+OK"); a wrong one is shown and makes the run fail.
//
//     cc -O2 -o load load.c
//     load boxoffice PORT [options]     HOLD <prefix><event> s<section>/<row>/<seat>
//     load redis PORT [options]         SET seat:<n> <n> NX EX 600
//
// Prints one line of JSON. Exit codes: 0 done, 1 wrong answers or no seats left, 2 wrong usage or no connection.

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
#include <time.h>
#include <unistd.h>

enum { readBytesMax = 1 << 18, requestBytesMax = 160 };

// Latencies in nanoseconds, in buckets of at most 1/64 of their value.
enum { subBits = 6, bucketCount = (64 - subBits) << subBits };

static struct {
    const char *host;
    int port, connections, depth;
    double warmUpSeconds, seconds;
    bool isRedis, sendsKeys;
    const char *prefix;
    uint64_t events, sections, rows, seats, first;
} settings = {
    .host = "127.0.0.1", .connections = 50, .depth = 1, .warmUpSeconds = 1, .seconds = 4, .prefix = "bench",
    .events = 1, .sections = 20, .rows = 250, .seats = 50,
};

typedef struct {
    int socket;
    uint64_t *sentAt;  // a ring of `depth` times: answers come in order
    int oldest, inFlight;
    char *out;
    size_t outFrom, outTo, outCapacity;
    char line[256];  // of an answer that is not whole yet: its beginning is enough
    size_t lineLength;
    bool waitsToWrite;
} Connection;

static uint64_t nextNumber, buckets[bucketCount], answered, wrong, slowest;

static bool isCounting, isExhausted;
static char firstWrong[256];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

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

static double percentileMicroseconds(double share) {
    uint64_t due = (uint64_t)(share * (double)answered), seen = 0;
    for (int bucket = 0; bucket < bucketCount; bucket++) {
        seen += buckets[bucket];
        if (seen > due) return (double)valueOf(bucket) / 1000;
    }
    return (double)slowest / 1000;
}

/// Writes the next request to `to`; 0 when no fresh seat is left.
static size_t writeRequest(char *to) {
    uint64_t number = settings.first + nextNumber;
    if (settings.isRedis) {
        char key[32], value[24];
        int keyLength = snprintf(key, sizeof key, "seat:%llu", (unsigned long long)number);
        int valueLength = snprintf(value, sizeof value, "%llu", (unsigned long long)number);
        nextNumber++;
        return (size_t)snprintf(to, requestBytesMax,
            "*6\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$2\r\nNX\r\n$2\r\nEX\r\n$3\r\n600\r\n",
            keyLength, key, valueLength, value);
    }
    uint64_t event = number % settings.events, place = number / settings.events;
    uint64_t seat = place % settings.seats, row = place / settings.seats % settings.rows;
    uint64_t section = place / settings.seats / settings.rows;
    if (section >= settings.sections) {
        isExhausted = true;
        return 0;
    }
    nextNumber++;
    int length = snprintf(to, requestBytesMax, "HOLD %s%llu s%llu/%llu/%llu", settings.prefix, (unsigned long long)event,
        (unsigned long long)section + 1, (unsigned long long)row + 1, (unsigned long long)seat + 1);
    if (settings.sendsKeys) {
        length += snprintf(to + length, requestBytesMax - (size_t)length, " key=k%llu", (unsigned long long)number);
    }
    to[length++] = '\n';
    return (size_t)length;
}

static void settle(Connection *connection, uint64_t at) {
    uint64_t took = at - connection->sentAt[connection->oldest];
    connection->oldest = (connection->oldest + 1) % settings.depth;
    connection->inFlight--;
    const char *right = settings.isRedis ? "+OK\r" : "OK hold=";
    size_t rightLength = strlen(right);
    if (connection->lineLength < rightLength || memcmp(connection->line, right, rightLength) != 0) {
        if (wrong++ == 0) {
            snprintf(firstWrong, sizeof firstWrong, "%.*s", (int)connection->lineLength, connection->line);
        }
        return;
    }
    if (!isCounting) return;
    answered++;
    buckets[bucketOf(took)]++;
    if (took > slowest) slowest = took;
}

static void flushOut(int poll, Connection *connection) {
    while (connection->outFrom < connection->outTo) {
        ssize_t count = write(connection->socket, connection->out + connection->outFrom,
            connection->outTo - connection->outFrom);
        if (count < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) break;
            perror("load: write");
            exit(2);
        }
        connection->outFrom += (size_t)count;
    }
    if (connection->outFrom == connection->outTo) connection->outFrom = connection->outTo = 0;
    bool wants = connection->outTo > 0;
    if (wants != connection->waitsToWrite) {
        connection->waitsToWrite = wants;
        struct epoll_event event = {.events = EPOLLIN | (wants ? EPOLLOUT : 0), .data.ptr = connection};
        epoll_ctl(poll, EPOLL_CTL_MOD, connection->socket, &event);
    }
}

/// Fills the connection's window with new requests and sends them.
static void refill(int poll, Connection *connection) {
    uint64_t at = now();
    while (connection->inFlight < settings.depth) {
        if (connection->outCapacity - connection->outTo < requestBytesMax) break;
        size_t length = writeRequest(connection->out + connection->outTo);
        if (length == 0) break;
        connection->outTo += length;
        connection->sentAt[(connection->oldest + connection->inFlight) % settings.depth] = at;
        connection->inFlight++;
    }
    flushOut(poll, connection);
}

static void receive(int poll, Connection *connection) {
    static char input[readBytesMax];
    ssize_t count = read(connection->socket, input, sizeof input);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        fprintf(stderr, "load: the server closed a connection\n");
        exit(2);
    }
    uint64_t at = now();
    char *from = input, *end = input + count;
    while (from < end) {
        char *feed = memchr(from, '\n', (size_t)(end - from));
        size_t length = (size_t)((feed ? feed : end) - from);
        size_t room = sizeof connection->line - connection->lineLength;
        memcpy(connection->line + connection->lineLength, from, length < room ? length : room);
        connection->lineLength += length < room ? length : room;
        if (!feed) break;
        settle(connection, at);
        connection->lineLength = 0;
        from = feed + 1;
    }
    refill(poll, connection);
}

static void usage(void) {
    fprintf(stderr,
        "usage: load boxoffice|redis PORT [--host H] [--connections 50] [--depth 1] [--seconds 4] [--warm-up 1]\n"
        "            [--prefix bench] [--events 1] [--sections 20] [--rows 250] [--seats 50] [--first 0] [--keys]\n"
        "example: load boxoffice 7710 --connections 50 --depth 16 --events 4\n");
    exit(2);
}

static void readSettings(int argc, char **argv) {
    static const struct option options[] = {
        {"host", 1, 0, 'h'}, {"connections", 1, 0, 'c'}, {"depth", 1, 0, 'd'}, {"seconds", 1, 0, 's'},
        {"warm-up", 1, 0, 'w'}, {"prefix", 1, 0, 'x'}, {"events", 1, 0, 'e'}, {"sections", 1, 0, 'S'},
        {"rows", 1, 0, 'R'}, {"seats", 1, 0, 'N'}, {"first", 1, 0, 'f'}, {"keys", 0, 0, 'k'}, {0, 0, 0, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'h': settings.host = optarg; break;
        case 'c': settings.connections = atoi(optarg); break;
        case 'd': settings.depth = atoi(optarg); break;
        case 's': settings.seconds = atof(optarg); break;
        case 'w': settings.warmUpSeconds = atof(optarg); break;
        case 'x': settings.prefix = optarg; break;
        case 'e': settings.events = strtoull(optarg, NULL, 10); break;
        case 'S': settings.sections = strtoull(optarg, NULL, 10); break;
        case 'R': settings.rows = strtoull(optarg, NULL, 10); break;
        case 'N': settings.seats = strtoull(optarg, NULL, 10); break;
        case 'f': settings.first = strtoull(optarg, NULL, 10); break;
        case 'k': settings.sendsKeys = true; break;
        default: usage();
        }
    }
    if (argc - optind != 2) usage();
    settings.isRedis = strcmp(argv[optind], "redis") == 0;
    if (!settings.isRedis && strcmp(argv[optind], "boxoffice") != 0) usage();
    settings.port = atoi(argv[optind + 1]);
    if (settings.port <= 0 || settings.connections <= 0 || settings.depth <= 0 || settings.seconds <= 0 ||
        settings.events == 0 || settings.rows == 0 || settings.seats == 0 || strlen(settings.prefix) > 40) usage();
}

int main(int argc, char **argv) {
    readSettings(argc, argv);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings.port)};
    if (inet_pton(AF_INET, settings.host, &address.sin_addr) != 1) usage();
    int poll = epoll_create1(0);
    Connection *connections = calloc((size_t)settings.connections, sizeof *connections);
    for (int index = 0; index < settings.connections; index++) {
        Connection *connection = &connections[index];
        connection->socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0) {
            perror("load: connect");
            return 2;
        }
        int one = 1;
        setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl(connection->socket, F_SETFL, O_NONBLOCK);
        connection->sentAt = calloc((size_t)settings.depth, sizeof(uint64_t));
        connection->outCapacity = (size_t)(settings.depth + 1) * requestBytesMax;
        connection->out = malloc(connection->outCapacity);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        epoll_ctl(poll, EPOLL_CTL_ADD, connection->socket, &event);
    }
    for (int index = 0; index < settings.connections; index++) refill(poll, &connections[index]);

    uint64_t countFrom = now() + (uint64_t)(settings.warmUpSeconds * 1e9);
    uint64_t countTo = countFrom + (uint64_t)(settings.seconds * 1e9);
    uint64_t at = now();
    while (at < countTo && !isExhausted && wrong < 1000) {
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, 100);
        for (int index = 0; index < count; index++) {
            Connection *connection = events[index].data.ptr;
            if (events[index].events & EPOLLOUT) flushOut(poll, connection);
            if (events[index].events & ~(uint32_t)EPOLLOUT) receive(poll, connection);
        }
        at = now();
        isCounting = at >= countFrom;
    }
    double counted = at > countFrom ? (double)(at - countFrom) / 1e9 : 0;
    printf("{\"mode\":\"%s\",\"connections\":%d,\"depth\":%d,\"seconds\":%.3f,\"answers\":%llu,\"perSecond\":%.0f,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"unit\":\"microseconds\",\"asked\":%llu,"
           "\"wrong\":%llu,\"exhausted\":%s}\n",
        settings.isRedis ? "redis" : "boxoffice", settings.connections, settings.depth, counted,
        (unsigned long long)answered, counted > 0 ? (double)answered / counted : 0, percentileMicroseconds(0.5),
        percentileMicroseconds(0.9), percentileMicroseconds(0.99), percentileMicroseconds(0.999), (double)slowest / 1000,
        (unsigned long long)nextNumber, (unsigned long long)wrong, isExhausted ? "true" : "false");
    if (wrong) fprintf(stderr, "load: a wrong answer: %s\n", firstWrong);
    if (isExhausted) fprintf(stderr, "load: no fresh seat is left; give it more --events\n");
    return wrong || isExhausted ? 1 : 0;
}
