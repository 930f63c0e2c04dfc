// What the benchmark's ratios are to: programs that do a broker's work and nothing else.
//
//   floor produce FILE [GIGABYTES]   reads frames of 16 KiB from loopback, computes their CRC32C with the processor's instruction, appends
//                                    them to the file and answers 50 bytes
//   floor sendfile FILE [GIGABYTES [KIB]]
//                                    sends the file to loopback, so many KiB (1024) for each request of 50 bytes
//
// Prints the CPU seconds for each gigabyte of the process that plays the broker.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nmmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME 16384
#define IN_FLIGHT 8

static char frame[FRAME], answer[50], *chunk;
static size_t chunk_size;
static uint64_t sum;

static void full(ssize_t (*call)(int, void *, size_t), int fd, char *bytes, size_t count) {
    while (count) {
        ssize_t n = call(fd, bytes, count);
        if (n <= 0) exit(1);
        bytes += n;
        count -= n;
    }
}

static ssize_t put(int fd, void *bytes, size_t count) { return write(fd, bytes, count); }

static void send_frames(int fd, long count) {
    for (long i = 0; i < count + IN_FLIGHT; i++) {
        if (i < count) full(put, fd, frame, FRAME);
        if (i >= IN_FLIGHT) full(read, fd, answer, sizeof answer);
    }
}

static void append_frames(int fd, int file, long count) {
    for (long i = 0; i < count; i++) {
        full(read, fd, frame, FRAME);
        uint64_t crc = ~0u;
        for (int at = 0; at < FRAME; at += 8) {
            uint64_t word;
            memcpy(&word, frame + at, 8);
            crc = _mm_crc32_u64(crc, word);
        }
        sum += crc;
        full(put, file, frame, FRAME);
        full(put, fd, answer, sizeof answer);
    }
}

static void ask_for_chunks(int fd, long count) {
    for (long i = 0; i < count; i++) {
        full(put, fd, answer, sizeof answer);
        full(read, fd, chunk, chunk_size);
    }
}

static void send_chunks(int fd, int file, long count) {
    for (long i = 0; i < count; i++) {
        full(read, fd, answer, sizeof answer);
        off_t at = (off_t)i * chunk_size;
        size_t left = chunk_size;
        while (left) {
            ssize_t n = sendfile(fd, file, &at, left);
            if (n <= 0) exit(1);
            left -= n;
        }
    }
}

int main(int argc, char **argv) {
    int sends = argc > 2 && strcmp(argv[1], "sendfile") == 0;
    if (argc < 3 || (!sends && strcmp(argv[1], "produce"))) {
        fprintf(stderr, "usage: floor produce|sendfile FILE [GIGABYTES [KIB]]\n");
        return 64;
    }
    chunk_size = (argc > 4 ? atol(argv[4]) : 1024) << 10;
    chunk = calloc(1, chunk_size);
    long unit = sends ? (long)chunk_size : FRAME, count = (argc > 3 ? atof(argv[3]) : 1.0) * 1e9 / unit;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    int file = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return perror(argv[2]), 1;
    if (sends)
        for (long i = 0; i < count; i++) full(put, file, chunk, chunk_size);
    pid_t client = fork();
    if (client == 0) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address)) _exit(1);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        (sends ? ask_for_chunks : send_frames)(fd, count);
        _exit(0);
    }
    int fd = accept(listener, 0, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    (sends ? send_chunks : append_frames)(fd, file, count);
    getrusage(RUSAGE_SELF, &after);
    waitpid(client, 0, 0);
    double cpu = after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec
        + (after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    printf("%.3f %llx\n", cpu / (count * (double)unit / 1e9), (unsigned long long)sum);
    return 0;
}
