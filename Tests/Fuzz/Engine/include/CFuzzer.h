#ifndef RG_CFUZZER_H
#define RG_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

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
