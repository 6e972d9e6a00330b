#include "CKernels.h"
#include "vector.h"

RG_CLONES
void rg_epilogue(float *out, ptrdiff_t out_stride, const float *bias, const float *residual,
                 ptrdiff_t residual_stride, int relu, ptrdiff_t rows, ptrdiff_t channels) {
  if (!bias && !residual && !relu) return;
  // Below any float: max(x, floor) is then x, so that one loop serves with and without ReLU.
  const float floor_value = relu ? 0.0f : -__builtin_inff();
  const vec low = SPLAT(floor_value);
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *o = out + r * out_stride;
    const float *s = residual ? residual + r * residual_stride : 0;
    ptrdiff_t c = 0;
    for (; c + 16 <= channels; c += 16) {
      vec v = LOAD(o + c);
      if (bias) v += LOAD(bias + c);
      if (s) v += LOAD(s + c);
      STORE(o + c, v < low ? low : v);
    }
    for (; c < channels; c++) {
      float v = o[c];
      if (bias) v += bias[c];
      if (s) v += s[c];
      o[c] = v < floor_value ? floor_value : v;
    }
  }
}
