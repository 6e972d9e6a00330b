// Filters and samplings as scipy.ndimage computes them, in double precision, each number summed in its
// order: the same bytes on every processor.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "kernel.h"

/// Where place `i` of a line of `n` is read that is continued as scipy's `nearest` or `reflect`.
RG_INLINE int continued(int i, int n, int reflects) {
  if (!reflects) return i < 0 ? 0 : i < n ? i : n - 1;
  const int period = 2 * n;
  i %= period;
  i += i < 0 ? period : 0;
  return i < n ? i : period - 1 - i;
}

/// `sum += (before + after) * weight`.
RG_INLINE void add_pair(double *restrict sum, const double *before, const double *after,
                        double weight, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += (before[i] + after[i]) * weight;
}

RG_INLINE void scale(double *restrict target, const double *source, double weight, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = source[i] * weight;
}

RG_CLONES void rg_image_filter_separable(const double *source, int width, int height, int channels,
                                         const double *weights, int radius, int reflects,
                                         double *target) {
  const size_t count = (size_t)width * (size_t)channels, margin = (size_t)(radius * channels);
  double *down = rg_allocate(count * (size_t)height, sizeof(double));
  for (int y = 0; y < height; y++) {
    double *row = down + (size_t)y * count;
    scale(row, source + (size_t)y * count, weights[0], count);
    for (int j = radius; j > 0; j--) {
      const size_t before = (size_t)continued(y - j, height, reflects);
      const size_t after = (size_t)continued(y + j, height, reflects);
      add_pair(row, source + before * count, source + after * count, weights[j], count);
    }
  }
  double *line = rg_allocate(count + 2 * margin, sizeof(double));
  const size_t pixel = (size_t)channels * sizeof(double);
  for (int y = 0; y < height; y++) {
    const double *row = down + (size_t)y * count;
    double *result = target + (size_t)y * count;
    for (int x = -radius; x < width + radius; x++) {
      memcpy(line + (size_t)((x + radius) * channels),
             row + (size_t)(continued(x, width, reflects) * channels), pixel);
    }
    const double *middle = line + margin;
    scale(result, middle, weights[0], count);
    for (int j = radius; j > 0; j--) {
      add_pair(result, middle - j * channels, middle + j * channels, weights[j], count);
    }
  }
  free(line);
  free(down);
}

RG_CLONES void rg_image_zoom(const double *source, int width, int height, int channels,
                             const rg_image_steps *across, const rg_image_steps *down,
                             double *target) {
  const size_t stride = (size_t)width * (size_t)channels;
  double *line = rg_allocate_zeros(stride + (size_t)channels, sizeof(double));
  for (int y = 0; y < down->count; y++) {
    const int first = down->first[y], next = first + 1 < height ? first + 1 : first;
    const double part = down->part[y], rest = 1.0 - part;
    const double *upper = source + (size_t)first * stride;
    const double *lower = source + (size_t)next * stride;
    for (size_t i = 0; i < stride; i++) line[i] = upper[i] * rest + lower[i] * part;
    double *row = target + (size_t)y * (size_t)across->count * (size_t)channels;
    for (int x = 0; x < across->count; x++) {
      const double *left = line + (size_t)(across->first[x] * channels);
      const double share = across->part[x];
      for (int c = 0; c < channels; c++) {
        row[x * channels + c] = left[c] * (1.0 - share) + left[channels + c] * share;
      }
    }
  }
  free(line);
}

/// The pixel at a place beyond the edges, mirrored about the outermost pixels' middles or about their
/// outer edges.
RG_INLINE int mirrored(int i, int n, int about_middle) {
  if (!about_middle) return continued(i, n, 1);
  if (n == 1) return 0;
  const int period = 2 * (n - 1);
  i %= period;
  i += i < 0 ? period : 0;
  return i < n ? i : period - i;
}

RG_CLONES void rg_image_sample(const float *source, int width, int height, const double *places,
                               int about_middle, float *target) {
  const size_t count = (size_t)width * (size_t)height;
  for (size_t i = 0; i < count; i++) {
    const double left = floor(places[2 * i]), top = floor(places[2 * i + 1]);
    const double across = places[2 * i] - left, down = places[2 * i + 1] - top;
    const int x0 = mirrored((int)left, width, about_middle);
    const int x1 = mirrored((int)left + 1, width, about_middle);
    const int y0 = mirrored((int)top, height, about_middle);
    const int y1 = mirrored((int)top + 1, height, about_middle);
    const float *upper = source + (size_t)y0 * (size_t)width * 3;
    const float *lower = source + (size_t)y1 * (size_t)width * 3;
    for (int c = 0; c < 3; c++) {
      const double above = upper[x0 * 3 + c] * (1.0 - across) + upper[x1 * 3 + c] * across;
      const double below = lower[x0 * 3 + c] * (1.0 - across) + lower[x1 * 3 + c] * across;
      target[i * 3 + (size_t)c] = (float)(above * (1.0 - down) + below * down);
    }
  }
}
