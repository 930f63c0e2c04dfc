#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

// SIGPWR is what containers of LXC are stopped with. What nohup or a shell's `&` has switched off stays off.
void ottla_stop_signals(sigset_t *set) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPWR};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] == SIGTERM || !is_ignored(numbers[i])) sigaddset(set, numbers[i]);
}

// A descriptor that the process was started without is given to the first file that is opened, and log lines would go there. So it
// is taken before anything else can be opened, and in the direction in which nothing works: a command that reads or writes it finds
// out, as it would have with the closed one.
static void occupy(int descriptor, int flags) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) return;
    int taken = open("/dev/null", flags);
    if (taken < 0) taken = epoll_create1(0);  // without /dev: can be neither read nor written
    if (taken < 0) _exit(71);
    if (taken == descriptor) return;
    if (dup2(taken, descriptor) < 0) _exit(71);
    close(taken);
}

__attribute__((constructor(101))) static void occupy_standard_descriptors(void) {
    occupy(STDIN_FILENO, O_WRONLY);
    occupy(STDOUT_FILENO, O_RDONLY);
    occupy(STDERR_FILENO, O_RDONLY);
}

// A node has its stop signals taken by one of its threads. Until it gets there, which takes some time for a program of this size, a
// signal waits: a node that is told to stop before it is up stops in order.
__attribute__((constructor(102))) static void hold_stop_signals(int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], "serve") != 0) return;
    sigset_t set;
    ottla_stop_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

int ottla_notify_supervisor(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path || !*path) return 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || length > sizeof address.sun_path - 1) return -EINVAL;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;  // a name that is not in the file system
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    int result = sent < 0 ? -errno : 1;
    close(fd);
    return result;
}

