// The hashes of SCRAM by the system's libcrypto, for which no second BoringSSL has to be built. It is loaded when a login wants it:
// a process that never logs in that way neither needs it nor pays for it, and its headers are not needed to build.
#ifndef OTTLA_COPENSSL_H
#define OTTLA_COPENSSL_H

#include <stddef.h>

// The largest digest below, in bytes.
enum { OTTLA_DIGEST_MAX = 64 };

enum ottla_hash { OTTLA_SHA256, OTTLA_SHA512 };

// What is used of libcrypto: stable since OpenSSL 1.0. Without a value until it is loaded.
struct ottla_libcrypto {
    const void *(*sha256)(void);
    const void *(*sha512)(void);
    int (*digest)(const void *data, size_t size, unsigned char *out, unsigned *count, const void *md, void *engine);
    unsigned char *(*hmac)(const void *md, const void *key, int key_size, const unsigned char *data, size_t size, unsigned char *out,
                           unsigned *count);
    int (*pbkdf2)(const char *password, int password_size, const unsigned char *salt, int salt_size, int iterations, const void *md,
                  int count, unsigned char *out);
};

// Loads the library of this name, for as long as the process lives. Returns 1; or 0, with the reason as text in `why`.
int ottla_load_libcrypto(const char *name, struct ottla_libcrypto *library, char *why, size_t room);

// Each writes the digest to `out`, which has room for OTTLA_DIGEST_MAX bytes, and returns its size; 0 when libcrypto failed.

unsigned ottla_digest(const struct ottla_libcrypto *library, enum ottla_hash hash, const void *data, size_t size, unsigned char *out);

unsigned ottla_hmac(const struct ottla_libcrypto *library, enum ottla_hash hash, const void *key, int key_size,
                    const unsigned char *data, size_t size, unsigned char *out);

// PBKDF2 (RFC 8018) with one block.
unsigned ottla_pbkdf2(const struct ottla_libcrypto *library, enum ottla_hash hash, const char *password, int password_size,
                      const unsigned char *salt, int salt_size, int iterations, unsigned char *out);

#endif
