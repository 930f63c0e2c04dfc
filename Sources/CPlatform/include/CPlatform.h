// Small C helpers for what Swift cannot express, or not as fast. Every function is thread-safe.
#ifndef OTTLA_CPLATFORM_H
#define OTTLA_CPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// CRC32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to begin). Uses the processor's instruction where there is one.
uint32_t ottla_crc32c(uint32_t crc, const void *bytes, size_t length);
// The portable table version, for tests and processors without the instruction.
uint32_t ottla_crc32c_portable(uint32_t crc, const void *bytes, size_t length);
// 1 when `ottla_crc32c` runs in hardware.
int ottla_crc32c_is_hardware(void);

// pwrite of two buffers in one call. Returns bytes written or -errno.
ssize_t ottla_pwrite2(int fd, const void *first, size_t first_length, const void *second, size_t second_length,
                      int64_t offset);
// 1 when the byte range is in the page cache (probed at its first and last page), 0 when not, -errno on error.
// Reads what the page cache has; -EAGAIN where it has not all of it (but the end of the file), else bytes or -errno.
ssize_t ottla_pread_cached(int fd, void *target, size_t length, int64_t offset);

int ottla_is_cached(int fd, int64_t offset, int64_t length);
// Takes an exclusive lock on an open file. 0, or -errno (-EWOULDBLOCK when another process holds it).
int ottla_lock_exclusive(int fd);
// Makes the file system of an open file durable. 0 or -errno.
int ottla_sync_filesystem(int fd);
// The number of open files that the process may have.
int64_t ottla_open_file_limit(void);
// Raises the soft limit of open files to the hard limit; returns the new soft limit.
int64_t ottla_raise_open_file_limit(void);
// Bytes of resident memory, from /proc; -1 when unknown.
int64_t ottla_resident_bytes(void);

void ottla_tune_allocator(void);
// Names the calling thread for those who look at the process; the kernel takes 15 letters.
void ottla_name_thread(const char *name);
// Monotonic nanoseconds.
int64_t ottla_monotonic_nanos(void);
// Milliseconds since 1970.
int64_t ottla_wall_millis(void);

#endif
