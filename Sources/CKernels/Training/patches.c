#include "CKernels.h"
#include "vector.h"

RG_CLONES
void rg_patches_add(const float *rows, ptrdiff_t row, float *image, ptrdiff_t height,
                    ptrdiff_t width, ptrdiff_t channels, ptrdiff_t size_y, ptrdiff_t size_x,
                    ptrdiff_t step, ptrdiff_t padding, ptrdiff_t out_width, ptrdiff_t first,
                    ptrdiff_t count) {
  for (ptrdiff_t p = 0; p < count; p++) {
    ptrdiff_t y0 = (first + p) / out_width * step - padding;
    ptrdiff_t x0 = (first + p) % out_width * step - padding;
    ptrdiff_t j0 = x0 < 0 ? -x0 : 0, j1 = x0 + size_x > width ? width - x0 : size_x;
    for (ptrdiff_t i = 0; i < size_y; i++) {
      ptrdiff_t y = y0 + i;
      if (y < 0 || y >= height) continue;
      const float *from = rows + p * row + (i * size_x + j0) * channels;
      float *to = image + (y * width + x0 + j0) * channels;
      RG_EACH
      for (ptrdiff_t c = 0; c < (j1 - j0) * channels; c++) to[c] += from[c];
    }
  }
}

void rg_transpose_outer(const float *in, float *out, ptrdiff_t a_count, ptrdiff_t b_count,
                        ptrdiff_t c_count, ptrdiff_t begin, ptrdiff_t end) {
  // Square blocks, so that the lines of both sides stay in cache.
  enum { block = 16 };
  for (ptrdiff_t a0 = begin; a0 < end; a0 += block) {
    ptrdiff_t a1 = a0 + block < end ? a0 + block : end;
    for (ptrdiff_t b = 0; b < b_count; b++)
      for (ptrdiff_t c0 = 0; c0 < c_count; c0 += block) {
        ptrdiff_t c1 = c0 + block < c_count ? c0 + block : c_count;
        for (ptrdiff_t c = c0; c < c1; c++)
          for (ptrdiff_t a = a0; a < a1; a++)
            out[(c * b_count + b) * a_count + a] = in[(a * b_count + b) * c_count + c];
      }
  }
}

void rg_collect_2x2(float *block, const float *image, ptrdiff_t width, ptrdiff_t first,
                    ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    ptrdiff_t y = (first + r) / width, x = (first + r) % width;
    float *to = block + r * 4 * channels;
    for (int i = 0; i < 2; i++)
      memcpy(to + i * 2 * channels, image + ((2 * y + i) * 2 * width + 2 * x) * channels,
             sizeof(float) * 2 * (size_t)channels);
  }
}
