#include "CKernels.h"
#include "element.h"

RG_CLONES
void rg_to_bfloat16(const float *in, ptrdiff_t stride, uint16_t *out, ptrdiff_t out_stride,
                    ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *from = in + r * stride;
    uint16_t *to = out + r * out_stride;
    ptrdiff_t c = 0;
    for (; c + 16 <= channels; c += 16) STORE_ELEMENTS(to + c, LOAD(from + c), 1);
    for (; c < channels; c++) store_element(to + c, from[c], 1);
  }
}

RG_CLONES
void rg_from_bfloat16(const uint16_t *in, ptrdiff_t stride, float *out, ptrdiff_t out_stride,
                      ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const uint16_t *from = in + r * stride;
    float *to = out + r * out_stride;
    ptrdiff_t c = 0;
    for (; c + 16 <= channels; c += 16) STORE(to + c, LOAD_ELEMENTS(from + c, 1));
    for (; c < channels; c++) to[c] = load_element(from + c, 1);
  }
}
