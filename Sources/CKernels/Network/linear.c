#include "CKernels.h"
#include "vector.h"

// Of two rows of blocks of `n` floats, the blocks at even places, or at odd ones, in turn.
#define EVEN_1(x, y) \
  __builtin_shufflevector(x, y, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define ODD_1(x, y) \
  __builtin_shufflevector(x, y, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
#define EVEN_2(x, y) \
  __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define ODD_2(x, y) \
  __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN_4(x, y) \
  __builtin_shufflevector(x, y, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define ODD_4(x, y) \
  __builtin_shufflevector(x, y, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define EVEN_8(x, y) \
  __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define ODD_8(x, y) \
  __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)

// Exchanges the odd blocks of each row with the even ones of the row `n` below.
#define EXCHANGE(n, r)                                                        \
  _Pragma("clang loop unroll(full)") for (int i_ = 0; i_ < 16; i_++) {        \
    if (i_ & n) continue;                                                     \
    vec even_ = EVEN_##n(r[i_], r[i_ + n]), odd_ = ODD_##n(r[i_], r[i_ + n]); \
    r[i_] = even_;                                                            \
    r[i_ + n] = odd_;                                                         \
  }

// Floats of a row that are asked for before they are needed: a kilobyte.
enum { lanes = 16, ahead = 256 };

RG_CLONES void rg_linear(const float *weights, ptrdiff_t stride, const float *x, ptrdiff_t inner,
                         ptrdiff_t part, ptrdiff_t rows, float *out) {
  if (rows < lanes || part < 1) __builtin_trap();
  for (ptrdiff_t first = 0; first < rows; first += lanes) {
    // The last sixteen rows, some of them for the second time.
    const ptrdiff_t row = first + lanes <= rows ? first : rows - lanes;
    const float *from = weights + row * stride;
    vec total = SPLAT(0);
    for (ptrdiff_t begin = 0; begin < inner; begin += part) {
      const ptrdiff_t end = begin + part < inner ? begin + part : inner;
      vec sum = SPLAT(0);
      ptrdiff_t k = begin;
      for (; k + lanes <= end; k += lanes) {
        vec r[lanes];
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) {
          r[i] = LOAD(from + i * stride + k);
          __builtin_prefetch(from + i * stride + k + ahead);
        }
        EXCHANGE(8, r)
        EXCHANGE(4, r)
        EXCHANGE(2, r)
        EXCHANGE(1, r)
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) sum = __builtin_elementwise_fma(r[i], SPLAT(x[k + i]), sum);
      }
      for (; k < end; k++) {
        vec column;
#pragma clang loop unroll(full)
        for (int i = 0; i < lanes; i++) column[i] = from[i * stride + k];
        sum = __builtin_elementwise_fma(column, SPLAT(x[k]), sum);
      }
      total = begin == 0 ? sum : total + sum;
    }
    STORE(out + row, total);
  }
}
