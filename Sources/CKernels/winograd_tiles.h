// The transforms of 3x3 filters and of tiles of 4x4 outputs, for a Winograd scheme whose file defines,
// before it includes this: PATCH, the side of a tile's input patch; STEP, pixels from patch to patch;
// the matrix filter_pass (3 -> 6); INPUT_PASS (PATCH -> PATCH) and OUTPUT_PASS (PATCH -> 4) on arrays
// of vectors; and the names WINOGRAD_... of the functions (network_kernels.h).
#include "CKernels.h"
#include "element.h"

void WINOGRAD_WEIGHTS(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, ptrdiff_t panel) {
  for (ptrdiff_t o = 0; o < out; o++)
    for (ptrdiff_t i = 0; i < in; i++) {
      const float *w = oihw + (o * in + i) * 9;
      double half[6][3];
      for (int a = 0; a < 6; a++)
        for (int x = 0; x < 3; x++) {
          half[a][x] = 0;
          for (int y = 0; y < 3; y++)
            half[a][x] += filter_pass[a][y] * w[3 * y + x];
        }
      ptrdiff_t at = panel_offset(i, o, in, out, panel);
      for (int a = 0; a < 6; a++)
        for (int b = 0; b < 6; b++) {
          double sum = 0;
          for (int x = 0; x < 3; x++) sum += half[a][x] * filter_pass[b][x];
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
  ptrdiff_t bottom = whole || y + PATCH <= height ? PATCH : height - y;
  ptrdiff_t right = whole || x + PATCH <= width ? PATCH : width - x;
  for (ptrdiff_t c = 0; c < channels; c += 16) {
    // By columns of the patch, then by rows: half[j][i] is row i of column j after the first pass.
    vec half[PATCH][PATCH];
    for (int j = 0; j < PATCH; j++) {
      const void *p = element(patch, j * pixel + c, narrow);
      vec d[PATCH];
      for (int i = 0; i < PATCH; i++)
        d[i] = whole || (i >= top && i < bottom && j >= left && j < right)
                   ? LOAD_ELEMENTS(element(p, i * line, narrow), narrow)
                   : SPLAT(0.0f);
      INPUT_PASS(d, half[j]);
    }
    float *to = v + c;
    for (int i = 0; i < PATCH; i++, to += PATCH * plane) {
      vec row[PATCH], o[PATCH];
      for (int j = 0; j < PATCH; j++) row[j] = half[j][i];
      INPUT_PASS(row, o);
      for (int j = 0; j < PATCH; j++) STORE(to + j * plane, o[j]);
    }
  }
}

RG_INLINE void input_tiles(const rg_activations *in, ptrdiff_t padding, ptrdiff_t across,
                           ptrdiff_t per_image, ptrdiff_t begin, ptrdiff_t end, float *v,
                           ptrdiff_t plane, int narrow) {
  const ptrdiff_t height = in->height, width = in->width;
  for (ptrdiff_t tile = begin; tile < end; tile++, v += in->channels) {
    ptrdiff_t place = tile % per_image;
    ptrdiff_t y = place / across * STEP - padding, x = place % across * STEP - padding;
    const void *image = element(in->start, tile / per_image * in->image, narrow);
    if (y >= 0 && x >= 0 && y + PATCH <= height && x + PATCH <= width)
      input_transform(image, height, width, in->channels, in->stride, y, x, v, plane, 1, narrow);
    else
      input_transform(image, height, width, in->channels, in->stride, y, x, v, plane, 0, narrow);
  }
}

RG_CLONES
void WINOGRAD_INPUT(const rg_activations *in, ptrdiff_t padding, ptrdiff_t across,
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
    OUTPUT_PASS((half)[i], o);                                                                  \
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
    vec half[4][PATCH];
    for (int j = 0; j < PATCH; j++) {
      vec m_[PATCH], o[4];
      for (int i = 0; i < PATCH; i++) m_[i] = LOAD(m + (i * PATCH + j) * plane + c);
      OUTPUT_PASS(m_, o);
      for (int i = 0; i < 4; i++) half[i][j] = o[i];
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
void WINOGRAD_OUTPUT(const float *m, ptrdiff_t plane, const rg_activations *out,
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
