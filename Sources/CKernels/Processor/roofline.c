#include "CKernels.h"
#include "vector.h"

RG_CLONES
float rg_peak_multiply_add(ptrdiff_t rounds) {
  // As many sums as hide the latency of two units, and still fit the registers.
  vec sums[12];
  for (int k = 0; k < 12; k++) sums[k] = SPLAT(k + 1);
  const vec x = SPLAT(0.999f), y = SPLAT(0.001f);
  for (ptrdiff_t r = 0; r < rounds; r++)
    for (int k = 0; k < 12; k++) sums[k] = sums[k] * x + y;
  vec sum = sums[0];
  for (int k = 1; k < 12; k++) sum += sums[k];
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
