// What belongs to the process of the command line and must not happen in a program that only links its libraries.
#ifndef OTTLA_CPROCESS_H
#define OTTLA_CPROCESS_H

#include <signal.h>

// Tells the supervisor that NOTIFY_SOCKET names (systemd's protocol: lines of KEY=value) about the process.
// 0 when there is none, 1 when it was told, -errno when it cannot be reached.
int ottla_notify_supervisor(const char *state);

// The signals that stop a node. `ottla serve` has them blocked from the start.
void ottla_stop_signals(sigset_t *set);

#endif
