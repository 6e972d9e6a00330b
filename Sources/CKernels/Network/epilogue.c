#include "CKernels.h"
#include "kernel.h"
#include "vector.h"

// max?(a + b + c, 0) by rows; b and c may be NULL.
RG_INLINE void sum_rows(float *out, ptrdiff_t out_stride, const float *a, ptrdiff_t a_stride,
                        const float *b, ptrdiff_t b_stride, const float *c, ptrdiff_t c_stride,
                        int relu, ptrdiff_t rows, ptrdiff_t channels) {
  // Below any float: max(x, floor) is then x, so that one loop serves with and without ReLU.
  const float floor_value = relu ? 0.0f : -__builtin_inff();
  const vec low = SPLAT(floor_value);
  for (ptrdiff_t r = 0; r < rows; r++, out += out_stride, a += a_stride) {
    ptrdiff_t i = 0;
    for (; i + 16 <= channels; i += 16) {
      vec v = LOAD(a + i);
      if (b) v += LOAD(b + i);
      if (c) v += LOAD(c + i);
      STORE(out + i, v < low ? low : v);
    }
    for (; i < channels; i++) {
      float v = a[i];
      if (b) v += b[i];
      if (c) v += c[i];
      out[i] = v < floor_value ? floor_value : v;
    }
    if (b) b += b_stride;
    if (c) c += c_stride;
  }
}

// Images have three channels: a loop of a known length.
RG_INLINE void sum(float *out, ptrdiff_t out_stride, const float *a, ptrdiff_t a_stride,
                   const float *b, ptrdiff_t b_stride, const float *c, ptrdiff_t c_stride, int relu,
                   ptrdiff_t rows, ptrdiff_t channels) {
  if (channels == 3)
    sum_rows(out, out_stride, a, a_stride, b, b_stride, c, c_stride, relu, rows, 3);
  else
    sum_rows(out, out_stride, a, a_stride, b, b_stride, c, c_stride, relu, rows, channels);
}

RG_CLONES
void rg_epilogue(float *out, ptrdiff_t out_stride, const float *bias, const float *residual,
                 ptrdiff_t residual_stride, int relu, ptrdiff_t rows, ptrdiff_t channels) {
  if (!bias && !residual && !relu) return;
  sum(out, out_stride, out, out_stride, bias, 0, residual, residual_stride, relu, rows, channels);
}

RG_CLONES
void rg_add_rows(float *out, ptrdiff_t out_stride, const float *a, ptrdiff_t a_stride,
                 const float *b, ptrdiff_t b_stride, int relu, ptrdiff_t rows, ptrdiff_t channels) {
  sum(out, out_stride, a, a_stride, b, b_stride, NULL, 0, relu, rows, channels);
}
