#include "print.h"

enum { BLOCK = 64, GRID = RG_PRINT_GRID };

/// Where the colours of a block lie in the table: the first node of each one's cell, and its eight
/// nodes' weights.
typedef struct {
  int32_t corner[BLOCK];
  float weights[8][BLOCK];
} cells;

/// The part by which a colour's channel lies beyond the node below, which is added to `corner`.
RG_INLINE float beyond(float value, float luma, float saturation, int32_t *corner) {
  const float scale = (GRID - 1) / 255.0f;
  const float at = clamp((luma + saturation * (value - luma)) * scale, 0.0f, GRID - 1.001f);
  const int32_t node = (int32_t)at;
  *corner = *corner * GRID + node;
  return at - (float)node;
}

RG_INLINE void locate(const uint8_t *pixels, size_t count, float saturation, cells *to) {
  for (size_t i = 0; i < count; i++) {
    const float red = pixels[i * 3], green = pixels[i * 3 + 1], blue = pixels[i * 3 + 2];
    const float luma = 0.299f * red + 0.587f * green + 0.114f * blue;
    int32_t corner = 0;
    const float r = beyond(red, luma, saturation, &corner);
    const float g = beyond(green, luma, saturation, &corner);
    const float b = beyond(blue, luma, saturation, &corner);
    to->corner[i] = corner;
    for (int n = 0; n < 8; n++) {
      to->weights[n][i] = (n & 4 ? r : 1.0f - r) * (n & 2 ? g : 1.0f - g) * (n & 1 ? b : 1.0f - b);
    }
  }
}

RG_INLINE void interpolate(const cells *from, size_t count, const float *table, float *areas) {
  for (size_t i = 0; i < count; i++) {
    const float *node = table + (size_t)from->corner[i] * 4;
    pixel4 sum = 0;
    for (int n = 0; n < 8; n++) {
      const int next = ((n >> 2) * GRID + (n >> 1 & 1)) * GRID + (n & 1);
      sum += from->weights[n][i] * *(const pixel4 *)(node + next * 4);
    }
    *(pixel4 *)(areas + i * 4) = sum;
  }
}

/// The a for which clamp((k + 1) a − k t) has the mean `area` over thresholds t of 0…1; k is at least
/// 1. All cases are computed, without a branch, so that many areas are at once.
RG_INLINE float raised(float area, float k) {
  const float light = sqrtf(2.0f * k * area) / (k + 1.0f);
  const float dark = 1.0f - sqrtf(2.0f * k * (1.0f - area)) / (k + 1.0f);
  const float between = (k * area + 0.5f) / (k + 1.0f);
  return area * 2.0f * k < 1.0f ? light : (1.0f - area) * 2.0f * k < 1.0f ? dark : between;
}

RG_CLONES void rg_print_separate(const uint8_t *pixels, size_t count, const float *table,
                                 float saturation, float gain, float sharpness, float *areas) {
  cells cells;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t size = count - start < BLOCK ? count - start : BLOCK;
    float *to = areas + start * 4;
    locate(pixels + start * 3, size, saturation, &cells);
    interpolate(&cells, size, table, to);
    for (size_t i = 0; i < size * 4; i++) {
      to[i] = clamp(to[i] + 4.0f * gain * to[i] * (1.0f - to[i]), 0.0f, 1.0f);
    }
    if (sharpness < 1.0f) continue;
    for (size_t i = 0; i < size * 4; i++) to[i] = raised(to[i], sharpness);
  }
}
