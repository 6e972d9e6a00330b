#define _GNU_SOURCE
#include "CFuzzer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
/* Of AddressSanitizer's runtime. */
void __sanitizer_set_death_callback(void (*callback)(void));

/* Of Swift: what libFuzzer calls by name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
  static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  __sanitizer_set_death_callback(NULL);
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* What the fuzzer counts of a child's doings is counted here: the counters of coverage, but for those that share a
   page with something else, become memory of both. Their bounds come by assembly, since the compiler renames its own
   declarations of these where there are others. */
__asm__(".pushsection .data.rel.ro, \"aw\"\n"
        "rg_counters: .8byte __start___sancov_cntrs, __stop___sancov_cntrs\n"
        ".popsection");
extern uint8_t *const rg_counters[2] __attribute__((visibility("hidden")));

static int share_counters(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  uint8_t *const start = (uint8_t *)(((uintptr_t)rg_counters[0] + page - 1) & -page);
  uint8_t *const stop = (uint8_t *)((uintptr_t)rg_counters[1] & -page);
  if (start >= stop) return 0;
  const size_t size = (size_t)(stop - start);
  void *const shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return -1;
  memcpy(shared, start, size);
  return mremap(shared, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, start) == start ? 0 : -1;
}

int rg_fuzz_start(void (*body)(int socket), pid_t *process) {
  static int shared;
  int ends[2];
  if (!shared && share_counters() != 0) return -1;
  shared = 1;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  *process = fork();
  if (*process == 0) {
    act_alone();
    close(ends[0]);
    body(ends[1]);
    _exit(0);
  }
  close(ends[1]);
  return *process < 0 ? -1 : ends[0];
}

int rg_fuzz_end(pid_t process) {
  int status = 0;
  kill(process, SIGKILL);
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
