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

void rg_copy_rows(float *to, ptrdiff_t to_stride, const float *from, ptrdiff_t from_stride,
                  ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++)
    memcpy(to + r * to_stride, from + r * from_stride, sizeof(float) * (size_t)channels);
}

RG_CLONES
void rg_add_to_rows(float *image, const float *value, ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++) RG_EACH
  for (ptrdiff_t c = 0; c < channels; c++) image[r * channels + c] += value[c];
}
