// OpenBLAS, loaded at start-up instead of linked: it picks its kernels in its own constructor, and
// on AMD processors with AVX-512 that are younger than the library (Zen 5 with OpenBLAS 0.3.21) it
// picks Haswell's, at half the speed. So the name of the right kernels must be in the environment
// before the library is loaded (OPENBLAS_CORETYPE, which a user's own setting overrides).
#ifndef RG_COPENBLAS_H
#define RG_COPENBLAS_H

// NULL when the library was loaded, else why not.
const char *rg_blas_error(void);
// OpenBLAS's version, build options and the kernels in use, e.g. "OpenBLAS 0.3.21 ... SkylakeX".
const char *rg_blas_description(void);
// c[m][n] = alpha * op(a) op(b) + beta * c, row-major, on the calling thread only. Thread-safe.
void rg_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
              int lda, const float *b, int ldb, float beta, float *c, int ldc);

#endif
