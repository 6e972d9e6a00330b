#include "CKernels.h"
#include "element.h"

#include <math.h>
#include <string.h>

// Where a grid coordinate lies in pixels; what is far outside (or NaN) is held back from overflowing
// an integer and samples zeros all the same.
static inline float unnormalized(float g, ptrdiff_t size) {
  float p = ((g + 1.0f) * (float)size - 1.0f) * 0.5f;
  return p > -1e6f && p < 1e6f ? p : -1e6f;
}

static inline const float *pixel(const float *image, ptrdiff_t height, ptrdiff_t width,
                                 ptrdiff_t channels, ptrdiff_t y, ptrdiff_t x) {
  return y >= 0 && y < height && x >= 0 && x < width ? image + (y * width + x) * channels : NULL;
}

static inline void add(float *out, float weight, const float *from, ptrdiff_t channels) {
  if (from)
    for (ptrdiff_t c = 0; c < channels; c++) out[c] += weight * from[c];
}

// Keys' kernel with a = -0.75 at -1 - t, -t, 1 - t, 2 - t.
static inline void cubic_weights(float t, float w[4]) {
  const float a = -0.75f;
  float s = 1 - t, p = t + 1, q = s + 1;
  w[0] = ((a * p - 5 * a) * p + 8 * a) * p - 4 * a;
  w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
  w[2] = ((a + 2) * s - (a + 3)) * s * s + 1;
  w[3] = ((a * q - 5 * a) * q + 8 * a) * q - 4 * a;
}

// Three channels and a fourth number that is dropped.
typedef float pixel4 __attribute__((vector_size(16), aligned(4)));

static inline void store3(float *out, pixel4 value) {
  for (int c = 0; c < 3; c++) out[c] = value[c];
}

// Σ wy[a] wx[b] image[y + a, x + b] for taps that all lie in an image of three channels, the last one
// not being the image's last pixel.
static inline pixel4 weighted3(const float *from, ptrdiff_t width, const float *wx, const float *wy,
                               int taps) {
  pixel4 sum = {0, 0, 0, 0};
  for (int a = 0; a < taps; a++, from += 3 * width) {
    pixel4 row = {0, 0, 0, 0};
    for (int b = 0; b < taps; b++) row += wx[b] * *(const pixel4 *)(from + 3 * b);
    sum += wy[a] * row;
  }
  return sum;
}

// Whether taps from (y, x) to (y + last, x + last) are such.
static inline int inside(ptrdiff_t y, ptrdiff_t x, ptrdiff_t last, ptrdiff_t height,
                         ptrdiff_t width) {
  return y >= 0 && x >= 0 && y + last < height && x + last < width - 1;
}

// Σ wy[a] wx[b] image[y + a, x + b], zeros outside.
RG_INLINE void weighted(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                        ptrdiff_t y, ptrdiff_t x, const float *wx, const float *wy, int taps,
                        float *out) {
  if (channels == 3 && inside(y, x, taps - 1, height, width)) {
    store3(out, weighted3(image + (y * width + x) * 3, width, wx, wy, taps));
    return;
  }
  for (int a = 0; a < taps; a++)
    for (int b = 0; b < taps; b++)
      add(out, wy[a] * wx[b], pixel(image, height, width, channels, y + a, x + b), channels);
}

RG_INLINE void sample(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                      const float *grid, ptrdiff_t count, int mode, float *out,
                      ptrdiff_t out_stride) {
  for (ptrdiff_t i = 0; i < count; i++, out += out_stride) {
    float px = unnormalized(grid[2 * i], width), py = unnormalized(grid[2 * i + 1], height);
    memset(out, 0, sizeof(float) * (size_t)channels);
    if (mode == 0) {
      const float *from = pixel(image, height, width, channels, (ptrdiff_t)nearbyintf(py),
                                (ptrdiff_t)nearbyintf(px));
      if (from) memcpy(out, from, sizeof(float) * (size_t)channels);
      continue;
    }
    float fx = floorf(px), fy = floorf(py), tx = px - fx, ty = py - fy;
    ptrdiff_t x = (ptrdiff_t)fx, y = (ptrdiff_t)fy;
    if (mode == 1) {
      const float wx[2] = {1 - tx, tx}, wy[2] = {1 - ty, ty};
      weighted(image, height, width, channels, y, x, wx, wy, 2, out);
    } else {
      float wx[4], wy[4];
      cubic_weights(tx, wx);
      cubic_weights(ty, wy);
      weighted(image, height, width, channels, y - 1, x - 1, wx, wy, 4, out);
    }
  }
}

RG_CLONES void rg_sample(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                         const float *grid, ptrdiff_t count, int mode, float *out) {
  sample(image, height, width, channels, grid, count, mode, out, channels);
}

void rg_sample_gradient(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                        const float *grid, ptrdiff_t count, const float *dy, float *dimage,
                        float *dgrid) {
  for (ptrdiff_t i = 0; i < count; i++, dy += channels) {
    float px = unnormalized(grid[2 * i], width), py = unnormalized(grid[2 * i + 1], height);
    float fx = floorf(px), fy = floorf(py), tx = px - fx, ty = py - fy;
    ptrdiff_t x = (ptrdiff_t)fx, y = (ptrdiff_t)fy;
    const float wx[2] = {1 - tx, tx}, wy[2] = {1 - ty, ty};
    float along_x = 0, along_y = 0;
    for (int a = 0; a < 2; a++)
      for (int b = 0; b < 2; b++) {
        const float *from = pixel(image, height, width, channels, y + a, x + b);
        if (!from) continue;
        float weight = wy[a] * wx[b], dot = 0;
        float *to = dimage ? dimage + (from - image) : NULL;
        for (ptrdiff_t c = 0; c < channels; c++) {
          dot += dy[c] * from[c];
          if (to) to[c] += weight * dy[c];
        }
        along_x += (b ? wy[a] : -wy[a]) * dot;
        along_y += (a ? wx[b] : -wx[b]) * dot;
      }
    if (dgrid) {
      dgrid[2 * i] = along_x * (float)width * 0.5f;
      dgrid[2 * i + 1] = along_y * (float)height * 0.5f;
    }
  }
}

static inline float centre(ptrdiff_t i, ptrdiff_t size) {
  return (float)(2 * i + 1) / (float)size - 1.0f;
}

// The grid at `count` pixels of row y from column x on.
RG_INLINE void grid_row(const float *theta, int projective, ptrdiff_t height, ptrdiff_t width,
                        ptrdiff_t y, ptrdiff_t x, ptrdiff_t count, float *grid) {
  float v = centre(y, height);
  for (ptrdiff_t i = 0; i < count; i++) {
    float u = centre(x + i, width);
    float gx = theta[0] * u + theta[1] * v + theta[2];
    float gy = theta[3] * u + theta[4] * v + theta[5];
    if (projective) {
      float w = theta[6] * u + theta[7] * v + 1.0f;
      // Not so for NaN.
      int in_front = w > 0;
      gx = in_front ? gx / w : -INFINITY;
      gy = in_front ? gy / w : -INFINITY;
    }
    grid[2 * i] = gx;
    grid[2 * i + 1] = gy;
  }
}

void rg_theta_grid(const float *theta, int numbers, ptrdiff_t height, ptrdiff_t width,
                   float *grid) {
  for (ptrdiff_t y = 0; y < height; y++, grid += 2 * width)
    RG_CONSTANT(projective, numbers == 8,
                grid_row(theta, projective, height, width, y, 0, width, grid));
}

RG_CLONES void rg_sample_theta(const float *image, ptrdiff_t height, ptrdiff_t width,
                               ptrdiff_t channels, const float *theta, int numbers, int mode,
                               ptrdiff_t y, ptrdiff_t x, ptrdiff_t count, float *out,
                               ptrdiff_t out_stride) {
  float grid[2 * 64];
  for (ptrdiff_t i = 0; i < count; i += 64) {
    ptrdiff_t part = count - i < 64 ? count - i : 64;
    RG_CONSTANT(projective, numbers == 8,
                grid_row(theta, projective, height, width, y, x + i, part, grid));
    sample(image, height, width, channels, grid, part, mode, out + i * out_stride, out_stride);
  }
}

RG_INLINE void grid_gradient(const float *theta, int projective, const float *dgrid,
                             ptrdiff_t height, ptrdiff_t width, double sum[8]) {
  for (ptrdiff_t y = 0; y < height; y++)
    for (ptrdiff_t x = 0; x < width; x++, dgrid += 2) {
      double u = centre(x, width), v = centre(y, height);
      double w = projective ? theta[6] * u + theta[7] * v + 1 : 1;
      if (projective && !(w > 0)) continue;
      for (int k = 0; k < 2; k++) {
        double d = projective ? dgrid[k] / w : dgrid[k];
        sum[3 * k] += d * u;
        sum[3 * k + 1] += d * v;
        sum[3 * k + 2] += d;
        if (!projective) continue;
        double back = d * (theta[3 * k] * u + theta[3 * k + 1] * v + theta[3 * k + 2]) / w;
        sum[6] -= back * u;
        sum[7] -= back * v;
      }
    }
}

void rg_theta_grid_gradient(const float *theta, int numbers, const float *dgrid, ptrdiff_t height,
                            ptrdiff_t width, float *dtheta) {
  double sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  RG_CONSTANT(projective, numbers == 8,
              grid_gradient(theta, projective, dgrid, height, width, sum));
  for (int k = 0; k < numbers; k++) dtheta[k] = (float)sum[k];
}
