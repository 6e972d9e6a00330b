// A photographed print seen from straight above.
#pragma STDC FP_CONTRACT OFF

#include "kernel.h"

RG_INLINE float inside(float value, float last) {
  // Written so that not-a-number becomes 0.
  value = value > 0.0f ? value : 0.0f;
  return value < last ? value : last;
}

RG_CLONES void rg_image_rectify(const uint8_t *source, int source_width, int source_height,
                                uint8_t *target, int width, int height, const double map[9],
                                int samples) {
  const float weight = 1.0f / (float)(samples * samples);
  const size_t stride = (size_t)source_width * 3;
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++, target += 3) {
      float sum[3] = {0, 0, 0};
      for (int n = 0; n < samples * samples; n++) {
        const double u = (x + (n % samples + 0.5) / samples) / width;
        const double v = (y + (n / samples + 0.5) / samples) / height;
        const double w = map[6] * u + map[7] * v + map[8];
        const float at_x = inside((float)((map[0] * u + map[1] * v + map[2]) / w - 0.5),
                                  (float)(source_width - 1));
        const float at_y = inside((float)((map[3] * u + map[4] * v + map[5]) / w - 0.5),
                                  (float)(source_height - 1));
        const int left = (int)at_x, top = (int)at_y;
        const float across = at_x - (float)left, down = at_y - (float)top;
        const uint8_t *p = source + (size_t)top * stride + (size_t)left * 3;
        const size_t right = left + 1 < source_width ? 3 : 0;
        const size_t below = top + 1 < source_height ? stride : 0;
        for (int c = 0; c < 3; c++) {
          const float upper = p[c] + across * (float)(p[right + c] - p[c]);
          const float lower = p[below + c] + across * (float)(p[below + right + c] - p[below + c]);
          sum[c] += upper + down * (lower - upper);
        }
      }
      for (int c = 0; c < 3; c++) target[c] = (uint8_t)(sum[c] * weight + 0.5f);
    }
  }
}
