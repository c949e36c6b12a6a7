// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.
//
// A load generator for Box Office and for Redis alike: one thread, epoll, C connections. Only right answers count; a wrong
// one is shown and makes the run fail.
//
// In a closed loop each connection has D pieces of work under way, and a new one is begun for every one that ends. In an
// open loop (--rate) pieces of work are due at even distances, whatever the server does, each on the connection that is
// next; a latency counts from when the piece was due, so that what waits behind a slow answer counts with it.
//
//     cc -O2 -o load load.c
//     load boxoffice PORT [options]     the server of wall.c understands the first two as well
//     load redis PORT [options]
//
// | --work | Box Office                                       | Redis                                               |
// | ------ | ------------------------------------------------ | --------------------------------------------------- |
// | hold   | HOLD <prefix><event> s<section>/<row>/<seat>     | SET seat:<n> <n> NX EX 600                          |
// | four   | HOLD of four neighbours                          | EVALSHA <--script> 4 seat:… seat:… seat:… seat:… <n> 600 |
// | cycle  | HOLD of a seat, then RELEASE of that hold        |                                                     |
// | sale   | HOLD of a seat, then its PAY and CONFIRM at once |                                                     |
// | view   | VIEW <prefix>0                                   | GET <prefix>0                                       |
//
// Each hold is of a fresh seat or key (a cycle comes round to the first again, which is free by then), in event after
// event, or with --scattered in events that lie anywhere, so that no cache guesses which is next. What view is
// answered must be, byte for byte, what the file --expect holds. A latency is that of the whole piece of work.
//
// Prints one line of JSON. Exit codes: 0 done, 1 wrong answers or no seats left, 2 wrong usage or no connection.

#define _GNU_SOURCE  // epoll_pwait2
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"

enum { readBytesMax = 1 << 18, requestBytesMax = 320 };

typedef enum { hold, four, cycle, sale, view, workCount } Work;
static const char *const workNames[workCount] = {"hold", "four", "cycle", "sale", "view"};

static struct {
    const char *host;
    int port, connections, depth;
    double warmUpSeconds, seconds, rate;  // a second; 0 for a closed loop
    bool isRedis, sendsKeys, isScattered;
    const char *prefix, *script, *expect;
    uint64_t events, sections, rows, seats, first, amount;
    Work work;
} settings = {
    .host = "127.0.0.1", .connections = 50, .warmUpSeconds = 1, .seconds = 4, .prefix = "bench",
    .script = "", .events = 1, .sections = 20, .rows = 250, .seats = 50, .amount = 4500,
};

// A request under way: when its piece of work began, or was due, and which step of it this is.
typedef struct {
    uint64_t begunAt;
    int step;
} Request;

typedef struct {
    int socket;
    Request *requests;  // a ring of `depth`: answers come in order
    int oldest, inFlight;
    size_t matched;  // bytes of the expected answer that have come
    bool isWrong;    // of the answer that is coming
    char *out;
    size_t outFrom, outTo, outCapacity;
    char line[256];  // of an answer that is not whole yet: its beginning is enough
    size_t lineLength;
    bool waitsToWrite, isDirty;
} Connection;

static Histogram latencies;
static uint64_t nextNumber, wrong;
// What began, or was due, from the one time to before the other counts.
static uint64_t countFrom = UINT64_MAX, countTo = UINT64_MAX;
static bool isExhausted, isEnding;
static char firstWrong[256];
static char *expected;  // the only right answer, where there is one
static size_t expectedLength;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void refuse(const char *line, size_t length) {
    if (wrong++ == 0) snprintf(firstWrong, sizeof firstWrong, "%.*s", (int)length, line);
}

/// Appends a value as Redis wants it.
static char *bulk(char *to, const char *value) {
    return to + sprintf(to, "$%zu\r\n%s\r\n", strlen(value), value);
}

/// Writes the request that begins the next piece of work in Redis' form.
static size_t writeRedisRequest(char *to) {
    if (settings.work == view) {
        char key[64];
        snprintf(key, sizeof key, "%s0", settings.prefix);
        return (size_t)(bulk(to + sprintf(to, "*2\r\n$3\r\nGET\r\n"), key) - to);
    }
    uint64_t number = settings.first + nextNumber++;
    char key[32], value[24], *at = to;
    snprintf(value, sizeof value, "%llu", (unsigned long long)number);
    if (settings.work == hold) {
        snprintf(key, sizeof key, "seat:%s", value);
        at += sprintf(at, "*6\r\n$3\r\nSET\r\n");
        at = bulk(bulk(at, key), value);
        return (size_t)(at + sprintf(at, "$2\r\nNX\r\n$2\r\nEX\r\n$3\r\n600\r\n") - to);
    }
    at += sprintf(at, "*9\r\n$7\r\nEVALSHA\r\n");
    at = bulk(bulk(at, settings.script), "4");
    for (int seat = 0; seat < 4; seat++) {
        snprintf(key, sizeof key, "seat:%llu", (unsigned long long)number * 4 + (unsigned long long)seat);
        at = bulk(at, key);
    }
    return (size_t)(bulk(bulk(at, value), "600") - to);
}

// Greater than the count of events, so that each of them has its turn.
static const uint64_t scatteringPrime = 2654435761;

/// Writes the request that begins the next piece of work to `to`; 0 when no fresh seat is left.
static size_t writeRequest(char *to) {
    if (settings.isRedis) return writeRedisRequest(to);
    if (settings.work == view) return (size_t)snprintf(to, requestBytesMax, "VIEW %s0\n", settings.prefix);
    uint64_t count = settings.work == four ? 4 : 1;
    uint64_t runs = settings.seats / count;  // that fit into a row
    uint64_t number = settings.first + nextNumber;
    if (settings.work == cycle) number %= settings.events * settings.sections * settings.rows * runs;
    uint64_t event = number % settings.events;
    if (settings.isScattered) event = event * scatteringPrime % settings.events;
    uint64_t place = number / settings.events;
    uint64_t seat = place % runs * count, row = place / runs % settings.rows;
    uint64_t section = place / runs / settings.rows;
    if (section >= settings.sections) {
        isExhausted = true;
        return 0;
    }
    nextNumber++;
    int length = snprintf(to, requestBytesMax, "HOLD %s%llu s%llu/%llu/%llu", settings.prefix, (unsigned long long)event,
        (unsigned long long)section + 1, (unsigned long long)row + 1, (unsigned long long)seat + 1);
    if (count > 1) length += sprintf(to + length, "-%llu", (unsigned long long)(seat + count));
    if (settings.sendsKeys) length += sprintf(to + length, " key=k%llu", (unsigned long long)number);
    to[length++] = '\n';
    return (size_t)length;
}

/// What an answer begins with that is right after a step.
static const char *rightAnswer(int step) {
    if (settings.isRedis) return settings.work == four ? ":1\r" : "+OK\r";
    return settings.work == sale && step == 2 ? "OK order=" : "OK hold=";
}

/// Writes the step that follows an answer of the one before to `to`; 0 where the piece of work is done.
static size_t writeNextStep(char *to, int step, const char *answer, size_t length) {
    if (settings.work != sale && settings.work != cycle) return 0;
    if (step > 0) return 0;
    const char *id = answer + strlen("OK hold=");
    const char *end = memchr(id, ' ', length - strlen("OK hold="));
    int idLength = (int)((end ? end : answer + length) - id);
    if (settings.work == cycle) return (size_t)snprintf(to, requestBytesMax, "RELEASE %.*s\n", idLength, id);
    // Two lines, and so two answers: the second step ends with the first of them (see settle).
    return (size_t)snprintf(to, requestBytesMax, "PAY %.*s amount=%llu method=cash\nCONFIRM %.*s\n", idLength, id,
        (unsigned long long)settings.amount, idLength, id);
}

/// Where the next request goes. There is always room: a request under way has at most its own bytes waiting here.
static char *outgoing(Connection *connection) {
    if (connection->outCapacity - connection->outTo < requestBytesMax) {
        memmove(connection->out, connection->out + connection->outFrom, connection->outTo - connection->outFrom);
        connection->outTo -= connection->outFrom;
        connection->outFrom = 0;
    }
    return connection->out + connection->outTo;
}

static void put(Connection *connection, size_t length, Request request) {
    connection->outTo += length;
    connection->requests[(connection->oldest + connection->inFlight) % settings.depth] = request;
    connection->inFlight++;
}

/// A closed loop counts what ends in its time, an open one what was due in it, whenever it ends.
static void count(uint64_t from, uint64_t to) {
    uint64_t at = settings.rate > 0 ? from : to;
    if (at >= countFrom && at < countTo) histogramAdd(&latencies, to - from);
}

static Request takeOldest(Connection *connection) {
    Request request = connection->requests[connection->oldest];
    connection->oldest = (connection->oldest + 1) % settings.depth;
    connection->inFlight--;
    return request;
}

/// Takes an answer of one line, and asks what follows from it.
static void settle(Connection *connection, uint64_t at) {
    Request *oldest = &connection->requests[connection->oldest];
    const char *right = rightAnswer(oldest->step);
    size_t rightLength = strlen(right);
    bool isRight = connection->lineLength >= rightLength && memcmp(connection->line, right, rightLength) == 0;
    if (isRight && settings.work == sale && oldest->step == 1) {
        oldest->step = 2;
        return;
    }
    Request request = takeOldest(connection);
    if (!isRight) return refuse(connection->line, connection->lineLength);
    size_t next = writeNextStep(outgoing(connection), request.step, connection->line, connection->lineLength);
    if (next > 0) return put(connection, next, (Request){request.begunAt, request.step + 1});
    count(request.begunAt, at);
}

/// Takes bytes of answers of which only one is right.
static void compare(Connection *connection, const char *from, size_t length, uint64_t at) {
    while (length > 0) {
        size_t left = expectedLength - connection->matched, part = length < left ? length : left;
        if (memcmp(from, expected + connection->matched, part) != 0) connection->isWrong = true;
        if (connection->isWrong) return refuse(from, part);  // where the next begins nobody knows
        connection->matched += part;
        from += part;
        length -= part;
        if (connection->matched < expectedLength) return;
        connection->matched = 0;
        count(takeOldest(connection).begunAt, at);
    }
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

/// Fills the connection's window with new requests, in a closed loop, and sends what is to be sent.
static void refill(int poll, Connection *connection) {
    uint64_t at = now();
    while (settings.rate == 0 && !isEnding && connection->inFlight < settings.depth) {
        size_t length = writeRequest(outgoing(connection));
        if (length == 0) break;
        put(connection, length, (Request){at, 0});
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
    if (expected) {
        compare(connection, input, (size_t)count, at);
        from = end;
    }
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

/// Waits so many nanoseconds at most, and takes what came.
static void takeWhatCame(int poll, uint64_t nanoseconds) {
    struct epoll_event events[256];
    struct timespec patience = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    int count = epoll_pwait2(poll, events, 256, &patience, NULL);
    for (int index = 0; index < count; index++) {
        Connection *connection = events[index].data.ptr;
        if (events[index].events & EPOLLOUT) flushOut(poll, connection);
        if (events[index].events & ~(uint32_t)EPOLLOUT) receive(poll, connection);
    }
}

enum { wrongMax = 1000, patience = 100000000 };

static int underWay(const Connection *connections) {
    int count = 0;
    for (int index = 0; index < settings.connections; index++) count += connections[index].inFlight;
    return count;
}

/// A cycle ends what it began, so that the next run finds no seat held.
static uint64_t runClosedLoop(int poll, const Connection *connections) {
    while (now() < countTo && !isExhausted && wrong < wrongMax) takeWhatCame(poll, patience);
    isEnding = settings.work == cycle;
    uint64_t patienceEnd = now() + 10000000000u;
    while (isEnding && wrong < wrongMax && now() < patienceEnd && underWay(connections) > 0) takeWhatCame(poll, patience);
    return 0;
}

static Connection *nextWithRoom(Connection *connections) {
    static int next;
    for (int tried = 0; tried < settings.connections; tried++) {
        Connection *connection = &connections[next];
        next = next + 1 < settings.connections ? next + 1 : 0;
        if (connection->inFlight < settings.depth) return connection;
    }
    return NULL;
}

/// Begins what is due as it gets due, and waits for the last answers for as long as the run took. Returns how many
/// counted pieces of work were never answered; their latencies go up to the end.
static uint64_t runOpenLoop(int poll, Connection *connections, uint64_t start) {
    enum { begunAtOnceMax = 4096 };
    static Connection *dirty[begunAtOnceMax];
    prctl(PR_SET_TIMERSLACK, 1);
    uint64_t begun = 0, at = start, patienceEnd = countTo + (countTo - start);
    uint64_t nextDue = start;
    while (!isExhausted && wrong < wrongMax) {
        at = now();
        int dirtyCount = 0;
        bool isFull = false;
        while (nextDue <= at && nextDue < countTo && dirtyCount < begunAtOnceMax) {
            Connection *connection = nextWithRoom(connections);
            isFull = connection == NULL;
            if (isFull) break;
            size_t length = writeRequest(outgoing(connection));
            if (length == 0) break;
            put(connection, length, (Request){nextDue, 0});
            if (!connection->isDirty) dirty[dirtyCount++] = connection;
            connection->isDirty = true;
            nextDue = start + (uint64_t)((double)++begun * 1e9 / settings.rate);
        }
        for (int index = 0; index < dirtyCount; index++) {
            dirty[index]->isDirty = false;
            flushOut(poll, dirty[index]);
        }
        bool isOver = nextDue >= countTo;
        if (isOver) {
            if (underWay(connections) == 0 || at >= patienceEnd) break;
        }
        at = now();
        uint64_t wait = isFull || isOver ? patience / 100 : nextDue > at ? nextDue - at : 0;
        takeWhatCame(poll, wait < patience ? wait : patience);
    }
    uint64_t answered = latencies.count;
    for (; nextDue < countTo && !isExhausted && wrong < wrongMax; begun++) {
        count(nextDue, at);
        nextDue = start + (uint64_t)((double)(begun + 1) * 1e9 / settings.rate);
    }
    for (int index = 0; index < settings.connections; index++) {
        while (connections[index].inFlight > 0) count(takeOldest(&connections[index]).begunAt, at);
    }
    return latencies.count - answered;
}

_Noreturn static void usage(void) {
    fprintf(stderr,
        "usage: load boxoffice|redis PORT [--work hold|four|cycle|sale|view] [--host H] [--connections 50] [--depth 1]\n"
        "            [--rate A-SECOND, of an open loop, where --depth is the most under way on a connection (1024)]\n"
        "            [--seconds 4] [--warm-up 1] [--prefix bench] [--events 1] [--sections 20] [--rows 250] [--seats 50]\n"
        "            [--first 0] [--scattered] [--keys] [--amount 4500] [--script SHA] [--expect FILE]\n"
        "example: load boxoffice 7710 --connections 50 --depth 16 --events 4\n");
    exit(2);
}

/// The only right answer: what the file holds, and for Redis its length before it.
static void readExpected(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    size_t length = (size_t)ftell(file);
    rewind(file);
    expected = malloc(length + 64);
    size_t head = settings.isRedis ? (size_t)sprintf(expected, "$%zu\r\n", length) : 0;
    if (fread(expected + head, 1, length, file) != length) exit(2);
    fclose(file);
    expectedLength = head + length;
    if (settings.isRedis) {
        memcpy(expected + expectedLength, "\r\n", 2);
        expectedLength += 2;
    }
}

static Work workNamed(const char *name) {
    for (int work = 0; work < workCount; work++) {
        if (strcmp(name, workNames[work]) == 0) return (Work)work;
    }
    usage();
}

static void readSettings(int argc, char **argv) {
    static const struct option options[] = {
        {"host", 1, 0, 'h'}, {"connections", 1, 0, 'c'}, {"depth", 1, 0, 'd'}, {"rate", 1, 0, 'r'}, {"seconds", 1, 0, 's'},
        {"warm-up", 1, 0, 'w'}, {"prefix", 1, 0, 'x'}, {"events", 1, 0, 'e'}, {"sections", 1, 0, 'S'},
        {"rows", 1, 0, 'R'}, {"seats", 1, 0, 'N'}, {"first", 1, 0, 'f'}, {"keys", 0, 0, 'k'}, {"scattered", 0, 0, 'z'},
        {"work", 1, 0, 'W'},
        {"amount", 1, 0, 'a'}, {"script", 1, 0, 'l'}, {"expect", 1, 0, 'X'}, {0, 0, 0, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'h': settings.host = optarg; break;
        case 'c': settings.connections = atoi(optarg); break;
        case 'd': settings.depth = atoi(optarg); break;
        case 'r': settings.rate = atof(optarg); break;
        case 's': settings.seconds = atof(optarg); break;
        case 'w': settings.warmUpSeconds = atof(optarg); break;
        case 'x': settings.prefix = optarg; break;
        case 'e': settings.events = strtoull(optarg, NULL, 10); break;
        case 'S': settings.sections = strtoull(optarg, NULL, 10); break;
        case 'R': settings.rows = strtoull(optarg, NULL, 10); break;
        case 'N': settings.seats = strtoull(optarg, NULL, 10); break;
        case 'f': settings.first = strtoull(optarg, NULL, 10); break;
        case 'k': settings.sendsKeys = true; break;
        case 'z': settings.isScattered = true; break;
        case 'W': settings.work = workNamed(optarg); break;
        case 'a': settings.amount = strtoull(optarg, NULL, 10); break;
        case 'l': settings.script = optarg; break;
        case 'X': settings.expect = optarg; break;
        default: usage();
        }
    }
    if (argc - optind != 2) usage();
    settings.isRedis = strcmp(argv[optind], "redis") == 0;
    if (!settings.isRedis && strcmp(argv[optind], "boxoffice") != 0) usage();
    settings.port = atoi(argv[optind + 1]);
    if (settings.depth == 0) settings.depth = settings.rate > 0 ? 1024 : 1;
    if (settings.rate < 0 || settings.port <= 0 || settings.connections <= 0 || settings.depth <= 0 || settings.seconds <= 0 ||
        settings.events == 0 || settings.events >= scatteringPrime || settings.rows == 0 ||
        settings.seats == 0 || strlen(settings.prefix) > 40 ||
        strlen(settings.script) > 40) usage();
    bool isOfBoth = settings.work == hold || settings.work == four || settings.work == view;
    if ((settings.isRedis && !isOfBoth) || (settings.work == view) != (settings.expect != NULL) ||
        (settings.work == four && settings.seats < 4)) usage();
    if (settings.expect) readExpected(settings.expect);
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
        connection->requests = calloc((size_t)settings.depth, sizeof(Request));
        connection->outCapacity = (size_t)(settings.depth + 1) * requestBytesMax;
        connection->out = malloc(connection->outCapacity);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        epoll_ctl(poll, EPOLL_CTL_ADD, connection->socket, &event);
    }
    for (int index = 0; index < settings.connections; index++) refill(poll, &connections[index]);

    uint64_t start = now();
    countFrom = start + (uint64_t)(settings.warmUpSeconds * 1e9);
    countTo = countFrom + (uint64_t)(settings.seconds * 1e9);
    uint64_t unanswered = settings.rate > 0 ? runOpenLoop(poll, connections, start) : runClosedLoop(poll, connections);
    uint64_t end = now() < countTo ? now() : countTo, answers = latencies.count - unanswered;
    double counted = end > countFrom ? (double)(end - countFrom) / 1e9 : 0;
    printf("{\"mode\":\"%s\",\"work\":\"%s\",\"connections\":%d,\"depth\":%d,\"rate\":%.0f,"
           "\"unanswered\":%llu,\"seconds\":%.3f,\"answers\":%llu,\"perSecond\":%.0f,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"unit\":\"microseconds\",\"asked\":%llu,"
           "\"wrong\":%llu,\"exhausted\":%s}\n",
        settings.isRedis ? "redis" : "boxoffice", workNames[settings.work], settings.connections, settings.depth,
        settings.rate, (unsigned long long)unanswered, counted,
        (unsigned long long)answers, counted > 0 ? (double)answers / counted : 0,
        histogramMicroseconds(&latencies, 0.5), histogramMicroseconds(&latencies, 0.9),
        histogramMicroseconds(&latencies, 0.99), histogramMicroseconds(&latencies, 0.999),
        (double)latencies.slowest / 1000,
        (unsigned long long)nextNumber, (unsigned long long)wrong, isExhausted ? "true" : "false");
    if (wrong) fprintf(stderr, "load: a wrong answer: %s\n", firstWrong);
    if (isExhausted) fprintf(stderr, "load: no fresh seat is left; give it more --events\n");
    return wrong || isExhausted ? 1 : 0;
}
