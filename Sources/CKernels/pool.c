#include "CKernels.h"
#include "vector.h"

static inline ptrdiff_t at_least(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t at_most(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

RG_CLONES
void rg_max_pool(const float *in, ptrdiff_t in_height, ptrdiff_t in_width, ptrdiff_t in_stride,
                 float *out, ptrdiff_t out_width, ptrdiff_t out_stride, ptrdiff_t channels,
                 ptrdiff_t size, ptrdiff_t step, ptrdiff_t padding, ptrdiff_t row_begin,
                 ptrdiff_t row_end) {
  for (ptrdiff_t oy = row_begin; oy < row_end; oy++) {
    ptrdiff_t y0 = at_least(oy * step - padding, 0);
    ptrdiff_t y1 = at_most(oy * step - padding + size, in_height);
    for (ptrdiff_t ox = 0; ox < out_width; ox++) {
      ptrdiff_t x0 = at_least(ox * step - padding, 0);
      ptrdiff_t x1 = at_most(ox * step - padding + size, in_width);
      float *to = out + (oy * out_width + ox) * out_stride;
      ptrdiff_t c = 0;
      for (; c + 16 <= channels; c += 16) {
        vec best = SPLAT(-__builtin_inff());
        for (ptrdiff_t y = y0; y < y1; y++)
          for (ptrdiff_t x = x0; x < x1; x++) {
            vec v = LOAD(in + (y * in_width + x) * in_stride + c);
            // NaN wins, as in PyTorch: a comparison with NaN is false.
            best = v <= best ? best : v;
          }
        STORE(to + c, best);
      }
      for (; c < channels; c++) {
        float best = -__builtin_inff();
        for (ptrdiff_t y = y0; y < y1; y++)
          for (ptrdiff_t x = x0; x < x1; x++) {
            float v = in[(y * in_width + x) * in_stride + c];
            best = v <= best ? best : v;
          }
        to[c] = best;
      }
    }
  }
}

RG_CLONES
void rg_average(const float *in, ptrdiff_t in_width, ptrdiff_t in_stride, ptrdiff_t y0,
                ptrdiff_t y1, ptrdiff_t x0, ptrdiff_t x1, float *out, ptrdiff_t channels) {
  float count = (float)((y1 - y0) * (x1 - x0));
  ptrdiff_t c = 0;
  for (; c + 16 <= channels; c += 16) {
    vec sum = SPLAT(0.0f);
    for (ptrdiff_t y = y0; y < y1; y++)
      for (ptrdiff_t x = x0; x < x1; x++) sum += LOAD(in + (y * in_width + x) * in_stride + c);
    STORE(out + c, sum / count);
  }
  // The rest together, so that an image of few channels is read once.
  ptrdiff_t rest = channels - c;
  float sums[16] = {0};
  for (ptrdiff_t y = y0; y < y1; y++)
    for (ptrdiff_t x = x0; x < x1; x++) {
      const float *from = in + (y * in_width + x) * in_stride + c;
      if (rest == 3)
        for (ptrdiff_t k = 0; k < 3; k++) sums[k] += from[k];
      else
        for (ptrdiff_t k = 0; k < rest; k++) sums[k] += from[k];
    }
  for (ptrdiff_t k = 0; k < rest; k++) out[c + k] = sums[k] / count;
}
