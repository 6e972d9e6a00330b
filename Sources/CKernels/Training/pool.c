#include "CKernels.h"
#include "vector.h"

void rg_max_pool_gradient(float *dx, ptrdiff_t in_width, const float *dy, const uint8_t *places,
                          ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t channels,
                          ptrdiff_t size, ptrdiff_t step, ptrdiff_t padding) {
  for (ptrdiff_t oy = 0; oy < out_height; oy++)
    for (ptrdiff_t ox = 0; ox < out_width; ox++) {
      const float *from = dy + (oy * out_width + ox) * channels;
      const uint8_t *place = places + (oy * out_width + ox) * channels;
      for (ptrdiff_t c = 0; c < channels; c++) {
        ptrdiff_t y = oy * step - padding + place[c] / size;
        ptrdiff_t x = ox * step - padding + place[c] % size;
        dx[(y * in_width + x) * channels + c] += from[c];
      }
    }
}

RG_CLONES
void rg_max_pool_gradient_2x2(float *dx, ptrdiff_t in_width, const float *dy, const uint8_t *places,
                              ptrdiff_t out_width, ptrdiff_t channels, ptrdiff_t row) {
  for (ptrdiff_t ox = 0; ox < out_width; ox++) {
    const float *from = dy + (row * out_width + ox) * channels;
    const uint8_t *place = places + (row * out_width + ox) * channels;
    for (int k = 0; k < 4; k++) {
      float *to = dx + ((2 * row + k / 2) * in_width + 2 * ox + k % 2) * channels;
      RG_EACH
      for (ptrdiff_t c = 0; c < channels; c++) to[c] = place[c] == k ? from[c] : 0.0f;
    }
  }
}
