// What a file system or a clock may do to a program, without one that does: to be preloaded by starve.py.
//   FAULT_LOCKS=1             no file can be locked (ENOLCK), as on NFS without its lock daemon
//   FAULT_CLOCK=MS,SECONDS    MS milliseconds after the start the wall clock jumps by SECONDS
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int without_locks;
static long jump_after = -1, jump_by;
static struct timespec started;

static int (*real_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void read_faults(void) {
  real_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  real_clock(CLOCK_MONOTONIC, &started);
  without_locks = getenv("FAULT_LOCKS") != NULL;
  const char *clock = getenv("FAULT_CLOCK");
  if (clock && sscanf(clock, "%ld,%ld", &jump_after, &jump_by) != 2) abort();
}

static int locks(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_GETLK ||
         command == F_OFD_SETLK || command == F_OFD_SETLKW || command == F_OFD_GETLK;
}

typedef int (*fcntl_function)(int, int, void *);

static int faulty_fcntl(const char *name, int file, int command, void *argument) {
  if (without_locks && locks(command)) {
    errno = ENOLCK;
    return -1;
  }
  return ((fcntl_function)dlsym(RTLD_NEXT, name))(file, command, argument);
}

#define FCNTL(name)                                        \
  int name(int file, int command, ...) {                   \
    va_list list;                                          \
    va_start(list, command);                               \
    void *argument = va_arg(list, void *);                 \
    va_end(list);                                          \
    return faulty_fcntl(#name, file, command, argument);   \
  }
FCNTL(fcntl)
FCNTL(fcntl64)

int flock(int file, int operation) {
  if (without_locks) {
    errno = ENOLCK;
    return -1;
  }
  return ((int (*)(int, int))dlsym(RTLD_NEXT, "flock"))(file, operation);
}

static long jumped(void) {
  if (jump_after < 0) return 0;
  struct timespec now;
  real_clock(CLOCK_MONOTONIC, &now);
  long passed = (now.tv_sec - started.tv_sec) * 1000 + (now.tv_nsec - started.tv_nsec) / 1000000;
  return passed >= jump_after ? jump_by : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  if (!real_clock) real_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int status = real_clock(clock, time);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += jumped();
  return status;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
