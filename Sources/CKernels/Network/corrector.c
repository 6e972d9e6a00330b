#include <math.h>

#include "CKernels.h"
#include "element.h"

// Four floats, the last of which belongs to the next pixel.
typedef float pixel4 __attribute__((ext_vector_type(4)));
typedef float pixel4_unaligned __attribute__((ext_vector_type(4), aligned(4)));
typedef double sums4 __attribute__((ext_vector_type(4)));

// A pixel of three channels; the last one of an image has nothing behind it.
RG_INLINE pixel4 pixel3(const float *at, int is_last) {
  if (!is_last) return *(const pixel4_unaligned *)at;
  pixel4 p = {at[0], at[1], at[2], 0};
  return p;
}

RG_CLONES
void rg_color_matrix(const float *image, ptrdiff_t stride, const float *matrix, float *out,
                     ptrdiff_t out_stride, ptrdiff_t pixels) {
  pixel4 column[4];
  for (int k = 0; k < 4; k++) {
    pixel4 c = {matrix[k], matrix[4 + k], matrix[8 + k], 0};
    column[k] = c;
  }
  for (ptrdiff_t i = 0; i < pixels; i++) {
    const float *p = image + i * stride;
    float *to = out + i * out_stride;
    pixel4 sum = column[0] * p[0] + column[1] * p[1] + column[2] * p[2] + column[3];
    for (int c = 0; c < 3; c++) to[c] = sum[c];
  }
}

RG_CLONES
void rg_channel_deviation(const float *image, ptrdiff_t stride, ptrdiff_t pixels,
                          ptrdiff_t channels, float *mean, float *deviation) {
  // Differences from the first pixel, so that a large mean does not swallow the variance.
  double sums[16] = {0}, squares[16] = {0};
  if (channels == 3) {
    const pixel4 pivot = pixel3(image, pixels == 1);
    sums4 sum = {0}, square = {0};
    for (ptrdiff_t i = 0; i < pixels; i++) {
      sums4 d = __builtin_convertvector(pixel3(image + i * stride, i == pixels - 1) - pivot, sums4);
      sum += d;
      square += d * d;
    }
    for (int c = 0; c < 3; c++) {
      sums[c] = sum[c];
      squares[c] = square[c];
    }
  } else {
    for (ptrdiff_t i = 0; i < pixels; i++)
      for (ptrdiff_t c = 0; c < channels; c++) {
        double d = image[i * stride + c] - image[c];
        sums[c] += d;
        squares[c] += d * d;
      }
  }
  for (ptrdiff_t c = 0; c < channels; c++) {
    double shift = sums[c] / (double)pixels;
    double rest = squares[c] - (double)pixels * shift * shift;
    mean[c] = (float)(image[c] + shift);
    deviation[c] = (float)sqrt((rest < 0 ? 0 : rest) / (double)(pixels - 1));
  }
}

void rg_fill_pixels(float *out, ptrdiff_t stride, const float *value, ptrdiff_t pixels,
                    ptrdiff_t channels) {
  for (ptrdiff_t i = 0; i < pixels; i++)
    for (ptrdiff_t c = 0; c < channels; c++) out[i * stride + c] = value[c];
}

// NaN has no order: it falls into the first bin.
RG_INLINE int32_t bin(float value, float bins) {
  float place = value * bins;
  place = place > 0 ? place : 0;
  return (int32_t)(place < bins - 1 ? place : bins - 1);
}

RG_CLONES
void rg_color_histogram(const float *image, ptrdiff_t stride, ptrdiff_t pixels,
                        const float scale[3], const float shift[3], ptrdiff_t bins,
                        uint32_t *counts) {
  const float count = (float)bins;
  for (ptrdiff_t k = 0; k < 4 * bins; k++) counts[k] = 0;
  for (ptrdiff_t i = 0; i < pixels; i++) {
    const float *p = image + i * stride;
    float r = p[0] * scale[0] + shift[0];
    float g = p[1] * scale[1] + shift[1];
    float b = p[2] * scale[2] + shift[2];
    float most = r > g ? r : g, least = r < g ? r : g;
    most = most > b ? most : b;
    least = least < b ? least : b;
    counts[bin(r, count)]++;
    counts[bins + bin(g, count)]++;
    counts[2 * bins + bin(b, count)]++;
    counts[3 * bins + bin(most - least, count)]++;
  }
}
