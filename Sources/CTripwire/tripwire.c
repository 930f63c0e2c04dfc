#define _GNU_SOURCE
#include "CTripwire.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

// These stand before the C library's, also for what the Swift runtime and other libraries call.
static _Thread_local int tripwires;

void ottla_set_tripwires(int are_set) { tripwires = are_set; }

static long ask(long number, long a, long b, long c) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
}

static void trip(const char *what) {
    if (!tripwires) return;
    tripwires = 0;
    const char *text = " was called outside of the simulated world\n";
    ssize_t ignored = write(2, what, strlen(what));
    ignored = write(2, text, strlen(text));
    (void)ignored;
    raise(SIGABRT);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    trip("clock_gettime");
    return ask(SYS_clock_gettime, clock, (long)time, 0) == 0 ? 0 : -1;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    trip("gettimeofday");
    return ask(SYS_gettimeofday, (long)time, (long)zone, 0) == 0 ? 0 : -1;
}

ssize_t getrandom(void *bytes, size_t count, unsigned flags) {
    trip("getrandom");
    long result = ask(SYS_getrandom, (long)bytes, (long)count, flags);
    return result < 0 ? -1 : result;
}

int getentropy(void *bytes, size_t count) {
    trip("getentropy");
    return ask(SYS_getrandom, (long)bytes, (long)count, 0) == (long)count ? 0 : -1;
}
