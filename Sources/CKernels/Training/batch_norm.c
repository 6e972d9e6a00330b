#include "CKernels.h"
#include "vector.h"

RG_CLONES
void rg_batch_norm_apply(float *out, const float *x, const float *mean, const float *scale,
                         const float *bias, int relu, ptrdiff_t rows, ptrdiff_t channels) {
  const float low = relu ? 0.0f : -__builtin_inff();
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *from = x + r * channels;
    float *to = out + r * channels;
    RG_EACH
    for (ptrdiff_t c = 0; c < channels; c++) {
      float v = scale[c] * (from[c] - mean[c]) + bias[c];
      to[c] = v < low ? low : v;
    }
  }
}

RG_CLONES
void rg_batch_norm_gradient(float *dx, const float *x, const float *dy, const float *mean,
                            const float *scale, const float *bias, const float *slope,
                            const float *offset, int relu, int cut, ptrdiff_t rows,
                            ptrdiff_t channels) {
  const float low = relu ? 0.0f : -__builtin_inff(), least = cut ? 0.0f : -__builtin_inff();
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *xs = x + r * channels, *dys = dy + r * channels;
    float *to = dx + r * channels;
    RG_EACH
    for (ptrdiff_t c = 0; c < channels; c++) {
      float d = xs[c] - mean[c];
      float g = scale[c] * d + bias[c] <= low ? 0.0f : dys[c];
      float v = scale[c] * g + slope[c] * d + offset[c];
      to[c] = xs[c] <= least ? 0.0f : v;
    }
  }
}
