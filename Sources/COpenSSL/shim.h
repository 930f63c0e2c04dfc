// The hashes of SCRAM by the system's libcrypto, for which no second BoringSSL has to be built.
#include <openssl/evp.h>
#include <openssl/hmac.h>

// The largest digest below, in bytes.
enum { OTTLA_DIGEST_MAX = 64 };

enum ottla_hash { OTTLA_SHA256, OTTLA_SHA512 };

static inline const EVP_MD *ottla_md(enum ottla_hash hash) { return hash == OTTLA_SHA256 ? EVP_sha256() : EVP_sha512(); }

// Each writes the digest to `out`, which has room for OTTLA_DIGEST_MAX bytes, and returns its size; 0 when libcrypto failed.

static inline unsigned ottla_digest(enum ottla_hash hash, const void *data, size_t size, unsigned char *out) {
    unsigned count = 0;
    return EVP_Digest(data, size, out, &count, ottla_md(hash), NULL) == 1 ? count : 0;
}

static inline unsigned ottla_hmac(enum ottla_hash hash, const void *key, int key_size, const unsigned char *data,
                                  size_t size, unsigned char *out) {
    unsigned count = 0;
    return HMAC(ottla_md(hash), key, key_size, data, size, out, &count) ? count : 0;
}

// PBKDF2 (RFC 8018) with one block.
static inline unsigned ottla_pbkdf2(enum ottla_hash hash, const char *password, int password_size, const unsigned char *salt,
                                    int salt_size, int iterations, unsigned char *out) {
    int count = EVP_MD_get_size(ottla_md(hash));
    int done = PKCS5_PBKDF2_HMAC(password, password_size, salt, salt_size, iterations, ottla_md(hash), count, out);
    return done == 1 ? (unsigned)count : 0;
}
