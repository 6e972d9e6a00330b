// Pillow's round trip RGB -> HSV -> RGB (libImaging/Convert.c) with a shift of hue in between, in
// its mixture of single and double precision.
#pragma STDC FP_CONTRACT OFF

#include "kernel.h"

enum { BLOCK = 256 };

RG_INLINE int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

RG_INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/// `round(value)` for 0 <= value <= 255 (no value here is the one just below a half).
RG_INLINE int32_t rounded(double value) { return (int32_t)(value + 0.5); }

/// One block, without branches so that it becomes vector code. Pillow's three quotients
/// (max - channel) / (max - min) are 0 for the largest channel and 1 for the smallest, so one
/// division, of the middle channel, is enough; the sums below are exact in double precision, hence
/// the one rounding to single precision is Pillow's.
RG_INLINE void shift_block(const uint8_t *restrict in, uint8_t *restrict out, int32_t shift) {
  int32_t value[BLOCK], saturation[BLOCK], hue[BLOCK];
  for (int i = 0; i < BLOCK; i++) {
    const int32_t r = in[i * 3], g = in[i * 3 + 1], b = in[i * 3 + 2];
    const int32_t high = larger(r, larger(g, b)), low = smaller(r, smaller(g, b));
    const int32_t middle = r + g + b - high - low, range = high - low;
    const int32_t divisor = range > 0 ? range : 1;
    const float quotient = (float)(high - middle) / (float)divisor;
    // h = base + quotient or base - quotient, by which channel is largest and which smallest.
    const int32_t red = r == high, green = !red & (g == high);
    const int32_t up = red ? (g == low) & (b != low) : green ? b == low : r == low;
    const int32_t base = red ? (up ? -1 : 1) : green ? (up ? 1 : 3) : (up ? 3 : 5);
    const double signed_quotient = up ? (double)quotient : -(double)quotient;
    const float sextant = (float)((double)base + signed_quotient);
    double turn = (double)sextant / 6.0 + 1.0;
    turn = turn >= 1.0 ? turn - 1.0 : turn;
    const int32_t angle = (int32_t)((double)(float)turn * 255.0);
    const float share = (float)range / (float)(high > 0 ? high : 1);
    value[i] = high;
    saturation[i] = (int32_t)((double)share * 255.0);
    hue[i] = ((range > 0 ? angle : 0) + shift) & 255;
  }
  for (int i = 0; i < BLOCK; i++) {
    const int32_t v = value[i], h = hue[i] * 6;
    const int32_t sector = h / 255;
    const float f = (float)((double)h / 255.0 - (double)sector);
    const float s = (float)saturation[i] / 255.0f;
    const int32_t p = rounded((double)v * (1.0 - (double)s));
    const int32_t q = rounded((double)v * (1.0 - (double)(s * f)));
    const int32_t t = rounded((double)v * (1.0 - (double)s * (1.0 - (double)f)));
    const int32_t k = sector == 6 ? 0 : sector;
    out[i * 3] = (uint8_t)(k == 0 || k == 5 ? v : k == 1 ? q : k == 4 ? t : p);
    out[i * 3 + 1] = (uint8_t)(k == 1 || k == 2 ? v : k == 0 ? t : k == 3 ? q : p);
    out[i * 3 + 2] = (uint8_t)(k == 3 || k == 4 ? v : k == 2 ? t : k == 5 ? q : p);
  }
}

RG_CLONES void rg_image_shift_hue(uint8_t *pixels, size_t count, uint8_t shift) {
  uint8_t out[BLOCK * 3], rest[BLOCK * 3] = {0};
  size_t done = 0;
  for (; done + BLOCK <= count; done += BLOCK) {
    shift_block(pixels + done * 3, out, shift);
    __builtin_memcpy(pixels + done * 3, out, sizeof out);
  }
  const size_t bytes = (count - done) * 3;
  __builtin_memcpy(rest, pixels + done * 3, bytes);
  shift_block(rest, out, shift);
  __builtin_memcpy(pixels + done * 3, out, bytes);
}
