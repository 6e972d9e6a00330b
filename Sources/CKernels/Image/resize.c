// Pillow's antialiased bilinear resize (libImaging/Resample.c): triangle filter, 22-bit fixed-point
// weights, two passes with 8-bit pixels between them.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "kernel.h"

enum { PRECISION = 32 - 8 - 2, BLOCK = 64, TAPS = 4, LANES = 16, PIXELS = 4, SPILL = 13 };

typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef int32_t i32x16 __attribute__((vector_size(64)));

/// One axis of a resize: for output i of the window, `weights[i * stride ..< + length[i]]` belong
/// to the inputs from `start[i]`; weights beyond the length are zero.
typedef struct {
  int count, stride, longest;
  int *start, *length;
  int32_t *weights;
} axis;

static void axis_free(axis *a) {
  free(a->start);
  free(a->length);
  free(a->weights);
}

static void axis_make(axis *a, int in_size, int out_size, int first, int count) {
  const double scale = (double)in_size / out_size;
  const double filter_scale = scale < 1.0 ? 1.0 : scale;
  const double support = filter_scale, inverse = 1.0 / filter_scale;
  a->count = count;
  a->stride = (int)ceil(support) * 2 + 1;
  a->longest = 0;
  a->start = rg_allocate_zeros((size_t)count, sizeof(int));
  a->length = rg_allocate_zeros((size_t)count, sizeof(int));
  a->weights = rg_allocate_zeros((size_t)count * (size_t)a->stride, sizeof(int32_t));
  double *w = rg_allocate_zeros((size_t)a->stride, sizeof(double));
  for (int i = 0; i < count; i++) {
    const double center = (first + i + 0.5) * scale;
    int low = (int)(center - support + 0.5), high = (int)(center + support + 0.5);
    if (low < 0) low = 0;
    if (high > in_size) high = in_size;
    const int length = high - low;
    double sum = 0.0;
    for (int x = 0; x < length; x++) {
      const double distance = fabs((x + low - center + 0.5) * inverse);
      w[x] = distance < 1.0 ? 1.0 - distance : 0.0;
      sum += w[x];
    }
    for (int x = 0; x < length; x++) {
      const double weight = sum != 0.0 ? w[x] / sum : w[x];
      a->weights[(size_t)i * a->stride + x] = (int32_t)(0.5 + weight * (1 << PRECISION));
    }
    a->start[i] = low;
    a->length[i] = length;
    if (length > a->longest) a->longest = length;
  }
  free(w);
}

RG_INLINE uint8_t clip(int32_t sum) {
  const int32_t v = sum >> PRECISION;
  return (uint8_t)(v > 255 ? 255 : v);
}

/// `bytes` of every output row; `source` points at the input row that `start` counts from.
RG_CLONES static void vertical_pass(const uint8_t *restrict source, size_t source_stride,
                                    uint8_t *restrict target, size_t target_stride, size_t bytes,
                                    const axis *a) {
  for (int row = 0; row < a->count; row++) {
    const uint8_t *from = source + (size_t)a->start[row] * source_stride;
    uint8_t *to = target + (size_t)row * target_stride;
    const int32_t *weights = a->weights + (size_t)row * a->stride;
    const int length = a->length[row];
    size_t x = 0;
    for (; x + BLOCK <= bytes; x += BLOCK) {
      int32_t sum[BLOCK];
      for (int i = 0; i < BLOCK; i++) sum[i] = 1 << (PRECISION - 1);
      for (int y = 0; y < length; y++) {
        const uint8_t *p = from + (size_t)y * source_stride + x;
        const int32_t weight = weights[y];
        for (int i = 0; i < BLOCK; i++) sum[i] += p[i] * weight;
      }
      for (int i = 0; i < BLOCK; i++) to[x + i] = clip(sum[i]);
    }
    for (; x < bytes; x++) {
      int32_t sum = 1 << (PRECISION - 1);
      for (int y = 0; y < length; y++) sum += from[(size_t)y * source_stride + x] * weights[y];
      to[x] = clip(sum);
    }
  }
}

/// The weighted taps of one output, as 4 partial sums of R, G, B and a zero. `wide` holds 16 weights
/// for each group of 4 taps: the tap's weight for R, G, B and a zero. Reads 16 bytes a group.
RG_INLINE void weigh(const uint8_t *from, const int32_t *wide, int groups, i32x16 *sum) {
  i32x16 total = {0};
  for (int g = 0; g < groups; g++, from += TAPS * 3, wide += LANES) {
    u8x16 bytes;
    i32x16 weights;
    memcpy(&bytes, from, sizeof bytes);
    memcpy(&weights, wide, sizeof weights);
    const u8x16 taps =
        __builtin_shufflevector(bytes, bytes, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
    total += __builtin_convertvector(taps, i32x16) * weights;
  }
  *sum = total;
}

/// Halves the number of partial sums: those of a in the first half, of b in the second.
RG_INLINE void fold(const i32x16 *a, const i32x16 *b, i32x16 *sum) {
  *sum =
      __builtin_shufflevector(*a, *b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
      __builtin_shufflevector(*a, *b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/// One row, 4 pixels at a time; writes up to 13 bytes too many at the end.
RG_INLINE void row_of_groups(const uint8_t *restrict source, uint8_t *restrict target, int count,
                             const int *restrict start, const int32_t *restrict wide, int groups) {
  const size_t step = (size_t)groups * LANES;
  for (int x = 0; x < count; x += PIXELS, wide += PIXELS * step, target += PIXELS * 3) {
    i32x16 part[PIXELS], first, second, pixels;
    for (int i = 0; i < PIXELS; i++) {
      // Beyond the row the last pixel is computed again, with weights that do not matter.
      const int at = start[x + i < count ? x + i : count - 1];
      weigh(source + (size_t)at * 3, wide + (size_t)i * step, groups, part + i);
    }
    fold(&part[0], &part[1], &first);
    fold(&part[2], &part[3], &second);
    fold(&first, &second, &pixels);
    pixels = (pixels + (1 << (PRECISION - 1))) >> PRECISION;
    const i32x16 over = pixels > 255;
    pixels = (pixels & ~over) | (over & 255);
    u8x16 out = __builtin_convertvector(pixels, u8x16);
    out = __builtin_shufflevector(out, out, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15);
    memcpy(target, &out, sizeof out);
  }
}

RG_CLONES static void horizontal_row(const uint8_t *restrict source, uint8_t *restrict target,
                                     int count, const int *restrict start,
                                     const int32_t *restrict wide, int groups) {
  if (groups == 1) {
    row_of_groups(source, target, count, start, wide, 1);
  } else {
    row_of_groups(source, target, count, start, wide, groups);
  }
}

/// `rows` rows of `width` pixels from `source`, each `source_stride` bytes after the last; no byte
/// at or after `limit` is read.
static void horizontal_pass(const uint8_t *source, const uint8_t *limit, int width,
                            size_t source_stride, int rows, uint8_t *target, size_t target_stride,
                            const axis *a) {
  const int groups = (a->longest + TAPS - 1) / TAPS;
  const size_t reach = (size_t)a->start[a->count - 1] * 3 + (size_t)groups * TAPS * 3 + 4;
  const size_t row_bytes = (size_t)width * 3, out_bytes = (size_t)a->count * 3;
  const size_t padded = reach > row_bytes ? reach : row_bytes;
  const size_t outputs = (size_t)a->count + PIXELS - 1;
  int32_t *wide = rg_allocate_zeros(outputs * (size_t)groups * LANES, sizeof(int32_t));
  uint8_t *scratch = rg_allocate_zeros(padded + outputs * 3 + LANES, 1);
  for (int x = 0; x < a->count; x++) {
    for (int t = 0; t < a->length[x]; t++) {
      int32_t *to = wide + ((size_t)x * groups * TAPS + t) * TAPS;
      to[0] = to[1] = to[2] = a->weights[(size_t)x * a->stride + t];
    }
  }
  uint8_t *last = scratch + padded;
  for (int row = 0; row < rows; row++) {
    const uint8_t *from = source + (size_t)row * source_stride;
    uint8_t *to = target + (size_t)row * target_stride;
    if ((size_t)(limit - from) < padded) {
      memcpy(scratch, from, row_bytes);
      from = scratch;
    }
    // What a row writes too many, the next overwrites; the last rows have nowhere to spill.
    if ((size_t)(rows - row - 1) * target_stride < SPILL) {
      horizontal_row(from, last, a->count, a->start, wide, groups);
      memcpy(to, last, out_bytes);
    } else {
      horizontal_row(from, to, a->count, a->start, wide, groups);
    }
  }
  free(wide);
  free(scratch);
}

/// Pillow 13 runs the vertical pass first where the height shrinks by more than twice what the
/// width does; found by comparing both orders on 4,400 sizes.
static int vertical_first(int width, int height, int new_width, int new_height) {
  return new_height < height && (int64_t)height - new_height > 2 * ((int64_t)width - new_width);
}

/// Both passes, horizontal first; of the rows only those that the vertical pass needs.
static void horizontal_then_vertical(const uint8_t *source, int width, int height, uint8_t *target,
                                     const axis *h, axis *v) {
  const int first = v->start[0];
  const int rows = v->start[v->count - 1] + v->length[v->count - 1] - first;
  const size_t stride = (size_t)width * 3, bytes = (size_t)h->count * 3;
  uint8_t *between = rg_allocate((size_t)rows, bytes);
  horizontal_pass(source + (size_t)first * stride, source + stride * (size_t)height, width, stride,
                  rows, between, bytes, h);
  for (int i = 0; i < v->count; i++) v->start[i] -= first;
  vertical_pass(between, bytes, target, bytes, bytes, v);
  free(between);
}

/// Both passes, vertical first; of the columns only those that the horizontal pass needs.
static void vertical_then_horizontal(const uint8_t *source, int width, uint8_t *target, axis *h,
                                     const axis *v) {
  const int first = h->start[0];
  const int columns = h->start[h->count - 1] + h->length[h->count - 1] - first;
  const size_t bytes = (size_t)columns * 3;
  uint8_t *between = rg_allocate((size_t)v->count, bytes);
  vertical_pass(source + (size_t)first * 3, (size_t)width * 3, between, bytes, bytes, v);
  for (int i = 0; i < h->count; i++) h->start[i] -= first;
  horizontal_pass(between, between + bytes * (size_t)v->count, columns, bytes, v->count, target,
                  (size_t)h->count * 3, h);
  free(between);
}

void rg_image_resize_bilinear(const uint8_t *source, int width, int height, uint8_t *target,
                              int resized_width, int resized_height, rg_image_window window) {
  const size_t stride = (size_t)width * 3, bytes = (size_t)window.width * 3;
  const int need_h = resized_width != width, need_v = resized_height != height;
  if (!need_h && !need_v) {
    for (int y = 0; y < window.height; y++) {
      const size_t row = (size_t)(window.top + y);
      memcpy(target + y * bytes, source + row * stride + (size_t)window.left * 3, bytes);
    }
    return;
  }
  axis h, v;
  axis_make(&h, width, resized_width, window.left, window.width);
  axis_make(&v, height, resized_height, window.top, window.height);
  if (!need_h) {
    vertical_pass(source + (size_t)window.left * 3, stride, target, bytes, bytes, &v);
  } else if (!need_v) {
    horizontal_pass(source + (size_t)window.top * stride, source + stride * (size_t)height, width,
                    stride, window.height, target, bytes, &h);
  } else if (vertical_first(width, height, resized_width, resized_height)) {
    vertical_then_horizontal(source, width, target, &h, &v);
  } else {
    horizontal_then_vertical(source, width, height, target, &h, &v);
  }
  axis_free(&h);
  axis_free(&v);
}
