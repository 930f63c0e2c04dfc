#include <stddef.h>
#include <stdint.h>

/// libFuzzer's driver; comes with `-sanitize=fuzzer`.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *bytes, size_t count));
