#include "CKernels.h"
#include "vector.h"

// c[R][16 V] (+)= a[R][inner] b[inner][16 V], all of c in registers. R and V are constants where this
// is inlined, so that the loops over them vanish.
static inline __attribute__((always_inline)) void tile(
    const float *a, ptrdiff_t a_row, ptrdiff_t a_inner, const float *b, ptrdiff_t b_row, float *c,
    ptrdiff_t c_row, ptrdiff_t inner, int add, const int R, const int V) {
  vec sum[24];
  for (int i = 0; i < R * V; i++) sum[i] = SPLAT(0.0f);
  for (ptrdiff_t k = 0; k < inner; k++, a += a_inner, b += b_row) {
    vec right[4];
    for (int v = 0; v < V; v++) right[v] = LOAD(b + 16 * v);
    for (int r = 0; r < R; r++) {
      vec left = SPLAT(a[r * a_row]);
      for (int v = 0; v < V; v++) sum[r * V + v] += left * right[v];
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) {
      float *to = c + r * c_row + 16 * v;
      STORE(to, add ? LOAD(to) + sum[r * V + v] : sum[r * V + v]);
    }
}

// All rows of 16 V columns.
static inline __attribute__((always_inline)) void panel(
    const float *a, ptrdiff_t a_row, ptrdiff_t a_inner, const float *b, ptrdiff_t b_row, float *c,
    ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t inner, int add, const int R, const int V) {
  ptrdiff_t r = 0;
  for (; r + R <= rows; r += R)
    tile(a + r * a_row, a_row, a_inner, b, b_row, c + r * c_row, c_row, inner, add, R, V);
  for (; r + 4 <= rows; r += 4)
    tile(a + r * a_row, a_row, a_inner, b, b_row, c + r * c_row, c_row, inner, add, 4, V);
  for (; r < rows; r++)
    tile(a + r * a_row, a_row, a_inner, b, b_row, c + r * c_row, c_row, inner, add, 1, V);
}

static inline __attribute__((always_inline)) void plain(
    const float *a, ptrdiff_t a_row, ptrdiff_t a_inner, const float *b, ptrdiff_t b_row, float *c,
    ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t inner, int add) {
  ptrdiff_t n = 0;
  for (; n + 64 <= columns; n += 64)
    panel(a, a_row, a_inner, b + n, b_row, c + n, c_row, rows, inner, add, 6, 4);
  if (n + 48 <= columns) {
    panel(a, a_row, a_inner, b + n, b_row, c + n, c_row, rows, inner, add, 8, 3);
    n += 48;
  } else if (n + 32 <= columns) {
    panel(a, a_row, a_inner, b + n, b_row, c + n, c_row, rows, inner, add, 12, 2);
    n += 32;
  }
  if (n + 16 <= columns)
    panel(a, a_row, a_inner, b + n, b_row, c + n, c_row, rows, inner, add, 24, 1);
}

// Blocks of the large case: rows of a, and the length of the sum, whose copies stay in the second
// cache.
enum { block_rows = 192, block_inner = 256 };

#if defined(__x86_64__)
__attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#endif
void rg_product(const float *a, ptrdiff_t a_row, ptrdiff_t a_inner, const float *b,
                ptrdiff_t b_row, float *c, ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t columns,
                ptrdiff_t inner, int add) {
  if (columns % 64 != 0 || columns * inner <= 12 << 10) {
    plain(a, a_row, a_inner, b, b_row, c, c_row, rows, columns, inner, add);
    return;
  }
  // Rows a power of two apart fall on the same few cache lines, so both factors are copied.
  float left[block_rows * block_inner] __attribute__((aligned(64)));
  float right[64 * block_inner] __attribute__((aligned(64)));
  for (ptrdiff_t k = 0; k < inner; k += block_inner) {
    ptrdiff_t depth = inner - k < block_inner ? inner - k : block_inner;
    for (ptrdiff_t m = 0; m < rows; m += block_rows) {
      ptrdiff_t height = rows - m < block_rows ? rows - m : block_rows;
      const float *from = a + m * a_row + k * a_inner;
      ptrdiff_t row = a_row, step = a_inner;
      if (a_row == 1) {
        for (ptrdiff_t i = 0; i < depth; i++)
          memcpy(left + i * block_rows, from + i * a_inner, sizeof(float) * (size_t)height);
        from = left;
        step = block_rows;
      }
      for (ptrdiff_t n = 0; n < columns; n += 64) {
        for (ptrdiff_t i = 0; i < depth; i++)
          for (int v = 0; v < 64; v += 16)
            STORE(right + 64 * i + v, LOAD(b + (k + i) * b_row + n + v));
        panel(from, row, step, right, 64, c + m * c_row + n, c_row, height, depth, add || k > 0, 6,
              4);
      }
    }
  }
}

int rg_product_is_fast(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4") ? 1 : 0;
#else
  return 0;
#endif
}
