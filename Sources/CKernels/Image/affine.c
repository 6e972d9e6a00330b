// Pillow's affine transform (libImaging/Geometry.c) of RGB images onto a black target: nearest
// sampling in 16.16 fixed point, bilinear sampling in double precision.
#pragma STDC FP_CONTRACT OFF

#include <limits.h>
#include <math.h>
#include <string.h>

#include "kernel.h"

typedef uint8_t u8x4 __attribute__((vector_size(4)));
typedef double f64x4 __attribute__((vector_size(32)));

/// `(int)value` as x86 does it, without C's undefined cases.
static inline int to_int(double value) {
  return value >= INT_MIN && value < -(double)INT_MIN ? (int)value : INT_MIN;
}

static inline int fixed(double value) { return to_int(floor(value * 65536.0 + 0.5)); }

/// Narrows `low ..< high` to the steps x with 0 <= start + x step < limit.
static void clip_range(int64_t start, int64_t step, int64_t limit, int *low, int *high) {
  int64_t first = 0, end = *high;
  if (step == 0) {
    if (start < 0 || start >= limit) end = 0;
  } else if (step > 0) {
    if (start < 0) first = (-start + step - 1) / step;
    end = start < limit ? (limit - start + step - 1) / step : 0;
  } else {
    if (start >= limit) first = (start - limit) / -step + 1;
    end = start >= 0 ? start / -step + 1 : 0;
  }
  if (first > *low) *low = first < *high ? (int)first : *high;
  if (end < *high) *high = end > *low ? (int)end : *low;
}

static void affine_fixed(const uint8_t *source, int width, int height, uint8_t *target,
                         const double m[6]) {
  const size_t stride = (size_t)width * 3, last = stride * (size_t)height - 3;
  const int64_t step_x = fixed(m[0]), step_y = fixed(m[3]);
  const int64_t row_x = fixed(m[1]), row_y = fixed(m[4]);
  int64_t start_x = fixed(m[2] + m[0] * 0.5 + m[1] * 0.5);
  int64_t start_y = fixed(m[5] + m[3] * 0.5 + m[4] * 0.5);
  for (int y = 0; y < height; y++, start_x += row_x, start_y += row_y) {
    int low = 0, high = width;
    clip_range(start_x, step_x, (int64_t)width << 16, &low, &high);
    clip_range(start_y, step_y, (int64_t)height << 16, &low, &high);
    uint8_t *to = target + (size_t)y * stride + (size_t)low * 3;
    int64_t at_x = start_x + low * step_x, at_y = start_y + low * step_y;
    for (int x = low; x < high; x++, to += 3, at_x += step_x, at_y += step_y) {
      const size_t from = (size_t)(at_y >> 16) * stride + (size_t)(at_x >> 16) * 3;
      // Four bytes at once; the one too many is written over by the next pixel.
      if (x + 1 < high && from < last) {
        memcpy(to, source + from, 4);
      } else {
        memcpy(to, source + from, 3);
      }
    }
  }
}

/// Without rotation or shear: one table of columns.
static void affine_scale(const uint8_t *source, int width, int height, uint8_t *target,
                         const double m[6]) {
  const size_t stride = (size_t)width * 3;
  int *column = rg_allocate((size_t)width, sizeof(int));
  double at_x = m[2] + m[0] * 0.5, at_y = m[5] + m[4] * 0.5;
  for (int x = 0; x < width; x++, at_x += m[0]) {
    const int from = at_x < 0.0 ? -1 : to_int(at_x);
    column[x] = from < width ? from : -1;
  }
  for (int y = 0; y < height; y++, at_y += m[4]) {
    const int row = at_y < 0.0 ? -1 : to_int(at_y);
    if (row < 0 || row >= height) continue;
    const uint8_t *from = source + (size_t)row * stride;
    uint8_t *to = target + (size_t)y * stride;
    for (int x = 0; x < width; x++) {
      if (column[x] >= 0) memcpy(to + (size_t)x * 3, from + (size_t)column[x] * 3, 3);
    }
  }
  free(column);
}

/// For coordinates beyond the range of 16.16 fixed point.
static void affine_double(const uint8_t *source, int width, int height, uint8_t *target,
                          const double m[6]) {
  const size_t stride = (size_t)width * 3;
  double start_x = m[2] + m[1] * 0.5 + m[0] * 0.5, start_y = m[5] + m[4] * 0.5 + m[3] * 0.5;
  for (int y = 0; y < height; y++, start_x += m[1], start_y += m[4]) {
    double at_x = start_x, at_y = start_y;
    uint8_t *to = target + (size_t)y * stride;
    for (int x = 0; x < width; x++, to += 3, at_x += m[0], at_y += m[3]) {
      const int column = at_x < 0.0 ? -1 : to_int(at_x), row = at_y < 0.0 ? -1 : to_int(at_y);
      if (column >= 0 && column < width && row >= 0 && row < height) {
        memcpy(to, source + (size_t)row * stride + (size_t)column * 3, 3);
      }
    }
  }
}

static int fits_fixed(const double m[6], int x, int y) {
  return fabs(x * m[0] + y * m[1] + m[2]) < 32768.0 && fabs(x * m[3] + y * m[4] + m[5]) < 32768.0;
}

void rg_image_affine_nearest(const uint8_t *source, int width, int height, uint8_t *target,
                             const double m[6]) {
  if (m[1] == 0 && m[3] == 0) {
    affine_scale(source, width, height, target, m);
  } else if (fits_fixed(m, 0, 0) && fits_fixed(m, width, height) && fits_fixed(m, 0, height) &&
             fits_fixed(m, width, 0)) {
    affine_fixed(source, width, height, target, m);
  } else {
    affine_double(source, width, height, target, m);
  }
}

/// R, G, B and a byte that does not matter; `last` is the offset of the last pixel.
RG_INLINE u8x4 pixel(const uint8_t *source, size_t at, size_t last) {
  u8x4 bytes = {0};
  if (at < last) {
    memcpy(&bytes, source + at, 4);
  } else {
    memcpy(&bytes, source + at, 3);
  }
  return bytes;
}

RG_CLONES void rg_image_affine_bilinear(const uint8_t *source, int width, int height,
                                        uint8_t *target, const double m[6]) {
  const size_t stride = (size_t)width * 3, last = stride * (size_t)height - 3;
  for (int y = 0; y < height; y++) {
    uint8_t *to = target + (size_t)y * stride;
    for (int x = 0; x < width; x++, to += 3) {
      double at_x = m[0] * (x + 0.5) + m[1] * (y + 0.5) + m[2];
      double at_y = m[3] * (x + 0.5) + m[4] * (y + 0.5) + m[5];
      // Written so that a coordinate that is not a number is outside.
      if (!(at_x >= 0.0 && at_x < width && at_y >= 0.0 && at_y < height)) continue;
      at_x -= 0.5;
      at_y -= 0.5;
      const int column = (int)floor(at_x), row = (int)floor(at_y);
      const double dx = at_x - column, dy = at_y - row;
      const size_t left = (size_t)(column < 0 ? 0 : column) * 3;
      const size_t right = (size_t)(column + 1 < width ? column + 1 : width - 1) * 3;
      const size_t upper = (size_t)(row < 0 ? 0 : row) * stride;
      f64x4 a = __builtin_convertvector(pixel(source, upper + left, last), f64x4);
      f64x4 b = __builtin_convertvector(pixel(source, upper + right, last), f64x4);
      f64x4 value = a + (b - a) * dx;
      if (row + 1 < height) {
        const size_t lower = (size_t)(row + 1) * stride;
        a = __builtin_convertvector(pixel(source, lower + left, last), f64x4);
        b = __builtin_convertvector(pixel(source, lower + right, last), f64x4);
        value += ((a + (b - a) * dx) - value) * dy;
      }
      const u8x4 out = __builtin_convertvector(value, u8x4);
      memcpy(to, &out, 3);
    }
  }
}
