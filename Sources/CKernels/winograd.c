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
                         ptrdiff_t panel) {
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
            half[a][x] += g[a][y] * w[3 * y + x];
        }
      ptrdiff_t at = panel_offset(i, o, in, out, panel);
      for (int a = 0; a < 6; a++)
        for (int b = 0; b < 6; b++) {
          double sum = 0;
          for (int x = 0; x < 3; x++) sum += half[a][x] * g[b][x];
          u[(6 * a + b) * in * out + at] = (float)sum;
        }
    }
}

RG_INLINE void input_transform(const void *image, ptrdiff_t height, ptrdiff_t width,
                               ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t y, ptrdiff_t x,
                               float *v, ptrdiff_t plane, int whole, int narrow) {
  const void *patch = element(image, (y * width + x) * stride, narrow);
  const ptrdiff_t line = width * stride, pixel = stride;
  // Which rows and columns of the patch lie inside.
  ptrdiff_t top = whole || y >= 0 ? 0 : -y, left = whole || x >= 0 ? 0 : -x;
  ptrdiff_t bottom = whole || y + 6 <= height ? 6 : height - y;
  ptrdiff_t right = whole || x + 6 <= width ? 6 : width - x;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    vec half[6][6];
    for (int j = 0; j < 6; j++) {
      const void *p = element(patch, j * pixel + c, narrow);
      vec d[6];
      for (int i = 0; i < 6; i++)
        d[i] = whole || (i >= top && i < bottom && j >= left && j < right)
                   ? LOAD_ELEMENTS(element(p, i * line, narrow), narrow)
                   : SPLAT(0.0f);
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

RG_INLINE void input_tiles(const rg_activations *in, ptrdiff_t padding, ptrdiff_t across,
                           ptrdiff_t per_image, ptrdiff_t begin, ptrdiff_t end, float *v,
                           ptrdiff_t plane, int narrow) {
  const ptrdiff_t height = in->height, width = in->width;
  for (ptrdiff_t tile = begin; tile < end; tile++, v += in->channels) {
    ptrdiff_t place = tile % per_image;
    ptrdiff_t y = place / across * 4 - padding, x = place % across * 4 - padding;
    const void *image = element(in->start, tile / per_image * in->image, narrow);
    if (y >= 0 && x >= 0 && y + 6 <= height && x + 6 <= width)
      input_transform(image, height, width, in->channels, in->stride, y, x, v, plane, 1, narrow);
    else
      input_transform(image, height, width, in->channels, in->stride, y, x, v, plane, 0, narrow);
  }
}

RG_CLONES
void rg_winograd_input(const rg_activations *in, ptrdiff_t padding, ptrdiff_t across,
                       ptrdiff_t per_image, ptrdiff_t begin, ptrdiff_t end, float *v,
                       ptrdiff_t plane) {
  if (in->narrow)
    input_tiles(in, padding, across, per_image, begin, end, v, plane, 1);
  else
    input_tiles(in, padding, across, per_image, begin, end, v, plane, 0);
}

// One row of four outputs from the half-transformed matrix, with bias, residual and ReLU.
#define OUTPUT_ROW(half, i, o)                                                                  \
  do {                                                                                          \
    OUTPUT_PASS(half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5], (o)[0], \
                (o)[1], (o)[2], (o)[3]);                                                        \
    for (ptrdiff_t j_ = 0; j_ < 4; j_++) {                                                      \
      (o)[j_] += b;                                                                             \
      if (residual && (i) < rows && j_ < columns)                                               \
        (o)[j_] += LOAD_ELEMENTS(                                                               \
            element(residual, (((y + (i)) * width + x + j_) * residual_stride + c), narrow),    \
            narrow);                                                                            \
      (o)[j_] = (o)[j_] < low ? low : (o)[j_];                                                  \
    }                                                                                           \
  } while (0)

RG_INLINE void output_transform(const float *m, ptrdiff_t plane, void *image, ptrdiff_t height,
                                ptrdiff_t width, ptrdiff_t channels, ptrdiff_t stride, ptrdiff_t y,
                                ptrdiff_t x, const float *bias, const void *residual,
                                ptrdiff_t residual_stride, int relu, int pooled, int narrow) {
  const vec low = SPLAT(relu ? 0.0f : -__builtin_inff());
  const ptrdiff_t rows = height - y < 4 ? height - y : 4, columns = width - x < 4 ? width - x : 4;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    vec half[4][6];
    for (int j = 0; j < 6; j++) {
      const float *p = m + j * plane + c;
      vec m0 = LOAD(p), m1 = LOAD(p + 6 * plane), m2 = LOAD(p + 12 * plane),
          m3 = LOAD(p + 18 * plane), m4 = LOAD(p + 24 * plane), m5 = LOAD(p + 30 * plane);
      OUTPUT_PASS(m0, m1, m2, m3, m4, m5, half[0][j], half[1][j], half[2][j], half[3][j]);
    }
    const vec b = bias ? LOAD(bias + c) : SPLAT(0.0f);
    if (pooled) {
      // Windows of 2x2; an odd last row or column belongs to none.
      for (ptrdiff_t i = 0; i + 1 < rows; i += 2) {
        vec o[4], next[4];
        OUTPUT_ROW(half, i, o);
        OUTPUT_ROW(half, i + 1, next);
        for (ptrdiff_t j = 0; j + 1 < columns; j += 2) {
          vec best = LARGER(o[j], o[j + 1]);
          best = LARGER(best, next[j]);
          best = LARGER(best, next[j + 1]);
          ptrdiff_t at = (y + i) / 2 * (width / 2) + (x + j) / 2;
          STORE_ELEMENTS(element_to(image, at * stride + c, narrow), best, narrow);
        }
      }
      continue;
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
      vec o[4];
      OUTPUT_ROW(half, i, o);
      ptrdiff_t at = (y + i) * width + x;
      for (ptrdiff_t j = 0; j < columns; j++)
        STORE_ELEMENTS(element_to(image, (at + j) * stride + c, narrow), o[j], narrow);
    }
  }
}

RG_INLINE void output_tiles(const float *m, ptrdiff_t plane, const rg_activations *out,
                            const rg_activations *residual, const float *bias, int relu,
                            int pooled, ptrdiff_t across, ptrdiff_t per_image, ptrdiff_t begin,
                            ptrdiff_t end, int narrow) {
  for (ptrdiff_t tile = begin; tile < end; tile++, m += out->channels) {
    ptrdiff_t image = tile / per_image, place = tile % per_image;
    output_transform(m, plane, element_to(out->start, image * out->image, narrow), out->height,
                     out->width, out->channels, out->stride, place / across * 4,
                     place % across * 4, bias,
                     residual ? element(residual->start, image * residual->image, narrow) : 0,
                     residual ? residual->stride : 0, relu, pooled, narrow);
  }
}

RG_CLONES
void rg_winograd_output(const float *m, ptrdiff_t plane, const rg_activations *out,
                        const rg_activations *residual, const float *bias, int relu, int pooled,
                        ptrdiff_t across, ptrdiff_t per_image, ptrdiff_t begin, ptrdiff_t end) {
  if (out->narrow && pooled)
    output_tiles(m, plane, out, residual, bias, relu, 1, across, per_image, begin, end, 1);
  else if (out->narrow)
    output_tiles(m, plane, out, residual, bias, relu, 0, across, per_image, begin, end, 1);
  else if (pooled)
    output_tiles(m, plane, out, residual, bias, relu, 1, across, per_image, begin, end, 0);
  else
    output_tiles(m, plane, out, residual, bias, relu, 0, across, per_image, begin, end, 0);
}
