// CRC32C. The processor's instruction has a latency of three cycles and a throughput of one, so three streams run side by side and
// are joined by multiplying with x^(8 * bytes) in the polynomial's field, by tables made at start.
#include "CPlatform.h"

#include <string.h>

#define POLYNOMIAL 0x82f63b78u
#define LONG_BLOCK 4096
#define SHORT_BLOCK 256

static uint32_t table[8][256];
static uint32_t shift_long[4][256];
static uint32_t shift_short[4][256];
static int hardware;

// The CRC register after `length` zero bytes, starting from `crc`, without the final inversion.
static uint32_t zeros(uint32_t crc, size_t length) {
    while (length--) crc = table[0][crc & 0xff] ^ (crc >> 8);
    return crc;
}

// Feeding zeros is linear in the register: 32 single bits give all entries.
static void make_shift(uint32_t shift[4][256], size_t length) {
    uint32_t basis[32];
    for (int bit = 0; bit < 32; bit++) basis[bit] = zeros(1u << bit, length);
    for (int byte = 0; byte < 4; byte++)
        for (int value = 0; value < 256; value++) {
            uint32_t sum = 0;
            for (int bit = 0; bit < 8; bit++)
                if (value >> bit & 1) sum ^= basis[byte * 8 + bit];
            shift[byte][value] = sum;
        }
}

#if defined(__x86_64__) || defined(__aarch64__)
static inline uint32_t shift(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 0xff] ^ table[1][crc >> 8 & 0xff] ^ table[2][crc >> 16 & 0xff] ^ table[3][crc >> 24];
}
#endif

__attribute__((constructor)) static void prepare(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        table[0][n] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (uint32_t n = 0; n < 256; n++) table[k][n] = table[0][table[k - 1][n] & 0xff] ^ table[k - 1][n] >> 8;
    make_shift(shift_long, LONG_BLOCK);
    make_shift(shift_short, SHORT_BLOCK);
#if defined(__x86_64__)
    __builtin_cpu_init();
    hardware = __builtin_cpu_supports("sse4.2");
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
    hardware = 1;
#endif
}

uint32_t ottla_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
    const unsigned char *p = bytes;
    crc = ~crc;
    while (length >= 8) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        low = __builtin_bswap32(low);
        high = __builtin_bswap32(high);
#endif
        low ^= crc;
        crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
              table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^ table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
        p += 8;
        length -= 8;
    }
    while (length--) crc = table[0][(crc ^ *p++) & 0xff] ^ (crc >> 8);
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
#define STEP8(crc, word) _mm_crc32_u64(crc, word)
#define STEP1(crc, byte) _mm_crc32_u8((uint32_t)(crc), byte)
#define TARGET __attribute__((target("sse4.2")))
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define STEP8(crc, word) __crc32cd((uint32_t)(crc), word)
#define STEP1(crc, byte) __crc32cb((uint32_t)(crc), byte)
#define TARGET
#endif

#ifdef STEP8
static inline uint64_t load(const unsigned char *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

TARGET static uint64_t three_streams(uint64_t crc, const unsigned char **at, size_t *length, size_t block,
                                     uint32_t table[4][256]) {
    const unsigned char *p = *at;
    while (*length >= block * 3) {
        uint64_t second = 0, third = 0;
        const unsigned char *end = p + block;
        while (p < end) {
            crc = STEP8(crc, load(p));
            second = STEP8(second, load(p + block));
            third = STEP8(third, load(p + 2 * block));
            p += 8;
        }
        crc = shift(table, (uint32_t)crc) ^ second;
        crc = shift(table, (uint32_t)crc) ^ third;
        p += 2 * block;
        *length -= 3 * block;
    }
    *at = p;
    return crc;
}

TARGET static uint32_t crc32c_hardware(uint32_t start, const unsigned char *p, size_t length) {
    uint64_t crc = (uint32_t)~start;
    crc = three_streams(crc, &p, &length, LONG_BLOCK, shift_long);
    crc = three_streams(crc, &p, &length, SHORT_BLOCK, shift_short);
    for (; length >= 8; length -= 8, p += 8) crc = STEP8(crc, load(p));
    for (; length; length--, p++) crc = STEP1(crc, *p);
    return ~(uint32_t)crc;
}
#endif

int ottla_crc32c_is_hardware(void) { return hardware; }

uint32_t ottla_crc32c(uint32_t crc, const void *bytes, size_t length) {
#ifdef STEP8
    if (hardware) return crc32c_hardware(crc, bytes, length);
#endif
    return ottla_crc32c_portable(crc, bytes, length);
}
