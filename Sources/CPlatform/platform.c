#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

ssize_t ottla_pwrite2(int fd, const void *first, size_t first_length, const void *second, size_t second_length,
                      int64_t offset) {
    struct iovec parts[2] = {{(void *)first, first_length}, {(void *)second, second_length}};
    ssize_t n;
    do {
        n = pwritev(fd, parts, second_length ? 2 : 1, offset);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

ssize_t ottla_pread_cached(int fd, void *target, size_t length, int64_t offset) {
    size_t done = 0;
    while (done < length) {
        struct iovec part = {(char *)target + done, length - done};
        ssize_t n = preadv2(fd, &part, 1, offset + (int64_t)done, RWF_NOWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))  // cannot tell: treat as cached
            n = pread(fd, part.iov_base, part.iov_len, offset + (int64_t)done);
        if (n < 0) return -errno;
        if (n == 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int probe(int fd, int64_t offset) {
    char byte;
    struct iovec part = {&byte, 1};
    ssize_t n;
    do {
        n = preadv2(fd, &part, 1, offset, RWF_NOWAIT);
    } while (n < 0 && errno == EINTR);
    if (n >= 0) return 1;
    if (errno == EAGAIN) return 0;
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return 1;  // cannot tell: treat as cached
    return -errno;
}

int ottla_is_cached(int fd, int64_t offset, int64_t length) {
    int first = probe(fd, offset);
    if (first <= 0 || length <= 1) return first;
    return probe(fd, offset + length - 1);
}

int ottla_lock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno; }

int ottla_sync_filesystem(int fd) { return syncfs(fd) == 0 ? 0 : -errno; }

int64_t ottla_open_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    return limit.rlim_cur == RLIM_INFINITY ? INT32_MAX : (int64_t)limit.rlim_cur;
}

int64_t ottla_raise_open_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return ottla_open_file_limit();
}

int64_t ottla_resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long long size = 0, resident = -1;
    if (!file) return -1;
    if (fscanf(file, "%lld %lld", &size, &resident) != 2) resident = -1;
    fclose(file);
    return resident < 0 ? -1 : resident * (int64_t)sysconf(_SC_PAGESIZE);
}

void ottla_tune_allocator(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
    // Receive buffers come and go: memory that goes back to the system would be cleared again page by page.
    mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
    mallopt(M_TOP_PAD, 1024 * 1024);
#endif
}

static int64_t clock_nanos(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t ottla_monotonic_nanos(void) { return clock_nanos(CLOCK_MONOTONIC); }
int64_t ottla_wall_millis(void) { return clock_nanos(CLOCK_REALTIME) / 1000000; }

void ottla_name_thread(const char *name) {
    char short_name[16];
    strncpy(short_name, name, sizeof short_name - 1);
    short_name[sizeof short_name - 1] = 0;
    pthread_setname_np(pthread_self(), short_name);
}
