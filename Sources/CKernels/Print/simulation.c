// The print simulator's inner loops. No reassociation and no contraction, so that a photo is the
// same bytes on every processor.
#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "kernel.h"

/// Written so that not-a-number becomes the lower bound.
RG_INLINE float clamp(float value, float low, float high) {
  value = value > low ? value : low;
  return value < high ? value : high;
}

/// The a for which clamp((k + 1) a − k t) has the mean `area` over thresholds t of 0…1.
RG_INLINE float raised(float area, float k) {
  if (k < 1.0f) return area;
  if (area * 2.0f * k < 1.0f) return sqrtf(2.0f * k * area) / (k + 1.0f);
  if ((1.0f - area) * 2.0f * k < 1.0f) {
    return 1.0f - sqrtf(2.0f * k * (1.0f - area)) / (k + 1.0f);
  }
  return (k * area + 0.5f) / (k + 1.0f);
}

RG_CLONES void rg_print_separate(const uint8_t *pixels, size_t count, const float *table,
                                 float saturation, float gain, float sharpness, float *areas) {
  const float scale = (RG_PRINT_GRID - 1) / 255.0f;
  for (size_t i = 0; i < count; i++, pixels += 3, areas += 4) {
    const float luma = 0.299f * pixels[0] + 0.587f * pixels[1] + 0.114f * pixels[2];
    float part[3];
    size_t corner = 0;
    for (int c = 0; c < 3; c++) {
      const float at =
          clamp((luma + saturation * (pixels[c] - luma)) * scale, 0.0f, RG_PRINT_GRID - 1.001f);
      part[c] = at - (float)(int)at;
      corner = corner * RG_PRINT_GRID + (size_t)(int)at;
    }
    float sum[4] = {0, 0, 0, 0};
    for (int n = 0; n < 8; n++) {
      const int r = n >> 2, g = n >> 1 & 1, b = n & 1;
      const float weight = (r ? part[0] : 1.0f - part[0]) * (g ? part[1] : 1.0f - part[1]) *
                           (b ? part[2] : 1.0f - part[2]);
      const float *node =
          table + (corner + (size_t)((r * RG_PRINT_GRID + g) * RG_PRINT_GRID + b)) * 4;
      for (int ink = 0; ink < 4; ink++) sum[ink] += weight * node[ink];
    }
    for (int ink = 0; ink < 4; ink++) {
      const float area = sum[ink];
      const float gained = clamp(area + 4.0f * gain * area * (1.0f - area), 0.0f, 1.0f);
      areas[ink] = raised(gained, sharpness);
    }
  }
}

/// One row of dots: each ink's coverage, then the light, added to the row of the print.
RG_INLINE void render_row(const float *row, int side, int dots, int y, int group, const float *tile,
                          const rg_print_screen screens[4], float sharpness, const float inks[12],
                          float *print) {
  const float step = (float)side / (float)dots;
  uint32_t across[4], along[4];
  for (int ink = 0; ink < 4; ink++) {
    across[ink] = (uint32_t)y * (uint32_t)-screens[ink].along;
    along[ink] = (uint32_t)y * screens[ink].across;
  }
  for (int x = 0; x < dots; x++) {
    const float at = clamp(((float)x + 0.5f) * step - 0.5f, 0.0f, (float)(side - 1));
    const int left = (int)at, right = left + 1 < side ? left + 1 : left;
    const float part = at - (float)left;
    float light[3] = {1, 1, 1};
    for (int ink = 0; ink < 4; ink++) {
      const float a = row[left * 4 + ink], b = row[right * 4 + ink];
      const float area = a + part * (b - a);
      const float threshold = tile[(across[ink] >> 26) * RG_PRINT_TILE + (along[ink] >> 26)];
      const float covered = clamp((sharpness + 1.0f) * area - sharpness * threshold, 0.0f, 1.0f);
      for (int c = 0; c < 3; c++) light[c] *= 1.0f - covered * (1.0f - inks[ink * 3 + c]);
      across[ink] += screens[ink].across;
      along[ink] += screens[ink].along;
    }
    float *to = print + x / group * 3;
    for (int c = 0; c < 3; c++) to[c] += light[c];
  }
}

RG_CLONES void rg_print_render(const float *areas, int side, int dots, int group, const float *tile,
                               const rg_print_screen screens[4], float sharpness,
                               const float inks[12], float *print) {
  const size_t stride = (size_t)side * 4;
  const int width = dots / group;
  const float step = (float)side / (float)dots, mean = 1.0f / (float)(group * group);
  float *row = rg_allocate(stride, sizeof(float));
  // What is left of the dots beyond the last whole pixel would lie outside.
  const int used = width * group;
  memset(print, 0, (size_t)width * (size_t)width * 3 * sizeof(float));
  for (int y = 0; y < used; y++) {
    const float at = clamp(((float)y + 0.5f) * step - 0.5f, 0.0f, (float)(side - 1));
    const int top = (int)at, below = top + 1 < side ? top + 1 : top;
    const float part = at - (float)top;
    const float *a = areas + (size_t)top * stride, *b = areas + (size_t)below * stride;
    for (size_t i = 0; i < stride; i++) row[i] = a[i] + part * (b[i] - a[i]);
    float *to = print + (size_t)(y / group) * (size_t)width * 3;
    render_row(row, side, used, y, group, tile, screens, sharpness, inks, to);
    if (y % group == group - 1) {
      for (int i = 0; i < width * 3; i++) to[i] *= mean;
    }
  }
  free(row);
}

RG_CLONES void rg_print_expose(const float *print, int side, const rg_print_scene *scene,
                               float *photo, int width, int height) {
  const int samples = scene->samples;
  const float mean = 1.0f / (float)(samples * samples);
  const double *m = scene->map;
  const size_t stride = (size_t)side * 3;
  for (int y = 0; y < height; y++) {
    const float ny = ((float)y + 0.5f) / (float)height * 2.0f - 1.0f;
    for (int x = 0; x < width; x++, photo += 3) {
      float sum[3] = {0, 0, 0};
      for (int n = 0; n < samples * samples; n++) {
        const double u = x + (n % samples + 0.5) / samples;
        const double v = y + (n / samples + 0.5) / samples;
        const double w = 1.0 / (m[6] * u + m[7] * v + m[8]);
        const float at_x = (float)((m[0] * u + m[1] * v + m[2]) * w);
        const float at_y = (float)((m[3] * u + m[4] * v + m[5]) * w);
        if (at_x >= 0.0f && at_x < 1.0f && at_y >= 0.0f && at_y < 1.0f) {
          const float px = clamp(at_x * (float)side - 0.5f, 0.0f, (float)(side - 1));
          const float py = clamp(at_y * (float)side - 0.5f, 0.0f, (float)(side - 1));
          const int left = (int)px, top = (int)py;
          const float across = px - (float)left, down = py - (float)top;
          const float *p = print + (size_t)top * stride + (size_t)left * 3;
          const size_t right = left + 1 < side ? 3 : 0;
          const size_t below = top + 1 < side ? stride : 0;
          for (int c = 0; c < 3; c++) {
            const float upper = p[c] + across * (p[right + c] - p[c]);
            const float lower = p[below + c] + across * (p[below + right + c] - p[below + c]);
            const float ink = upper + down * (lower - upper);
            sum[c] += scene->paper[c] * (scene->surface + (1.0f - scene->surface) * ink);
          }
        } else if (at_x >= -scene->border && at_x < 1.0f + scene->border &&
                   at_y >= -scene->border && at_y < 1.0f + scene->border) {
          for (int c = 0; c < 3; c++) sum[c] += scene->paper[c];
        } else {
          for (int c = 0; c < 3; c++) sum[c] += scene->desk[c];
        }
      }
      const float nx = ((float)x + 0.5f) / (float)width * 2.0f - 1.0f;
      const float fall = (1.0f + scene->gradient[0] * nx + scene->gradient[1] * ny) *
                         (1.0f - scene->vignetting * 0.5f * (nx * nx + ny * ny));
      const float here = mean * (fall > 0.0f ? fall : 0.0f);
      for (int c = 0; c < 3; c++) photo[c] = scene->light[c] * (sum[c] * here + scene->flare);
    }
  }
}

RG_CLONES void rg_print_blur(const float *photo, int width, int height, const float *kernel,
                             int radius, float *blurred) {
  const int taps = 2 * radius + 1;
  const size_t count = (size_t)width * 3, stride = ((size_t)width + 2 * (size_t)radius) * 3;
  // The rows that a kernel covers, with their edges continued; row y lies at y modulo taps.
  float *rows = rg_allocate(stride * (size_t)taps, sizeof(float));
  for (int y = -radius; y < height + radius; y++) {
    const int from = y < 0 ? 0 : y < height ? y : height - 1;
    float *row = rows + (size_t)((y + radius) % taps) * stride;
    memcpy(row + radius * 3, photo + (size_t)from * count, count * sizeof(float));
    for (int x = 0; x < radius; x++) {
      memcpy(row + x * 3, row + radius * 3, 3 * sizeof(float));
      memcpy(row + (size_t)(radius + width + x) * 3, row + (size_t)(radius + width - 1) * 3,
             3 * sizeof(float));
    }
    if (y < radius) continue;
    float *restrict to = blurred + (size_t)(y - radius) * count;
    memset(to, 0, count * sizeof(float));
    for (int i = 0; i < taps; i++) {
      const float *line = rows + (size_t)((y - 2 * radius + i + radius) % taps) * stride;
      for (int j = 0; j < taps; j++) {
        const float weight = kernel[i * taps + j];
        if (weight == 0.0f) continue;
        const float *restrict source = line + j * 3;
        for (size_t x = 0; x < count; x++) to[x] += weight * source[x];
      }
    }
  }
  free(rows);
}

/// Philox4x32-10, as Tensors/Philox.swift.
RG_INLINE void philox(const uint32_t key[2], uint32_t counter, uint32_t state[4]) {
  uint32_t k0 = key[0], k1 = key[1], a = counter, b = 0, c = 0, d = 0;
  for (int round = 0; round < 10; round++) {
    const uint64_t first = (uint64_t)0xD2511F53u * a, second = (uint64_t)0xCD9E8D57u * c;
    a = (uint32_t)(second >> 32) ^ b ^ k0;
    b = (uint32_t)second;
    c = (uint32_t)(first >> 32) ^ d ^ k1;
    d = (uint32_t)first;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}

/// Nearly normal, of variance 1: the sum of four even bytes (Irwin–Hall), good to some 3 deviations.
RG_INLINE float normal(uint32_t bits) {
  const int sum =
      (int)(bits & 255) + (int)(bits >> 8 & 255) + (int)(bits >> 16 & 255) + (int)(bits >> 24);
  return (float)(sum - 510) * (1.0f / 147.80054f);
}

/// One pixel: noise, tone, saturation.
RG_INLINE void develop(const float *light, const uint32_t *bits, const rg_print_sensor *sensor,
                       uint8_t *pixel) {
  float value[3];
  for (int c = 0; c < 3; c++) {
    const float exact = clamp(light[c], 0.0f, 4.0f);
    const float noisy = exact + normal(bits[c]) * sqrtf(sensor->shot * exact + sensor->read);
    const float at = clamp(noisy, 0.0f, 0.999999f) * RG_PRINT_TONE;
    const int step = (int)at;
    const float low = sensor->tone[step];
    value[c] = low + (at - (float)step) * (sensor->tone[step + 1] - low);
  }
  const float luma = 0.299f * value[0] + 0.587f * value[1] + 0.114f * value[2];
  for (int c = 0; c < 3; c++) {
    const float full = luma + sensor->saturation * (value[c] - luma);
    pixel[c] = (uint8_t)(clamp(full, 0.0f, 1.0f) * 255.0f + 0.5f);
  }
}

RG_CLONES void rg_print_develop(const float *photo, size_t count, const rg_print_sensor *sensor,
                                uint8_t *pixels) {
  enum { GROUP = 64 };
  uint32_t bits[GROUP * 4];
  for (size_t start = 0; start < count; start += GROUP) {
    const size_t end = count - start < GROUP ? count - start : GROUP;
    // One block a pixel; its fourth word is not used.
    for (size_t i = 0; i < end; i++) philox(sensor->key, (uint32_t)(start + i), bits + i * 4);
    for (size_t i = 0; i < end; i++) {
      develop(photo + (start + i) * 3, bits + i * 4, sensor, pixels + (start + i) * 3);
    }
  }
}
