// The floor of the produce benchmark: a bare loop that reads frames of 16 KiB from loopback, computes their CRC32C with the processor's
// instruction, appends them to a file and answers 50 bytes. Prints the CPU seconds for each gigabyte.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nmmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME 16384
#define IN_FLIGHT 8

static void full(ssize_t (*call)(int, void *, size_t), int fd, char *bytes, size_t count) {
    while (count) {
        ssize_t n = call(fd, bytes, count);
        if (n <= 0) exit(1);
        bytes += n;
        count -= n;
    }
}

static ssize_t put(int fd, void *bytes, size_t count) { return write(fd, bytes, count); }

int main(int argc, char **argv) {
    if (argc < 2) return fprintf(stderr, "usage: floor FILE [GIGABYTES]\n"), 64;
    long frames = (argc > 2 ? atof(argv[2]) : 1.0) * 1e9 / FRAME;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    static char frame[FRAME], answer[50];
    pid_t client = fork();
    if (client == 0) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address)) _exit(1);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        for (long i = 0; i < frames + IN_FLIGHT; i++) {
            if (i < frames) full(put, fd, frame, FRAME);
            if (i >= IN_FLIGHT) full(read, fd, answer, sizeof answer);
        }
        _exit(0);
    }
    int fd = accept(listener, 0, 0), file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    uint64_t sum = 0;
    for (long i = 0; i < frames; i++) {
        full(read, fd, frame, FRAME);
        uint64_t crc = ~0u;
        for (int at = 0; at < FRAME; at += 8) crc = _mm_crc32_u64(crc, *(uint64_t *)(frame + at));
        sum += crc;
        full(put, file, frame, FRAME);
        full(put, fd, answer, sizeof answer);
    }
    waitpid(client, 0, 0);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double cpu = use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    printf("%.3f %llx\n", cpu / (frames * (double)FRAME / 1e9), (unsigned long long)sum);
    return 0;
}
