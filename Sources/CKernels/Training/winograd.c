#include "CKernels.h"
#include "element.h"

// G: 3 -> 6 or 8 (winograd.c), its transpose: 6 -> 3, and A: 4 -> 6 (the transpose of the output
// pass).
#define WEIGHT_PASS(side, w, o)                              \
  do {                                                       \
    vec s_ = (w)[0] + (w)[2], t_ = (w)[0] + 4.0f * (w)[2];   \
    (o)[0] = 0.25f * (w)[0];                                 \
    (o)[1] = (-1.0f / 6) * (s_ + (w)[1]);                    \
    (o)[2] = (-1.0f / 6) * (s_ - (w)[1]);                    \
    (o)[3] = (1.0f / 24) * (t_ + 2.0f * (w)[1]);             \
    (o)[4] = (1.0f / 24) * (t_ - 2.0f * (w)[1]);             \
    (o)[5] = (w)[2];                                         \
    if ((side) == 8) {                                       \
      vec q_ = (32.0f / 45) * (w)[0] + (8.0f / 45) * (w)[2]; \
      vec r_ = (16.0f / 45) * (w)[1];                        \
      (o)[6] = q_ + r_;                                      \
      (o)[7] = q_ - r_;                                      \
    }                                                        \
  } while (0)

#define WEIGHT_GRADIENT_PASS(u, o)                                                  \
  do {                                                                              \
    vec p_ = (-1.0f / 6) * ((u)[1] + (u)[2]), q_ = (1.0f / 24) * ((u)[3] + (u)[4]); \
    (o)[0] = 0.25f * (u)[0] + p_ + q_;                                              \
    (o)[1] = (1.0f / 6) * ((u)[2] - (u)[1]) + (1.0f / 12) * ((u)[3] - (u)[4]);      \
    (o)[2] = p_ + 4.0f * q_ + (u)[5];                                               \
  } while (0)

#define OUTPUT_GRADIENT_PASS(d, o)                                       \
  do {                                                                   \
    vec e_ = (d)[0] + (d)[2], f_ = (d)[1] + (d)[3];                      \
    vec g_ = (d)[0] + 4.0f * (d)[2], h_ = 2.0f * (d)[1] + 8.0f * (d)[3]; \
    (o)[0] = (d)[0];                                                     \
    (o)[1] = e_ + f_;                                                    \
    (o)[2] = e_ - f_;                                                    \
    (o)[3] = g_ + h_;                                                    \
    (o)[4] = g_ - h_;                                                    \
    (o)[5] = (d)[3];                                                     \
  } while (0)

RG_INLINE void pack(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, int side,
                    int transpose, ptrdiff_t panel, ptrdiff_t begin, ptrdiff_t end) {
  const ptrdiff_t inner = transpose ? in : out, plane = in * out;
  // From one filter to the next along the innermost and the outer channel.
  const ptrdiff_t step = transpose ? 9 : 9 * in, outer = transpose ? 9 * in : 9;
  for (ptrdiff_t a = begin; a < end; a++)
    for (ptrdiff_t b = 0; b < inner; b += 16) {
      const float *w = oihw + a * outer + b * step;
      float gathered[9][16];
      for (int k = 0; k < 16; k++)
        for (int t = 0; t < 9; t++) gathered[t][k] = w[k * step + (transpose ? 8 - t : t)];
      vec half[3][8], o[8];
      for (int x = 0; x < 3; x++) {
        vec taps[3] = {LOAD(gathered[x]), LOAD(gathered[3 + x]), LOAD(gathered[6 + x])};
        WEIGHT_PASS(side, taps, half[x]);
      }
      float *to = u + panel_offset(a, b, transpose ? out : in, inner, panel);
      for (int i = 0; i < side; i++, to += side * plane) {
        vec row[3] = {half[0][i], half[1][i], half[2][i]};
        WEIGHT_PASS(side, row, o);
        for (int j = 0; j < side; j++) STORE(to + j * plane, o[j]);
      }
    }
}

RG_CLONES
void rg_winograd_pack(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, ptrdiff_t side,
                      int transpose, ptrdiff_t panel, ptrdiff_t begin, ptrdiff_t end) {
  RG_CONSTANT(large, side == 8,
              pack(oihw, u, out, in, large ? 8 : 6, transpose, panel, begin, end));
}

RG_CLONES
void rg_winograd_output_gradient(const float *image, ptrdiff_t height, ptrdiff_t width,
                                 ptrdiff_t channels, ptrdiff_t y, ptrdiff_t x, float *m,
                                 ptrdiff_t plane) {
  ptrdiff_t rows = height - y < 4 ? height - y : 4, columns = width - x < 4 ? width - x : 4;
  const float *corner = image + (y * width + x) * channels;
  const ptrdiff_t line = width * channels;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    vec half[4][6];
    for (ptrdiff_t j = 0; j < 4; j++) {
      vec d[4];
      for (ptrdiff_t i = 0; i < 4; i++)
        d[i] = i < rows && j < columns ? LOAD(corner + i * line + j * channels + c) : SPLAT(0.0f);
      OUTPUT_GRADIENT_PASS(d, half[j]);
    }
    float *to = m + c;
    for (int i = 0; i < 6; i++, to += 6 * plane) {
      vec row[4] = {half[0][i], half[1][i], half[2][i], half[3][i]}, o[6];
      OUTPUT_GRADIENT_PASS(row, o);
      for (int j = 0; j < 6; j++) STORE(to + j * plane, o[j]);
    }
  }
}

RG_CLONES
void rg_winograd_weight_gradient(const float *du, float *dw, ptrdiff_t out, ptrdiff_t in,
                                 ptrdiff_t begin, ptrdiff_t end) {
  const ptrdiff_t plane = in * out;
  for (ptrdiff_t i = begin; i < end; i++)
    for (ptrdiff_t o = 0; o < out; o += 16) {
      const float *from = du + i * out + o;
      vec half[6][3];
      for (int b = 0; b < 6; b++) {
        vec u[6];
        for (int a = 0; a < 6; a++) u[a] = LOAD(from + (6 * a + b) * plane);
        WEIGHT_GRADIENT_PASS(u, half[b]);
      }
      float taps[9][16];
      for (int y = 0; y < 3; y++) {
        vec u[6], o[3];
        for (int b = 0; b < 6; b++) u[b] = half[b][y];
        WEIGHT_GRADIENT_PASS(u, o);
        for (int x = 0; x < 3; x++) STORE(taps[3 * y + x], o[x]);
      }
      for (int k = 0; k < 16; k++)
        for (int t = 0; t < 9; t++) dw[((o + k) * in + i) * 9 + t] = taps[t][k];
    }
}
