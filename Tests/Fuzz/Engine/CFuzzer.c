#define _GNU_SOURCE
#include "CFuzzer.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
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
  static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  __sanitizer_set_death_callback(NULL);
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

/* A child process that goes through one file after another. */
static struct {
  pid_t process;
  int asks, answers, files;
} examiner;

enum { FILES_OF_AN_EXAMINER = 2000 };

static int transfer(ssize_t (*move)(int, void *, size_t), int descriptor, void *data, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t count = move(descriptor, (char *)data + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return -1;
    done += (size_t)count;
  }
  return 0;
}

static ssize_t put(int descriptor, void *data, size_t size) {
  return write(descriptor, data, size);
}

static void examine(void (*body)(const char *path), int questions, int answers, int seconds) {
  char path[PATH_MAX], done = 1;
  act_alone();
  while (transfer(read, questions, path, sizeof path) == 0) {
    alarm((unsigned)seconds);
    body(path);
    alarm(0);
    if (transfer(put, answers, &done, 1) != 0) break;
  }
  _exit(0);
}

static int start_examiner(void (*body)(const char *path), int seconds) {
  int questions[2], answers[2];
  if (pipe(questions) != 0 || pipe(answers) != 0) return -1;
  examiner.process = fork();
  if (examiner.process == 0) {
    close(questions[1]), close(answers[0]);
    examine(body, questions[0], answers[1], seconds);
  }
  close(questions[0]), close(answers[1]);
  examiner.asks = questions[1], examiner.answers = answers[0], examiner.files = 0;
  return examiner.process < 0 ? -1 : 0;
}

static int end_examiner(void) {
  int status = 0;
  close(examiner.asks), close(examiner.answers);
  while (waitpid(examiner.process, &status, 0) < 0 && errno == EINTR) continue;
  examiner.process = 0;
  return status;
}

int rg_fuzz_attempt(void (*body)(const char *path), const char *path, int seconds) {
  char question[PATH_MAX] = {0}, done = 0;
  signal(SIGPIPE, SIG_IGN);
  if (examiner.process > 0 && ++examiner.files >= FILES_OF_AN_EXAMINER) end_examiner();
  if (examiner.process <= 0 && start_examiner(body, seconds) != 0) return 1;
  strncpy(question, path, sizeof question - 1);
  if (transfer(put, examiner.asks, question, sizeof question) == 0 &&
      transfer(read, examiner.answers, &done, 1) == 0) {
    return 0;
  }
  const int status = end_examiner();
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? 1 : -WTERMSIG(status);
  /* AddressSanitizer's report ends with a status. */
  return -SIGABRT;
}
