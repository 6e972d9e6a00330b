#ifndef RG_CFUZZER_H
#define RG_CFUZZER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Hands the process over to libFuzzer, with its options among the arguments; returns its status. */
int rg_fuzz_run(int argc, char **argv);

/* A file without a name, in memory, of these bytes; replaces what was in `descriptor` unless that is
   negative. Returns the descriptor, or a negative number. */
int rg_fuzz_file(int descriptor, const void *data, size_t size);

/* Starts a child process that runs `body` with one end of a connection, and ends after it, or with this process. What
   of our code it reaches is counted here. Returns the other end, or a negative number. */
int rg_fuzz_start(void (*body)(int socket), pid_t *process);

/* Ends it, and returns the signal that had ended it; 0 for a status, SIGKILL where nothing had. */
int rg_fuzz_end(pid_t process);

#endif
