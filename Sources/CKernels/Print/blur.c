#include "print.h"

/// What is summed at once: numbers of a row, and rows. A vector that is loaded serves all rows; more
/// sums than these would not fit the registers.
enum { VECTORS = 3, BLOCK = VECTORS * 16, ROWS = 2 };

/// A place of the kernel: its weight in the sum of each row, and where its row and column begin.
typedef struct {
  float weights[ROWS];
  int row;
  size_t column;
} tap;

/// Rows of the photo as far as the kernel reaches, their first and last pixels repeated.
typedef struct {
  int radius, lines;  // how many rows are kept: row y lies at (y + radius) modulo lines
  size_t stride;
  float *numbers;
} band;

/// The places that have a weight for some row; that of the others then is zero, which changes no sum.
static int list_taps(const float *kernel, int side, tap *taps) {
  int count = 0;
  for (int i = 0; i < side + ROWS - 1; i++) {
    for (int j = 0; j < side; j++) {
      tap tap = {.row = i, .column = (size_t)j * 3};
      int is_used = 0;
      for (int r = 0; r < ROWS; r++) {
        const int line = i - r;
        tap.weights[r] = line >= 0 && line < side ? kernel[line * side + j] : 0.0f;
        is_used |= tap.weights[r] != 0.0f;
      }
      if (is_used) taps[count++] = tap;
    }
  }
  return count;
}

RG_INLINE float *line(const band *band, int y) {
  return band->numbers + (size_t)((y + band->radius) % band->lines) * band->stride;
}

/// Copies a row of the photo into the band, as row y.
static void add_line(const float *row, int width, const band *band, int y) {
  const size_t pixel = 3 * sizeof(float);
  float *start = line(band, y), *first = start + band->radius * 3, *end = first + (size_t)width * 3;
  memcpy(first, row, (size_t)width * pixel);
  for (int x = 0; x < band->radius; x++) {
    memcpy(start + x * 3, first, pixel);
    memcpy(end + x * 3, end - 3, pixel);
  }
}

/// The sums of BLOCK numbers of each row from `start` on over all taps, in the order of the kernel.
RG_INLINE void sum_taps(const tap *taps, int count, const float *const *lines, size_t start,
                        float sums[ROWS][BLOCK]) {
  vec sum[ROWS][VECTORS] = {{0}};
  for (int i = 0; i < count; i++) {
    const float *source = lines[taps[i].row] + taps[i].column + start;
    for (int n = 0; n < VECTORS; n++) {
      const vec light = LOAD(source + n * 16);
      for (int r = 0; r < ROWS; r++) sum[r][n] += taps[i].weights[r] * light;
    }
  }
  for (int r = 0; r < ROWS; r++) {
    for (int n = 0; n < VECTORS; n++) STORE(sums[r] + n * 16, sum[r][n]);
  }
}

RG_CLONES void rg_print_blur(const float *photo, int width, int height, const float *kernel,
                             int radius, float *blurred) {
  const int side = 2 * radius + 1, lines = side + ROWS - 1;
  const size_t count = (size_t)width * 3;
  // The last block may reach beyond its row.
  const size_t stride = ((size_t)width + 2 * (size_t)radius) * 3 + BLOCK;
  const band band = {radius, lines, stride,
                     rg_allocate_zeros(stride * (size_t)lines, sizeof(float))};
  const float **from = rg_allocate((size_t)lines, sizeof(float *));
  tap *taps = rg_allocate((size_t)(lines * side), sizeof(tap));
  const int tap_count = list_taps(kernel, side, taps);
  float sums[ROWS][BLOCK];
  int next = -radius;
  for (int y = 0; y < height; y += ROWS) {
    for (; next < y + radius + ROWS; next++) {
      const int row = next < 0 ? 0 : next < height ? next : height - 1;
      add_line(photo + (size_t)row * count, width, &band, next);
    }
    for (int i = 0; i < lines; i++) from[i] = line(&band, y - radius + i);
    for (size_t start = 0; start < count; start += BLOCK) {
      sum_taps(taps, tap_count, from, start, sums);
      const size_t size = count - start < BLOCK ? count - start : BLOCK;
      for (int r = 0; r < ROWS && y + r < height; r++) {
        memcpy(blurred + (size_t)(y + r) * count + start, sums[r], size * sizeof(float));
      }
    }
  }
  free(band.numbers);
  free(from);
  free(taps);
}
