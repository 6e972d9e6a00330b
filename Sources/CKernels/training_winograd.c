#include "CKernels.h"
#include "vector.h"

// G: 3 -> 6, its transpose: 6 -> 3, and A: 4 -> 6 (the transpose of the output pass).
#define WEIGHT_PASS(w0, w1, w2, o0, o1, o2, o3, o4, o5)                      \
  do {                                                                       \
    vec s_ = (w0) + (w2), t_ = (w0) + 4.0f * (w2);                           \
    o0 = 0.25f * (w0);                                                       \
    o1 = (-1.0f / 6) * (s_ + (w1));                                          \
    o2 = (-1.0f / 6) * (s_ - (w1));                                          \
    o3 = (1.0f / 24) * (t_ + 2.0f * (w1));                                   \
    o4 = (1.0f / 24) * (t_ - 2.0f * (w1));                                   \
    o5 = (w2);                                                               \
  } while (0)

#define WEIGHT_GRADIENT_PASS(u0, u1, u2, u3, u4, u5, o0, o1, o2)             \
  do {                                                                       \
    vec p_ = (-1.0f / 6) * ((u1) + (u2)), q_ = (1.0f / 24) * ((u3) + (u4));  \
    o0 = 0.25f * (u0) + p_ + q_;                                             \
    o1 = (1.0f / 6) * ((u2) - (u1)) + (1.0f / 12) * ((u3) - (u4));           \
    o2 = p_ + 4.0f * q_ + (u5);                                              \
  } while (0)

#define OUTPUT_GRADIENT_PASS(d0, d1, d2, d3, o0, o1, o2, o3, o4, o5)         \
  do {                                                                       \
    vec e_ = (d0) + (d2), f_ = (d1) + (d3);                                  \
    vec g_ = (d0) + 4.0f * (d2), h_ = 2.0f * (d1) + 8.0f * (d3);             \
    o0 = (d0);                                                               \
    o1 = e_ + f_;                                                            \
    o2 = e_ - f_;                                                            \
    o3 = g_ + h_;                                                            \
    o4 = g_ - h_;                                                            \
    o5 = (d3);                                                               \
  } while (0)

RG_CLONES
void rg_winograd_pack(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, int transpose,
                      ptrdiff_t panel, ptrdiff_t begin, ptrdiff_t end) {
  const ptrdiff_t inner = transpose ? in : out, plane = in * out;
  // From one filter to the next along the innermost and the outer channel.
  const ptrdiff_t step = transpose ? 9 : 9 * in, outer = transpose ? 9 * in : 9;
  for (ptrdiff_t a = begin; a < end; a++)
    for (ptrdiff_t b = 0; b < inner; b += 16) {
      const float *w = oihw + a * outer + b * step;
      float gathered[9][16];
      for (int k = 0; k < 16; k++)
        for (int t = 0; t < 9; t++) gathered[t][k] = w[k * step + (transpose ? 8 - t : t)];
      vec half[6][3];
      for (int x = 0; x < 3; x++) {
        vec w0 = LOAD(gathered[x]), w1 = LOAD(gathered[3 + x]), w2 = LOAD(gathered[6 + x]);
        WEIGHT_PASS(w0, w1, w2, half[0][x], half[1][x], half[2][x], half[3][x], half[4][x],
                    half[5][x]);
      }
      float *to = u + panel_offset(a, b, transpose ? out : in, inner, panel);
      for (int i = 0; i < 6; i++, to += 6 * plane) {
        vec o0, o1, o2, o3, o4, o5;
        WEIGHT_PASS(half[i][0], half[i][1], half[i][2], o0, o1, o2, o3, o4, o5);
        STORE(to, o0);
        STORE(to + plane, o1);
        STORE(to + 2 * plane, o2);
        STORE(to + 3 * plane, o3);
        STORE(to + 4 * plane, o4);
        STORE(to + 5 * plane, o5);
      }
    }
}

RG_CLONES
void rg_winograd_output_gradient(const float *image, ptrdiff_t height, ptrdiff_t width,
                                 ptrdiff_t channels, ptrdiff_t y, ptrdiff_t x, float *m,
                                 ptrdiff_t plane) {
  ptrdiff_t rows = height - y < 4 ? height - y : 4, columns = width - x < 4 ? width - x : 4;
  const float *corner = image + (y * width + x) * channels;
  const ptrdiff_t line = width * channels;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    vec half[6][4];
    for (ptrdiff_t j = 0; j < 4; j++) {
      vec d[4];
      for (ptrdiff_t i = 0; i < 4; i++)
        d[i] = i < rows && j < columns ? LOAD(corner + i * line + j * channels + c) : SPLAT(0.0f);
      OUTPUT_GRADIENT_PASS(d[0], d[1], d[2], d[3], half[0][j], half[1][j], half[2][j], half[3][j],
                           half[4][j], half[5][j]);
    }
    float *to = m + c;
    for (int i = 0; i < 6; i++, to += 6 * plane) {
      vec o0, o1, o2, o3, o4, o5;
      OUTPUT_GRADIENT_PASS(half[i][0], half[i][1], half[i][2], half[i][3], o0, o1, o2, o3, o4,
                           o5);
      STORE(to, o0);
      STORE(to + plane, o1);
      STORE(to + 2 * plane, o2);
      STORE(to + 3 * plane, o3);
      STORE(to + 4 * plane, o4);
      STORE(to + 5 * plane, o5);
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
      vec half[3][6];
      for (int b = 0; b < 6; b++) {
        const float *p = from + b * plane;
        vec u0 = LOAD(p), u1 = LOAD(p + 6 * plane), u2 = LOAD(p + 12 * plane),
            u3 = LOAD(p + 18 * plane), u4 = LOAD(p + 24 * plane), u5 = LOAD(p + 30 * plane);
        WEIGHT_GRADIENT_PASS(u0, u1, u2, u3, u4, u5, half[0][b], half[1][b], half[2][b]);
      }
      float taps[9][16];
      for (int y = 0; y < 3; y++) {
        vec o0, o1, o2;
        WEIGHT_GRADIENT_PASS(half[y][0], half[y][1], half[y][2], half[y][3], half[y][4],
                             half[y][5], o0, o1, o2);
        STORE(taps[3 * y], o0);
        STORE(taps[3 * y + 1], o1);
        STORE(taps[3 * y + 2], o2);
      }
      for (int k = 0; k < 16; k++)
        for (int t = 0; t < 9; t++) dw[((o + k) * in + i) * 9 + t] = taps[t][k];
    }
}
