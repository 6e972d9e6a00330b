#include "CKernels.h"
#include "element.h"

// The matrices of F(4x4, 3x3), as one-dimensional passes over vectors.
//   input   B^T: 6 -> 6      output A^T: 6 -> 4      weights G: 3 -> 6
#define INPUT_PASS(d0, d1, d2, d3, d4, d5, o0, o1, o2, o3, o4, o5) \
  do {                                                             \
    vec a_ = (d4) - 4.0f * (d2), b_ = (d3) - 4.0f * (d1);          \
    vec c_ = (d4) - (d2), e_ = 2.0f * ((d3) - (d1));               \
    o0 = 4.0f * (d0) - 5.0f * (d2) + (d4);                         \
    o1 = a_ + b_;                                                  \
    o2 = a_ - b_;                                                  \
    o3 = c_ + e_;                                                  \
    o4 = c_ - e_;                                                  \
    o5 = 4.0f * (d1) - 5.0f * (d3) + (d5);                         \
  } while (0)

#define OUTPUT_PASS(m0, m1, m2, m3, m4, m5, o0, o1, o2, o3) \
  do {                                                      \
    vec p_ = (m1) + (m2), q_ = (m1) - (m2);                 \
    vec r_ = (m3) + (m4), s_ = (m3) - (m4);                 \
    o0 = (m0) + p_ + r_;                                    \
    o1 = q_ + 2.0f * s_;                                    \
    o2 = p_ + 4.0f * r_;                                    \
    o3 = q_ + 8.0f * s_ + (m5);                             \
  } while (0)

void rg_winograd_weights(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in,
                         int transpose, ptrdiff_t panel) {
  static const double g[6][3] = {{1.0 / 4, 0, 0},
                                 {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                 {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                 {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                 {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                 {0, 0, 1}};
  for (ptrdiff_t o = 0; o < out; o++)
    for (ptrdiff_t i = 0; i < in; i++) {
      const float *w = oihw + (o * in + i) * 9;
      double half[6][3];
      for (int a = 0; a < 6; a++)
        for (int x = 0; x < 3; x++) {
          half[a][x] = 0;
          for (int y = 0; y < 3; y++)
            half[a][x] += g[a][y] * (transpose ? w[8 - (3 * y + x)] : w[3 * y + x]);
        }
      ptrdiff_t at = transpose ? panel_offset(o, i, out, in, panel)
                               : panel_offset(i, o, in, out, panel);
      for (int a = 0; a < 6; a++)
        for (int b = 0; b < 6; b++) {
          double sum = 0;
          for (int x = 0; x < 3; x++) sum += half[a][x] * g[b][x];
          u[(6 * a + b) * in * out + at] = (float)sum;
        }
    }
}

// The patch from (y, x), zero outside the image, as 36 dense rows of `channels` elements.
RG_INLINE void gather(const void *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                      ptrdiff_t stride, ptrdiff_t y, ptrdiff_t x, void *patch, int narrow) {
  const size_t bytes = (size_t)channels * (narrow ? 2 : 4);
  for (ptrdiff_t i = 0; i < 6; i++)
    for (ptrdiff_t j = 0; j < 6; j++) {
      void *to = element_to(patch, (6 * i + j) * channels, narrow);
      ptrdiff_t row = y + i, column = x + j;
      if (row < 0 || row >= height || column < 0 || column >= width)
        memset(to, 0, bytes);
      else
        memcpy(to, element(image, (row * width + column) * stride, narrow), bytes);
    }
}

RG_INLINE void input_transform(const void *image, ptrdiff_t height, ptrdiff_t width,
                               ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t y, ptrdiff_t x,
                               float *v, ptrdiff_t plane, void *scratch, int narrow) {
  const void *patch;
  ptrdiff_t line, pixel;
  if (y >= 0 && x >= 0 && y + 6 <= height && x + 6 <= width) {
    patch = element(image, (y * width + x) * stride, narrow);
    line = width * stride;
    pixel = stride;
  } else {
    gather(image, height, width, channels, stride, y, x, scratch, narrow);
    patch = scratch;
    line = 6 * channels;
    pixel = channels;
  }
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    vec half[6][6];
    for (int j = 0; j < 6; j++) {
      const void *p = element(patch, j * pixel + c, narrow);
      vec d[6];
      for (int i = 0; i < 6; i++) d[i] = LOAD_ELEMENTS(element(p, i * line, narrow), narrow);
      INPUT_PASS(d[0], d[1], d[2], d[3], d[4], d[5], half[0][j], half[1][j], half[2][j],
                 half[3][j], half[4][j], half[5][j]);
    }
    float *to = v + c;
    for (int i = 0; i < 6; i++) {
      vec o0, o1, o2, o3, o4, o5;
      INPUT_PASS(half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5], o0, o1,
                 o2, o3, o4, o5);
      STORE(to, o0);
      STORE(to + plane, o1);
      STORE(to + 2 * plane, o2);
      STORE(to + 3 * plane, o3);
      STORE(to + 4 * plane, o4);
      STORE(to + 5 * plane, o5);
      to += 6 * plane;
    }
  }
}

RG_CLONES
void rg_winograd_input(const void *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                       ptrdiff_t stride, ptrdiff_t y, ptrdiff_t x, float *v, ptrdiff_t plane,
                       float *scratch, int narrow) {
  if (narrow)
    input_transform(image, height, width, channels, stride, y, x, v, plane, scratch, 1);
  else
    input_transform(image, height, width, channels, stride, y, x, v, plane, scratch, 0);
}

RG_INLINE void output_transform(const float *m, ptrdiff_t plane, void *image, ptrdiff_t height,
                                ptrdiff_t width, ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t y,
                                ptrdiff_t x, const float *bias, const void *residual,
                                ptrdiff_t residual_stride, int relu, int narrow) {
  const vec low = SPLAT(relu ? 0.0f : -__builtin_inff());
  ptrdiff_t rows = height - y < 4 ? height - y : 4, columns = width - x < 4 ? width - x : 4;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    vec half[4][6];
    for (int j = 0; j < 6; j++) {
      const float *p = m + j * plane + c;
      vec m0 = LOAD(p), m1 = LOAD(p + 6 * plane), m2 = LOAD(p + 12 * plane),
          m3 = LOAD(p + 18 * plane), m4 = LOAD(p + 24 * plane), m5 = LOAD(p + 30 * plane);
      OUTPUT_PASS(m0, m1, m2, m3, m4, m5, half[0][j], half[1][j], half[2][j], half[3][j]);
    }
    vec b = bias ? LOAD(bias + c) : SPLAT(0.0f);
    for (ptrdiff_t i = 0; i < rows; i++) {
      vec o[4];
      OUTPUT_PASS(half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5], o[0],
                  o[1], o[2], o[3]);
      ptrdiff_t at = (y + i) * width + x;
      for (ptrdiff_t j = 0; j < columns; j++) {
        vec value = o[j] + b;
        if (residual)
          value += LOAD_ELEMENTS(element(residual, (at + j) * residual_stride + c, narrow), narrow);
        STORE_ELEMENTS(element_to(image, (at + j) * stride + c, narrow),
                       value < low ? low : value, narrow);
      }
    }
  }
}

RG_CLONES
void rg_winograd_output(const float *m, ptrdiff_t plane, void *image, ptrdiff_t height,
                        ptrdiff_t width, ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t y,
                        ptrdiff_t x, const float *bias, const void *residual,
                        ptrdiff_t residual_stride, int relu, int narrow) {
  if (narrow)
    output_transform(m, plane, image, height, width, channels, stride, y, x, bias, residual,
                     residual_stride, relu, 1);
  else
    output_transform(m, plane, image, height, width, channels, stride, y, x, bias, residual,
                     residual_stride, relu, 0);
}
