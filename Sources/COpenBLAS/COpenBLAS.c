#include "COpenBLAS.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef void (*sgemm_function)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                               float alpha, const float *a, int lda, const float *b, int ldb,
                               float beta, float *c, int ldc);

// CBLAS's constants.
enum { row_major = 101, no_transpose = 111, transpose = 112 };

static sgemm_function sgemm;
static char error[256], description[256];
static int small_products;

static int has_avx512(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return 0;
#endif
}

extern char **environ;

// OpenBLAS reads the environment while it is loaded. A variable that setenv has to add moves the
// environment off the stack, and the Swift runtime, whose own constructor may come later, finds the
// arguments of the program beside it: so it goes back to where it was.
static void *open_library(void) {
  char **original = environ;
  const char *wish = getenv("REALITYGAP_OPENBLAS_CORETYPE");
  if (wish && *wish)
    setenv("OPENBLAS_CORETYPE", wish, 1);
  else if (has_avx512())
    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  environ = original;
  return library;
}

// Before main, while there is one thread: setenv is not thread-safe.
__attribute__((constructor)) static void load(void) {
  // Its threads' memory is not to be had, and it does not say so in a way that could be caught.
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < RG_BLAS_LEAST_MEMORY) {
    snprintf(error, sizeof error, "too little memory is allowed (ulimit -v)");
    return;
  }
  void *library = open_library();
  if (!library) {
    snprintf(error, sizeof error, "%s", dlerror());
    return;
  }
  sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  char *(*config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
  char *(*core)(void) = (char *(*)(void))dlsym(library, "openblas_get_corename");
  if (!sgemm || !set_threads || !config || !core) {
    sgemm = NULL;
    snprintf(error, sizeof error, "the library found as libopenblas is not OpenBLAS");
    return;
  }
  set_threads(1);
  snprintf(description, sizeof description, "%s", config());
  if (!strstr(description, core()))
    snprintf(description, sizeof description, "%.180s %.40s", config(), core());
  static const char *const with_small[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
  for (int i = 0; i < 3; i++) small_products |= !strcmp(core(), with_small[i]);
}

const char *rg_blas_error(void) { return sgemm ? NULL : error; }

const char *rg_blas_description(void) { return description; }

int rg_blas_small_products(void) { return small_products; }

void rg_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
              int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  sgemm(row_major, transpose_a ? transpose : no_transpose, transpose_b ? transpose : no_transpose,
        m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
