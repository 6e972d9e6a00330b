#include "CKernels.h"

#include <string.h>

// Windows of three channels, 3 and 7 wide, are too short for a call each.
static inline void copy(float *to, const float *from, ptrdiff_t count) {
  if (count == 9)
    memcpy(to, from, 9 * sizeof(float));
  else if (count == 21)
    memcpy(to, from, 21 * sizeof(float));
  else
    memcpy(to, from, sizeof(float) * (size_t)count);
}

void rg_patches(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                ptrdiff_t stride, ptrdiff_t size_y, ptrdiff_t size_x, ptrdiff_t step,
                ptrdiff_t padding, ptrdiff_t out_width, ptrdiff_t first, ptrdiff_t count,
                float *rows, ptrdiff_t row) {
  const size_t pixel = sizeof(float) * (size_t)channels;
  for (ptrdiff_t p = 0; p < count; p++) {
    ptrdiff_t y0 = (first + p) / out_width * step - padding;
    ptrdiff_t x0 = (first + p) % out_width * step - padding;
    float *to = rows + p * row;
    for (ptrdiff_t i = 0; i < size_y; i++, to += size_x * channels) {
      ptrdiff_t y = y0 + i;
      if (y < 0 || y >= height) {
        memset(to, 0, pixel * (size_t)size_x);
      } else if (stride == channels && x0 >= 0 && x0 + size_x <= width) {
        copy(to, image + (y * width + x0) * stride, size_x * channels);
      } else {
        for (ptrdiff_t j = 0; j < size_x; j++) {
          ptrdiff_t x = x0 + j;
          if (x < 0 || x >= width)
            memset(to + j * channels, 0, pixel);
          else
            memcpy(to + j * channels, image + (y * width + x) * stride, pixel);
        }
      }
    }
  }
}
