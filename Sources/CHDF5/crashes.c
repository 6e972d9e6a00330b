#define _GNU_SOURCE
#include "CHDF5.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file that is being read; whoever is in the library has it for himself. */
static char file[1 << 12];
/* How often this thread entered the library and has not left it. */
static _Thread_local volatile int depth;
static int status;

static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[SIGNALS];

void rg_hdf5_enter(const char *path) {
  if (path) snprintf(file, sizeof file, "%s", path);
  depth++;
}

void rg_hdf5_leave(void) { depth--; }

static void say(const char *text) {
  const ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
  (void)ignored;
}

/* Of what a handler of signals may do, the little that is needed. */
static void caught(int number) {
  if (depth > 0) {
    const char digits[] = {(char)('0' + number / 10), (char)('0' + number % 10), 0};
    say("Error: ");
    say(file);
    say(": damaged HDF5 file (the HDF5 library crashed on it (signal ");
    say(digits[0] == '0' ? digits + 1 : digits);
    say(")); copy or download it again\n");
    _exit(status);
  }
  /* Not ours: what is done again after this meets who was there before. */
  for (int i = 0; i < SIGNALS; i++)
    if (signals[i] == number) sigaction(number, &before[i], NULL);
}

void rg_hdf5_catch_crashes(int wanted) {
  struct sigaction action = {.sa_handler = caught, .sa_flags = SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  status = wanted;
  for (int i = 0; i < SIGNALS; i++) sigaction(signals[i], &action, &before[i]);
}
