#include "CKernels.h"
#include "vector.h"

RG_CLONES
void rg_combine(float *out, float alpha, const float *a, float beta, const float *b,
                ptrdiff_t count) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) out[i] = alpha * a[i] + beta * b[i];
}

RG_CLONES
void rg_scale(float *out, float alpha, const float *a, ptrdiff_t count) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) out[i] = alpha * a[i];
}

RG_CLONES
void rg_leaky_relu(float *out, const float *x, float slope, ptrdiff_t count) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] <= 0 ? slope * x[i] : x[i];
}

RG_CLONES
void rg_leaky_relu_gradient(float *dx, const float *dy, const float *y, float slope,
                            ptrdiff_t count) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) dx[i] = y[i] <= 0 ? slope * dy[i] : dy[i];
}

RG_CLONES
void rg_column_sums(const float *x, ptrdiff_t rows, ptrdiff_t channels, double *sums) {
  enum { width = 256, depth = 64 };
  float part[width];
  for (ptrdiff_t begin = 0; begin < channels; begin += width) {
    ptrdiff_t n = channels - begin < width ? channels - begin : width;
    // Floats over a few rows, doubles over many: near double's accuracy at float's speed.
    for (ptrdiff_t row = 0; row < rows; row += depth) {
      ptrdiff_t end = row + depth < rows ? row + depth : rows;
      memset(part, 0, sizeof(float) * (size_t)n);
      for (ptrdiff_t r = row; r < end; r++) {
        const float *from = x + r * channels + begin;
        RG_EACH
        for (ptrdiff_t c = 0; c < n; c++) part[c] += from[c];
      }
      RG_EACH
      for (ptrdiff_t c = 0; c < n; c++) sums[begin + c] += part[c];
    }
  }
}

void rg_copy_rows(float *to, ptrdiff_t to_stride, const float *from, ptrdiff_t from_stride,
                  ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++)
    memcpy(to + r * to_stride, from + r * from_stride, sizeof(float) * (size_t)channels);
}

RG_CLONES
void rg_add_to_rows(float *image, const float *value, ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++)
    RG_EACH
    for (ptrdiff_t c = 0; c < channels; c++) image[r * channels + c] += value[c];
}
