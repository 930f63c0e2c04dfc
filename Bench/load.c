// The load generator of the benchmark, in a process of its own: producers and consumers through librdkafka, small requests through bare
// sockets. Every mode prints one object of JSON. `bench.py` builds and runs it.
#include <arpa/inet.h>
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, values);
    fprintf(stderr, "\n");
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double own_cpu(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/// Prints percentiles of `times` (nanoseconds) in milliseconds.
static void print_percentiles(int64_t *times, long count) {
    if (count == 0) fail("nothing was measured");
    qsort(times, count, sizeof *times, ascending);
    double points[] = {0.5, 0.99, 0.999};
    const char *names[] = {"p50", "p99", "p99.9"};
    for (int i = 0; i < 3; i++) printf("\"%s\": %.4f, ", names[i], times[(long)(count * points[i])] / 1e6);
    printf("\"max\": %.4f", times[count - 1] / 1e6);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char error[512];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) fail("%s", error);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char error[512];
    rd_kafka_t *result = rd_kafka_new(type, conf, error, sizeof error);
    if (!result) fail("%s", error);
    return result;
}

static char *random_bytes(long count) {
    char *bytes = malloc(count);
    uint64_t state = 88172645463325252ULL;
    for (long i = 0; i < count; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        bytes[i] = state;
    }
    return bytes;
}

// ---- produce: BROKER TOPIC PARTITIONS COUNT SIZE ACKS BATCH_BYTES CODEC ----

static long delivered, failed;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    message->err ? failed++ : delivered++;
}

static int produce(char **args) {
    long partitions = atol(args[2]), count = atol(args[3]), size = atol(args[4]);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", args[0]);
    set(conf, "acks", args[5]);
    set(conf, "batch.size", args[6]);
    set(conf, "compression.type", args[7]);
    set(conf, "linger.ms", "5");
    // As many as Ottla's client has; librdkafka's default of a million makes no difference to it.
    set(conf, "max.in.flight", "20");
    set(conf, "queue.buffering.max.messages", "500000");
    set(conf, "queue.buffering.max.kbytes", "400000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, conf);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, args[1], NULL);
    char *value = random_bytes(size);
    // Whole batches go to one partition after the other, so that their size does not depend on the number of partitions.
    long run = atol(args[6]) / size + 1;
    int64_t began = now();
    for (long i = 0; i < count; i++) {
        while (rd_kafka_produce(topic, i / run % partitions, RD_KAFKA_MSG_F_COPY, value, size, NULL, 0, NULL))
            rd_kafka_poll(rk, 10);
        if (i % 256 == 0) rd_kafka_poll(rk, 0);
    }
    rd_kafka_flush(rk, 120000);
    double seconds = (now() - began) / 1e9;
    if (delivered != count) fail("%ld of %ld records were acknowledged, %ld failed", delivered, count, failed);
    printf("{\"seconds\": %.4f, \"cpu\": %.4f}\n", seconds, own_cpu());
    _exit(fflush(stdout));
}

// ---- consume: BROKER TOPIC PARTITIONS COUNT CONSUMERS ----

typedef struct { char **args; pthread_t thread; int64_t bytes; } consumer_t;

static void *consume_one(void *opaque) {
    consumer_t *self = opaque;
    long partitions = atol(self->args[2]), count = atol(self->args[3]), got = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", self->args[0]);
    set(conf, "group.id", "bench");
    set(conf, "queued.max.messages.kbytes", atol(self->args[4]) > 1 ? "16384" : "262144");
    set(conf, "enable.auto.commit", "false");
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++) rd_kafka_topic_partition_list_add(list, self->args[1], p)->offset = 0;
    rd_kafka_poll_set_consumer(rk);
    if (rd_kafka_assign(rk, list)) fail("assign failed");
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    static __thread rd_kafka_message_t *messages[10000];
    while (got < count) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, 10000, messages, 10000);
        if (n <= 0) fail("no record within 10 s, after %ld", got);
        for (ssize_t i = 0; i < n; i++) {
            if (messages[i]->err == 0) got++, self->bytes += messages[i]->len;
            rd_kafka_message_destroy(messages[i]);
        }
    }
    return NULL;
}

static int consume(char **args) {
    long consumers = atol(args[4]);
    consumer_t *all = calloc(consumers, sizeof *all);
    int64_t began = now(), bytes = 0;
    for (long i = 0; i < consumers; i++) {
        all[i].args = args;
        if (pthread_create(&all[i].thread, NULL, consume_one, &all[i])) fail("no thread");
    }
    for (long i = 0; i < consumers; i++) pthread_join(all[i].thread, NULL), bytes += all[i].bytes;
    printf("{\"seconds\": %.4f, \"bytes\": %lld, \"cpu\": %.4f}\n", (now() - began) / 1e9, (long long)bytes, own_cpu());
    _exit(fflush(stdout));
}

// ---- steady: BROKER TOPIC PARTITIONS RATE SECONDS SIZE ----

static int64_t *started, *spent;
static long measured, skipped;

static void on_timed_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    if (message->err) fail("a record failed: %s", rd_kafka_err2str(message->err));
    long index = (intptr_t)message->_private;
    if (index >= skipped) spent[measured++] = now() - started[index];
}

static void *poll_forever(void *rk) {
    for (;;) rd_kafka_poll(rk, 1000);
    return NULL;
}

static int steady(char **args) {
    long partitions = atol(args[2]), rate = atol(args[3]), count = rate * atol(args[4]), size = atol(args[5]);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", args[0]);
    set(conf, "acks", "1");
    set(conf, "linger.ms", "0");
    rd_kafka_conf_set_dr_msg_cb(conf, on_timed_delivery);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, conf);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, args[1], NULL);
    char *value = random_bytes(size);
    started = malloc(count * sizeof *started);
    spent = malloc(count * sizeof *spent);
    // The first second warms up.
    skipped = rate;
    pthread_t poller;
    if (pthread_create(&poller, NULL, poll_forever, rk)) fail("no thread");
    int64_t began = now();
    for (long i = 0; i < count; i++) {
        int64_t due = began + i * 1000000000LL / rate;
        // It sleeps: a client that spins takes half of a small machine from the broker.
        struct timespec until = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        // From when it was due, so that a client that is held up counts too.
        started[i] = due;
        if (rd_kafka_produce(topic, i % partitions, RD_KAFKA_MSG_F_COPY, value, size, NULL, 0, (void *)(intptr_t)i))
            fail("the producer's queue is full");
    }
    while (rd_kafka_outq_len(rk) > 0) usleep(1000);
    printf("{");
    print_percentiles(spent, measured);
    printf("}\n");
    _exit(fflush(stdout));
}

// ---- jitter: RATE SECONDS: how late a process wakes up that only sleeps, the machine's own part of every latency ----

static int jitter(char **args) {
    long rate = atol(args[0]), count = rate * atol(args[1]);
    spent = malloc(count * sizeof *spent);
    int64_t began = now();
    for (long i = 0; i < count; i++) {
        int64_t due = began + i * 1000000000LL / rate;
        struct timespec until = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        spent[i] = now() - due;
    }
    printf("{");
    print_percentiles(spent, count);
    printf("}\n");
    return 0;
}

// ---- requests: PORT CONNECTIONS COUNT HEX: one request in flight on each connection ----

typedef struct { int fd; int64_t sent; uint32_t have, size; unsigned char head[4]; } connection_t;

static int requests(char **args) {
    int port = atoi(args[0]), connections = atoi(args[1]);
    long count = atol(args[2]), length = strlen(args[3]) / 2, sent = 0, answered = 0;
    unsigned char *request = malloc(length), *sink = malloc(1 << 20);
    for (long i = 0; i < length; i++) {
        unsigned byte;
        if (sscanf(args[3] + 2 * i, "%2x", &byte) != 1) fail("the request is not hexadecimal");
        request[i] = byte;
    }
    connection_t *all = calloc(connections, sizeof *all);
    spent = malloc(count * sizeof *spent);
    int poll = epoll_create1(0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    for (int i = 0; i < connections; i++) {
        all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(all[i].fd, (struct sockaddr *)&address, sizeof address)) fail("connection %d: %s", i, strerror(errno));
        setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    // Until bench.py has looked at the broker's memory and time with the connections open and quiet.
    printf("{\"connected\": %d}\n", connections);
    fflush(stdout);
    if (getchar() == EOF) return 1;
    int64_t began = now();
    for (int i = 0; i < connections && sent < count; i++, sent++) {
        all[i].sent = now();
        if (write(all[i].fd, request, length) != length) fail("write: %s", strerror(errno));
    }
    while (answered < count) {
        struct epoll_event events[256];
        int n = epoll_wait(poll, events, 256, 10000);
        if (n == 0) fail("no answer within 10 s");
        for (int e = 0; e < n; e++) {
            connection_t *c = events[e].data.ptr;
            ssize_t got;
            if (c->have < 4) {
                got = read(c->fd, c->head + c->have, 4 - c->have);
                if (got > 0 && (c->have += got) == 4)
                    c->size = 4 + ((uint32_t)c->head[0] << 24 | c->head[1] << 16 | c->head[2] << 8 | c->head[3]);
                if (got > 0) continue;
            } else {
                uint32_t left = c->size - c->have;
                got = read(c->fd, sink, left < 1 << 20 ? left : 1 << 20);
                if (got > 0) c->have += got;
            }
            if (got <= 0) fail("the broker closed a connection");
            if (c->have < c->size) continue;
            spent[answered++] = now() - c->sent;
            c->have = 0;
            if (sent < count) {
                c->sent = now();
                if (write(c->fd, request, length) != length) fail("write: %s", strerror(errno));
                sent++;
            }
        }
    }
    printf("{\"seconds\": %.4f, ", (now() - began) / 1e9);
    print_percentiles(spent, answered);
    printf("}\n");
    _exit(fflush(stdout));
}

int main(int argc, char **argv) {
    struct { const char *name; int (*run)(char **); int arguments; } modes[] = {
        {"produce", produce, 8}, {"consume", consume, 5}, {"steady", steady, 6}, {"requests", requests, 4}, {"jitter", jitter, 2}};
    for (int i = 0; i < 5; i++)
        if (argc == modes[i].arguments + 2 && strcmp(argv[1], modes[i].name) == 0) return modes[i].run(argv + 2);
    fprintf(stderr, "usage: load produce|consume|steady|requests|jitter ARGUMENTS; see bench.py\n");
    return 64;
}
