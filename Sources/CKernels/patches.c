#include "CKernels.h"
#include "element.h"

// `count` elements as floats.
RG_INLINE void widen(float *to, const void *from, ptrdiff_t count, int narrow) {
  if (!narrow) {
    // Windows of three channels, 3 and 7 wide, too short for a call each.
    if (count == 9)
      memcpy(to, from, 36);
    else if (count == 21)
      memcpy(to, from, 84);
    else
      memcpy(to, from, sizeof(float) * (size_t)count);
    return;
  }
  for (ptrdiff_t k = 0; k < count; k++) to[k] = load_element(element(from, k, 1), 1);
}

RG_INLINE void patches(const void *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                       ptrdiff_t stride, ptrdiff_t size_y, ptrdiff_t size_x, ptrdiff_t step,
                       ptrdiff_t padding, ptrdiff_t out_width, ptrdiff_t first, ptrdiff_t count,
                       float *rows, ptrdiff_t row, int narrow) {
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
        widen(to, element(image, (y * width + x0) * stride, narrow), size_x * channels, narrow);
      } else {
        for (ptrdiff_t j = 0; j < size_x; j++) {
          ptrdiff_t x = x0 + j;
          if (x < 0 || x >= width)
            memset(to + j * channels, 0, pixel);
          else
            widen(to + j * channels, element(image, (y * width + x) * stride, narrow), channels,
                  narrow);
        }
      }
    }
  }
}

RG_CLONES
void rg_patches(const void *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                ptrdiff_t stride, ptrdiff_t size_y, ptrdiff_t size_x, ptrdiff_t step,
                ptrdiff_t padding, ptrdiff_t out_width, ptrdiff_t first, ptrdiff_t count,
                float *rows, ptrdiff_t row, int narrow) {
  if (narrow)
    patches(image, height, width, channels, stride, size_y, size_x, step, padding, out_width,
            first, count, rows, row, 1);
  else
    patches(image, height, width, channels, stride, size_y, size_x, step, padding, out_width,
            first, count, rows, row, 0);
}
