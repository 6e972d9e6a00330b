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
void rg_relu(float *out, const float *x, ptrdiff_t count) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) out[i] = x[i] <= 0 ? 0.0f : x[i];
}

RG_CLONES
void rg_relu_gradient(float *dx, const float *dy, const float *y, ptrdiff_t count) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) dx[i] = y[i] <= 0 ? 0.0f : dy[i];
}

void rg_copy_rows(float *to, ptrdiff_t to_stride, const float *from, ptrdiff_t from_stride,
                  ptrdiff_t rows, ptrdiff_t channels) {
  if (to_stride == channels && from_stride == channels) {
    channels *= rows;
    rows = 1;
  }
  for (ptrdiff_t r = 0; r < rows; r++)
    memcpy(to + r * to_stride, from + r * from_stride, sizeof(float) * (size_t)channels);
}
