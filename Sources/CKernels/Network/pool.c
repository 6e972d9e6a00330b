#include "CKernels.h"
#include "element.h"

typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
typedef uint8_t bytes16_unaligned __attribute__((ext_vector_type(16), aligned(1)));

static inline ptrdiff_t at_least(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t at_most(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

// The largest of a window of rows x columns pixels, 16 channels at a time, from channel 0 on, and its
// place, counted in rows of `size` from `first` at the corner.
RG_INLINE ptrdiff_t window_max(const void *corner, ptrdiff_t line, ptrdiff_t pixel, ptrdiff_t rows,
                               ptrdiff_t columns, void *to, uint8_t *places, ptrdiff_t first,
                               ptrdiff_t size, ptrdiff_t channels, int narrow) {
  ptrdiff_t c = 0;
  for (; c + 16 <= channels; c += 16) {
    vec best = SPLAT(-__builtin_inff());
    if (!places) {
      // One maximum and one addition a value; only where the sum is not a number, one may be NaN.
      vec sum = SPLAT(0.0f);
      for (ptrdiff_t y = 0; y < rows; y++)
        for (ptrdiff_t x = 0; x < columns; x++) {
          vec v = LOAD_ELEMENTS(element(corner, y * line + x * pixel + c, narrow), narrow);
          best = v > best ? v : best;
          sum += v;
        }
      if (__builtin_expect(__builtin_reduce_or((bits32)(sum != sum)), 0)) {
        best = SPLAT(-__builtin_inff());
        for (ptrdiff_t y = 0; y < rows; y++)
          for (ptrdiff_t x = 0; x < columns; x++)
            best = LARGER(best,
                          LOAD_ELEMENTS(element(corner, y * line + x * pixel + c, narrow), narrow));
      }
      STORE_ELEMENTS(element_to(to, c, narrow), best, narrow);
      continue;
    }
    bits32 place = (bits32)(uint32_t)first;
    for (ptrdiff_t y = 0; y < rows; y++)
      for (ptrdiff_t x = 0; x < columns; x++) {
        vec v = LOAD_ELEMENTS(element(corner, y * line + x * pixel + c, narrow), narrow);
        bits32 stays = (bits32)STAYS(best, v);
        place = (place & stays) | ((uint32_t)(first + y * size + x) & ~stays);
        best = stays ? best : v;
      }
    STORE_ELEMENTS(element_to(to, c, narrow), best, narrow);
    *(bytes16_unaligned *)(places + c) = __builtin_convertvector(place, bytes16);
  }
  return c;
}

RG_INLINE void max_pool(const void *in, ptrdiff_t in_height, ptrdiff_t in_width,
                        ptrdiff_t in_stride, void *out, ptrdiff_t out_width, ptrdiff_t out_stride,
                        ptrdiff_t channels, ptrdiff_t size, ptrdiff_t step, ptrdiff_t padding,
                        ptrdiff_t row_begin, ptrdiff_t row_end, uint8_t *places, int narrow) {
  const ptrdiff_t line = in_width * in_stride;
  for (ptrdiff_t oy = row_begin; oy < row_end; oy++) {
    ptrdiff_t top = oy * step - padding;
    ptrdiff_t y0 = at_least(top, 0), y1 = at_most(top + size, in_height);
    for (ptrdiff_t ox = 0; ox < out_width; ox++) {
      ptrdiff_t left = ox * step - padding;
      ptrdiff_t x0 = at_least(left, 0), x1 = at_most(left + size, in_width);
      int whole = y1 - y0 == size && x1 - x0 == size;
      const void *corner = element(in, y0 * line + x0 * in_stride, narrow);
      const ptrdiff_t pixel = oy * out_width + ox, first = (y0 - top) * size + (x0 - left);
      void *to = element_to(out, pixel * out_stride, narrow);
      uint8_t *at = places ? places + pixel * channels : NULL;
      // The usual windows with their loops unrolled.
      ptrdiff_t c;
      if (whole && size == 3)
        c = window_max(corner, line, in_stride, 3, 3, to, at, first, 3, channels, narrow);
      else if (whole && size == 2)
        c = window_max(corner, line, in_stride, 2, 2, to, at, first, 2, channels, narrow);
      else
        c = window_max(corner, line, in_stride, y1 - y0, x1 - x0, to, at, first, size, channels,
                       narrow);
      for (; c < channels; c++) {
        float best = -__builtin_inff();
        ptrdiff_t place = first;
        for (ptrdiff_t y = 0; y < y1 - y0; y++)
          for (ptrdiff_t x = 0; x < x1 - x0; x++) {
            float v = load_element(element(corner, y * line + x * in_stride + c, narrow), narrow);
            if (STAYS(best, v)) continue;
            best = v;
            place = first + y * size + x;
          }
        store_element(element_to(to, c, narrow), best, narrow);
        if (places) at[c] = (uint8_t)place;
      }
    }
  }
}

RG_CLONES
void rg_max_pool(const void *in, ptrdiff_t in_height, ptrdiff_t in_width, ptrdiff_t in_stride,
                 void *out, ptrdiff_t out_width, ptrdiff_t out_stride, ptrdiff_t channels,
                 ptrdiff_t size, ptrdiff_t step, ptrdiff_t padding, ptrdiff_t row_begin,
                 ptrdiff_t row_end, uint8_t *places, int narrow) {
  RG_CONSTANT(is_narrow, narrow,
              RG_CONSTANT(keeps, places && !is_narrow,
                          max_pool(in, in_height, in_width, in_stride, out, out_width, out_stride,
                                   channels, size, step, padding, row_begin, row_end,
                                   keeps ? places : NULL, is_narrow)));
}

RG_INLINE void average(const void *in, ptrdiff_t in_width, ptrdiff_t in_stride, ptrdiff_t y0,
                       ptrdiff_t y1, ptrdiff_t x0, ptrdiff_t x1, float *out, ptrdiff_t channels,
                       int narrow) {
  float count = (float)((y1 - y0) * (x1 - x0));
  ptrdiff_t c = 0;
  for (; c + 16 <= channels; c += 16) {
    vec sum = SPLAT(0.0f);
    for (ptrdiff_t y = y0; y < y1; y++)
      for (ptrdiff_t x = x0; x < x1; x++)
        sum += LOAD_ELEMENTS(element(in, (y * in_width + x) * in_stride + c, narrow), narrow);
    STORE(out + c, sum / count);
  }
  // The rest together, so that an image of few channels is read once.
  ptrdiff_t rest = channels - c;
  float sums[16] = {0};
  for (ptrdiff_t y = y0; y < y1; y++)
    for (ptrdiff_t x = x0; x < x1; x++) {
      const void *from = element(in, (y * in_width + x) * in_stride + c, narrow);
      if (rest == 3)
        for (ptrdiff_t k = 0; k < 3; k++) sums[k] += load_element(element(from, k, narrow), narrow);
      else
        for (ptrdiff_t k = 0; k < rest; k++)
          sums[k] += load_element(element(from, k, narrow), narrow);
    }
  for (ptrdiff_t k = 0; k < rest; k++) out[c + k] = sums[k] / count;
}

RG_CLONES
void rg_average(const void *in, ptrdiff_t in_width, ptrdiff_t in_stride, ptrdiff_t y0, ptrdiff_t y1,
                ptrdiff_t x0, ptrdiff_t x1, float *out, ptrdiff_t channels, int narrow) {
  RG_CONSTANT(is_narrow, narrow,
              average(in, in_width, in_stride, y0, y1, x0, x1, out, channels, is_narrow));
}
