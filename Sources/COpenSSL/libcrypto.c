#include "COpenSSL.h"

#include <dlfcn.h>
#include <stdio.h>

// POSIX has functions as the values of dlsym, C does not: so the symbol is written to where the function is kept.
static int find(void *handle, const char *name, void *function) {
    void *symbol = dlsym(handle, name);
    *(void **)function = symbol;
    return symbol != NULL;
}

int ottla_load_libcrypto(const char *name, struct ottla_libcrypto *library, char *why, size_t room) {
    // Local: symbols of another libcrypto in the process stay what they are.
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle && find(handle, "EVP_sha256", &library->sha256) && find(handle, "EVP_sha512", &library->sha512)
        && find(handle, "EVP_Digest", &library->digest) && find(handle, "HMAC", &library->hmac)
        && find(handle, "PKCS5_PBKDF2_HMAC", &library->pbkdf2)) {
        return 1;
    }
    const char *error = dlerror();
    snprintf(why, room, "%s", error ? error : name);
    if (handle) dlclose(handle);
    return 0;
}

static const void *md(const struct ottla_libcrypto *library, enum ottla_hash hash) {
    return hash == OTTLA_SHA256 ? library->sha256() : library->sha512();
}

unsigned ottla_digest(const struct ottla_libcrypto *library, enum ottla_hash hash, const void *data, size_t size, unsigned char *out) {
    unsigned count = 0;
    return library->digest(data, size, out, &count, md(library, hash), NULL) == 1 ? count : 0;
}

unsigned ottla_hmac(const struct ottla_libcrypto *library, enum ottla_hash hash, const void *key, int key_size,
                    const unsigned char *data, size_t size, unsigned char *out) {
    unsigned count = 0;
    return library->hmac(md(library, hash), key, key_size, data, size, out, &count) ? count : 0;
}

unsigned ottla_pbkdf2(const struct ottla_libcrypto *library, enum ottla_hash hash, const char *password, int password_size,
                      const unsigned char *salt, int salt_size, int iterations, unsigned char *out) {
    int count = hash == OTTLA_SHA256 ? 32 : 64;
    int done = library->pbkdf2(password, password_size, salt, salt_size, iterations, md(library, hash), count, out);
    return done == 1 ? (unsigned)count : 0;
}
