#include "print.h"

enum { BLOCK = 64 };

/// A block of pixels by channels: many at once in each step.
typedef float planes[3][BLOCK];

/// Nearly normal, of variance 1: the sum of four even bytes (Irwin–Hall), good to some 3 deviations.
RG_INLINE float normal(uint32_t bits) {
  const int sum =
      (int)(bits & 255) + (int)(bits >> 8 & 255) + (int)(bits >> 16 & 255) + (int)(bits >> 24);
  return (float)(sum - 510) * (1.0f / 147.80054f);
}

/// Noise of variance 1 for pixels from `first` on: Philox4x32-10, as Tensors/Philox.swift, a block a
/// pixel, whose fourth word is not used. Words are kept in 64 bits, where what a product leaves above
/// the 32nd is never looked at.
RG_INLINE void make_noise(const uint32_t key[2], size_t first, planes noise) {
  for (int i = 0; i < BLOCK; i++) {
    uint32_t k0 = key[0], k1 = key[1];
    uint64_t a = (uint32_t)(first + (size_t)i), b = 0, c = 0, d = 0;
    for (int round = 0; round < 10; round++) {
      const uint64_t one = 0xD2511F53u * (a & 0xFFFFFFFFu), two = 0xCD9E8D57u * (c & 0xFFFFFFFFu);
      a = (two >> 32) ^ b ^ k0;
      b = two;
      c = (one >> 32) ^ d ^ k1;
      d = one;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    noise[0][i] = normal((uint32_t)a);
    noise[1][i] = normal((uint32_t)b);
    noise[2][i] = normal((uint32_t)c);
  }
}

RG_INLINE void split(const float *photo, size_t count, planes light) {
  for (size_t i = 0; i < count; i++) {
    for (int c = 0; c < 3; c++) light[c][i] = photo[i * 3 + c];
  }
}

/// Light to the tone that the sensor makes of it and its noise.
RG_INLINE void tone(const rg_print_sensor *sensor, const float *noise, float *values) {
  for (int i = 0; i < BLOCK; i++) {
    const float exact = clamp(values[i], 0.0f, 4.0f);
    const float noisy = exact + noise[i] * sqrtf(sensor->shot * exact + sensor->read);
    const float at = clamp(noisy, 0.0f, 0.999999f) * RG_PRINT_TONE;
    const int step = (int)at;
    const float low = sensor->tone[step];
    values[i] = low + (at - (float)step) * (sensor->tone[step + 1] - low);
  }
}

RG_INLINE void saturate(planes values, float saturation, size_t count, uint8_t *pixels) {
  for (size_t i = 0; i < count; i++) {
    const float luma = 0.299f * values[0][i] + 0.587f * values[1][i] + 0.114f * values[2][i];
    for (int c = 0; c < 3; c++) {
      const float full = luma + saturation * (values[c][i] - luma);
      pixels[i * 3 + c] = (uint8_t)(clamp(full, 0.0f, 1.0f) * 255.0f + 0.5f);
    }
  }
}

RG_CLONES void rg_print_develop(const float *photo, size_t count, const rg_print_sensor *sensor,
                                uint8_t *pixels) {
  planes values = {0}, noise;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t size = count - start < BLOCK ? count - start : BLOCK;
    split(photo + start * 3, size, values);
    make_noise(sensor->key, start, noise);
    for (int c = 0; c < 3; c++) tone(sensor, noise[c], values[c]);
    saturate(values, sensor->saturation, size, pixels + start * 3);
  }
}
