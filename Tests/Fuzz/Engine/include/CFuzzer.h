#ifndef RG_CFUZZER_H
#define RG_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls with each input; 0, or -1 for an input that is not to be kept. */
typedef int (*rg_fuzz_target)(const uint8_t *data, size_t size);

/* Says what that is. To be called by `rg_fuzz_initialize`, which the program defines and libFuzzer calls before
   anything else. */
void rg_fuzz_choose(rg_fuzz_target target);

/* Hands the process over to libFuzzer, with its options among the arguments; returns its status. */
int rg_fuzz_run(int argc, char **argv);

/* A file without a name, in memory, of these bytes; replaces what was in `descriptor` unless that is
   negative. Returns the descriptor, or a negative number. */
int rg_fuzz_file(int descriptor, const void *data, size_t size);

/* Runs `body` for a file in a child process, which takes the next ones, too: a fork of what AddressSanitizer watches
   takes 40 ms. Returns 0 where it returned, 1 where it did not within so many seconds, and where a signal ended it
   the negative of the signal's number. The same `body` and `seconds` in every call. */
int rg_fuzz_attempt(void (*body)(const char *path), const char *path, int seconds);

#endif
