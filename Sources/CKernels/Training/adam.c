#include "CKernels.h"
#include "vector.h"

RG_CLONES
void rg_adam(float *weights, const float *gradient, float *first, float *second, ptrdiff_t count,
             float scale, float decay, float blend1, float beta2, float blend2, float step_size,
             float second_correction, float epsilon) {
  RG_EACH
  for (ptrdiff_t i = 0; i < count; i++) {
    float g = gradient[i] * scale + decay * weights[i];
    first[i] += blend1 * (g - first[i]);
    second[i] = beta2 * second[i] + blend2 * g * g;
    weights[i] -= step_size * first[i] / (__builtin_sqrtf(second[i]) / second_correction + epsilon);
  }
}
