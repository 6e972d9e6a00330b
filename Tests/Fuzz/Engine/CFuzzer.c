#define _GNU_SOURCE
#include "CFuzzer.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, rg_fuzz_target target);
/* Of AddressSanitizer's runtime. */
void __sanitizer_set_death_callback(void (*callback)(void));

/* Of Swift. */
void rg_fuzz_initialize(void);

static rg_fuzz_target chosen;

void rg_fuzz_choose(rg_fuzz_target target) { chosen = target; }

/* libFuzzer calls these by name; its main, which is linked along, is the program's as well as ours could be. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  rg_fuzz_initialize();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return chosen(data, size); }

int rg_fuzz_run(int argc, char **argv) {
  return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput);
}

int rg_fuzz_file(int descriptor, const void *data, size_t size) {
  if (descriptor < 0) descriptor = memfd_create("input", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, 0) != 0) return -1;
  size_t done = 0;
  while (done < size) {
    ssize_t count = pwrite(descriptor, (const char *)data + done, size - done, (off_t)done);
    if (count <= 0) return -1;
    done += (size_t)count;
  }
  return descriptor;
}

/* The child's end is the parent's to judge, not libFuzzer's. */
static void act_alone(void) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  __sanitizer_set_death_callback(NULL);
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

int rg_fuzz_attempt(void (*body)(void *context), void *context, int seconds) {
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    act_alone();
    alarm((unsigned)seconds);
    body(context);
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) continue;
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? 1 : -WTERMSIG(status);
  /* AddressSanitizer's report ends with a status. */
  return WEXITSTATUS(status) == 0 ? 0 : -SIGABRT;
}
