#define _GNU_SOURCE
#include "CHDF5.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static _Thread_local const char *volatile file;
static int status;

static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
enum { SIGNALS = sizeof signals / sizeof *signals };
static struct sigaction before[SIGNALS];

const char *rg_hdf5_read_file(const char *path) {
  const char *const earlier = file;
  file = path;
  return earlier;
}

static void say(const char *text) {
  const ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
  (void)ignored;
}

/* Of what a handler of signals may do, the little that is needed. */
static void caught(int number) {
  if (file) {
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
