#include "CKernels.h"
#include "vector.h"

static inline ptrdiff_t at_least(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t at_most(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

RG_CLONES
void rg_max_pool_places(const float *in, ptrdiff_t in_height, ptrdiff_t in_width, float *out,
                        uint8_t *places, ptrdiff_t out_width, ptrdiff_t channels, ptrdiff_t size,
                        ptrdiff_t step, ptrdiff_t padding, ptrdiff_t row_begin, ptrdiff_t row_end) {
  for (ptrdiff_t oy = row_begin; oy < row_end; oy++) {
    ptrdiff_t top = oy * step - padding;
    ptrdiff_t y0 = at_least(top, 0), y1 = at_most(top + size, in_height);
    for (ptrdiff_t ox = 0; ox < out_width; ox++) {
      ptrdiff_t left = ox * step - padding;
      ptrdiff_t x0 = at_least(left, 0), x1 = at_most(left + size, in_width);
      float *to = out + (oy * out_width + ox) * channels;
      uint8_t *place = places + (oy * out_width + ox) * channels;
      const float *corner = in + (y0 * in_width + x0) * channels;
      RG_EACH
      for (ptrdiff_t c = 0; c < channels; c++) {
        to[c] = corner[c];
        place[c] = (uint8_t)((y0 - top) * size + (x0 - left));
      }
      for (ptrdiff_t y = y0; y < y1; y++)
        for (ptrdiff_t x = x0; x < x1; x++) {
          const float *from = in + (y * in_width + x) * channels;
          uint8_t here = (uint8_t)((y - top) * size + (x - left));
          RG_EACH
          for (ptrdiff_t c = 0; c < channels; c++) {
            // The first of equals stays; NaN wins, as in PyTorch.
            int stays = from[c] <= to[c] || to[c] != to[c];
            place[c] = stays ? place[c] : here;
            to[c] = stays ? to[c] : from[c];
          }
        }
    }
  }
}

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
