#include "CKernels.h"
#include "vector.h"

// Columns are taken `width` at a time, so that the running sums stay in the nearest cache; floats
// gather `depth` rows, doubles the rest.
enum { width = 256, depth = 32 };

static inline ptrdiff_t at_most(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

RG_CLONES
void rg_batch_norm_sums(const float *x, const float *pivot, ptrdiff_t rows, ptrdiff_t channels,
                        double *sums, double *squares) {
  float sum[width], square[width];
  for (ptrdiff_t begin = 0; begin < channels; begin += width) {
    ptrdiff_t n = at_most(channels - begin, width);
    const float *middle = pivot + begin;
    for (ptrdiff_t row = 0; row < rows; row += depth) {
      ptrdiff_t end = at_most(row + depth, rows);
      memset(sum, 0, sizeof sum);
      memset(square, 0, sizeof square);
      for (ptrdiff_t r = row; r < end; r++) {
        const float *from = x + r * channels + begin;
        RG_EACH
        for (ptrdiff_t c = 0; c < n; c++) {
          float d = from[c] - middle[c];
          sum[c] += d;
          square[c] += d * d;
        }
      }
      RG_EACH
      for (ptrdiff_t c = 0; c < n; c++) {
        sums[begin + c] += sum[c];
        squares[begin + c] += square[c];
      }
    }
  }
}

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
void rg_batch_norm_gradient_sums(const float *x, const float *dy, const float *mean,
                                 const float *scale, const float *bias, int relu, ptrdiff_t rows,
                                 ptrdiff_t channels, double *sums, double *products) {
  const float low = relu ? 0.0f : -__builtin_inff();
  float sum[width], product[width];
  for (ptrdiff_t begin = 0; begin < channels; begin += width) {
    ptrdiff_t n = at_most(channels - begin, width);
    const float *m = mean + begin, *s = scale + begin, *b = bias + begin;
    for (ptrdiff_t row = 0; row < rows; row += depth) {
      ptrdiff_t end = at_most(row + depth, rows);
      memset(sum, 0, sizeof sum);
      memset(product, 0, sizeof product);
      for (ptrdiff_t r = row; r < end; r++) {
        const float *xs = x + r * channels + begin, *dys = dy + r * channels + begin;
        RG_EACH
        for (ptrdiff_t c = 0; c < n; c++) {
          float d = xs[c] - m[c];
          float g = s[c] * d + b[c] <= low ? 0.0f : dys[c];
          sum[c] += g;
          product[c] += g * d;
        }
      }
      RG_EACH
      for (ptrdiff_t c = 0; c < n; c++) {
        sums[begin + c] += sum[c];
        products[begin + c] += product[c];
      }
    }
  }
}

RG_CLONES
void rg_batch_norm_gradient(float *dx, const float *x, const float *dy, const float *mean,
                            const float *scale, const float *bias, const float *slope,
                            const float *offset, int relu, ptrdiff_t rows, ptrdiff_t channels) {
  const float low = relu ? 0.0f : -__builtin_inff();
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *xs = x + r * channels, *dys = dy + r * channels;
    float *to = dx + r * channels;
    RG_EACH
    for (ptrdiff_t c = 0; c < channels; c++) {
      float d = xs[c] - mean[c];
      float g = scale[c] * d + bias[c] <= low ? 0.0f : dys[c];
      to[c] = scale[c] * g + slope[c] * d + offset[c];
    }
  }
}
