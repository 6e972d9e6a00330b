#include "CKernels.h"
#include "vector.h"

RG_CLONES
float rg_peak_multiply_add(ptrdiff_t rounds) {
  // As many sums as hide the latency of two units, and still fit the registers.
  vec a = SPLAT(1), b = SPLAT(2), c = SPLAT(3), d = SPLAT(4), e = SPLAT(5), f = SPLAT(6),
      g = SPLAT(7), h = SPLAT(8), i = SPLAT(9), j = SPLAT(10), k = SPLAT(11), l = SPLAT(12);
  const vec x = SPLAT(0.999f), y = SPLAT(0.001f);
  for (ptrdiff_t r = 0; r < rounds; r++) {
    a = a * x + y;
    b = b * x + y;
    c = c * x + y;
    d = d * x + y;
    e = e * x + y;
    f = f * x + y;
    g = g * x + y;
    h = h * x + y;
    i = i * x + y;
    j = j * x + y;
    k = k * x + y;
    l = l * x + y;
  }
  vec sum = a + b + c + d + e + f + g + h + i + j + k + l;
  float total = 0;
  for (int lane = 0; lane < 16; lane++) total += sum[lane];
  return total;
}

RG_CLONES
float rg_read_all(const float *from, ptrdiff_t count) {
  vec a = SPLAT(0), b = SPLAT(0), c = SPLAT(0), d = SPLAT(0);
  for (ptrdiff_t n = 0; n + 64 <= count; n += 64) {
    a += LOAD(from + n);
    b += LOAD(from + n + 16);
    c += LOAD(from + n + 32);
    d += LOAD(from + n + 48);
  }
  vec sum = a + b + c + d;
  float total = 0;
  for (int lane = 0; lane < 16; lane++) total += sum[lane];
  return total;
}
