#include "CKernels.h"
#include "vector.h"

enum { chunk = 512 };

static inline float loss(float d, int kind, float epsilon) {
  return kind == 0   ? d * d
         : kind == 1 ? __builtin_fabsf(d)
                     : __builtin_sqrtf(d * d + epsilon * epsilon);
}

RG_CLONES
double rg_difference_loss(const float *a, const float *b, ptrdiff_t count, int kind,
                          float epsilon) {
  double total = 0;
  for (ptrdiff_t begin = 0; begin < count; begin += chunk) {
    ptrdiff_t n = count - begin < chunk ? count - begin : chunk;
    // Sixteen sums side by side, since the compiler may not reorder one.
    float lanes[16] = {0};
    ptrdiff_t i = 0;
    for (; i + 16 <= n; i += 16)
      for (int k = 0; k < 16; k++)
        lanes[k] += loss(a[begin + i + k] - b[begin + i + k], kind, epsilon);
    for (; i < n; i++) lanes[0] += loss(a[begin + i] - b[begin + i], kind, epsilon);
    for (int k = 0; k < 16; k++) total += lanes[k];
  }
  return total;
}

RG_CLONES
void rg_difference_loss_gradient(float *da, const float *a, const float *b, ptrdiff_t count,
                                 int kind, float epsilon, float weight) {
  if (kind == 0) RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) da[i] = 2 * weight * (a[i] - b[i]);
  else if (kind == 1) RG_EACH for (ptrdiff_t i = 0; i < count; i++) da[i] =
      weight * ((float)(a[i] > b[i]) - (float)(a[i] < b[i]));
  else RG_EACH for (ptrdiff_t i = 0; i < count; i++) {
    float d = a[i] - b[i];
    da[i] = weight * d / __builtin_sqrtf(d * d + epsilon * epsilon);
  }
}

RG_CLONES
double rg_sum_of_squares(const float *x, ptrdiff_t count) {
  double lanes[16] = {0}, total = 0;
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int k = 0; k < 16; k++) lanes[k] += (double)x[i + k] * x[i + k];
  for (; i < count; i++) lanes[0] += (double)x[i] * x[i];
  for (int k = 0; k < 16; k++) total += lanes[k];
  return total;
}
