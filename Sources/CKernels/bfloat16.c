#include "CKernels.h"

#include <string.h>

RG_CLONES
void rg_to_bfloat16(const float *in, ptrdiff_t stride, uint16_t *out, ptrdiff_t rows,
                    ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *from = in + r * stride;
    uint16_t *to = out + r * channels;
    for (ptrdiff_t c = 0; c < channels; c++) {
      uint32_t bits;
      memcpy(&bits, from + c, 4);
      uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
      // Rounding must not turn a NaN into infinity.
      uint32_t nan = (bits >> 16) | 0x40;
      to[c] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded);
    }
  }
}
