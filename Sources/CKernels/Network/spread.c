#include "CKernels.h"
#include "element.h"

RG_INLINE void spread(const float *block, void *image, ptrdiff_t stride, const float *bias,
                      ptrdiff_t width, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t channels,
                      int narrow) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    // Rows of all images follow each other, so y may count through the batch.
    ptrdiff_t y = (first + r) / width, x = (first + r) % width;
    const float *from = block + r * 4 * channels;
    for (int k = 0; k < 4; k++, from += channels) {
      void *to = element_to(image, ((2 * y + k / 2) * 2 * width + 2 * x + k % 2) * stride, narrow);
      // Where later pixels of the row go: the image is larger than what lies near the core.
      for (ptrdiff_t c = 0; c < channels; c += 16)
        __builtin_prefetch(element(to, 8 * stride + c, narrow), 1);
      ptrdiff_t c = 0;
      for (; c + 16 <= channels; c += 16) {
        vec v = LOAD(from + c);
        if (bias) v += LOAD(bias + c);
        STORE_ELEMENTS(element_to(to, c, narrow), v, narrow);
      }
      for (; c < channels; c++)
        store_element(element_to(to, c, narrow), from[c] + (bias ? bias[c] : 0.0f), narrow);
    }
  }
}

RG_CLONES
void rg_spread_2x2(const float *block, void *image, ptrdiff_t stride, const float *bias,
                   ptrdiff_t width, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t channels,
                   int narrow) {
  RG_CONSTANT(is_narrow, narrow,
              spread(block, image, stride, bias, width, first, rows, channels, is_narrow));
}
