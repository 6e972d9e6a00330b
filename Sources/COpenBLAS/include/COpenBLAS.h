// OpenBLAS, loaded at start-up instead of linked: it picks its kernels in its own constructor, by
// processor or by OPENBLAS_CORETYPE. Environments that pin that variable for some other program
// (Haswell is common) would halve our speed on AVX-512 and change the last bits of results, so the
// kernels are chosen here: SkylakeX where the processor has AVX-512, OpenBLAS's own choice
// elsewhere, REALITYGAP_OPENBLAS_CORETYPE over both. That has to be in the environment before the
// library is loaded.
#ifndef RG_COPENBLAS_H
#define RG_COPENBLAS_H

// Where a process may have less memory (RLIMIT_AS, bytes), the library is not loaded.
#define RG_BLAS_LEAST_MEMORY 2147483648

// NULL when the library was loaded, else why not.
const char *rg_blas_error(void);
// OpenBLAS's version, build options and the kernels in use, e.g. "OpenBLAS 0.3.21 ... SkylakeX".
const char *rg_blas_description(void);
// Whether the kernels in use have a way of their own for small products (m n k up to 10^6), which
// reads the factors where they lie instead of copying them first.
int rg_blas_small_products(void);
// c[m][n] = alpha * op(a) op(b) + beta * c, row-major, on the calling thread only. Thread-safe.
void rg_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
              int lda, const float *b, int ldb, float beta, float *c, int ldc);

#endif
