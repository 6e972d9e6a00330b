// Pillow's ImageEnhance on RGB (libImaging/Blend.c in single precision, mode L of Convert.c).
#pragma STDC FP_CONTRACT OFF

#include "kernel.h"

/// ITU-R 601-2 luma in 16.16 fixed point.
RG_INLINE int32_t grey(const uint8_t *p) {
  return (p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16;
}

/// `from + factor (to - from)`, clipped and cut to an integer; not-a-number gives 0.
RG_INLINE uint8_t blend(int32_t from, int32_t to, float factor) {
  float value = (float)from + factor * (float)(to - from);
  value = value > 0.0f ? value : 0.0f;
  value = value < 255.0f ? value : 255.0f;
  return (uint8_t)(int32_t)value;
}

RG_CLONES void rg_image_blend_constant(uint8_t *pixels, size_t count, uint8_t constant,
                                       float factor) {
  if (factor == 1.0f) return;
  for (size_t i = 0; i < count; i++) pixels[i] = blend(constant, pixels[i], factor);
}

RG_CLONES void rg_image_blend_grey(uint8_t *pixels, size_t count, float factor) {
  if (factor == 1.0f) return;
  for (size_t i = 0; i < count; i++) {
    uint8_t *p = pixels + i * 3;
    const int32_t from = grey(p);
    for (int c = 0; c < 3; c++) p[c] = blend(from, p[c], factor);
  }
}

RG_CLONES uint64_t rg_image_grey_sum(const uint8_t *pixels, size_t count) {
  enum { BLOCK = 1 << 16 };  // its sum fits 32 bits
  uint64_t sum = 0;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t end = count - start < BLOCK ? count : start + BLOCK;
    uint32_t part = 0;
    for (size_t i = start; i < end; i++) part += (uint32_t)grey(pixels + i * 3);
    sum += part;
  }
  return sum;
}
