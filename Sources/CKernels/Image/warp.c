// A photo through a homography, filtered so that it neither aliases nor blurs.
#pragma STDC FP_CONTRACT OFF

#include <math.h>

#include "kernel.h"

enum { WIDEST = 512 };

/// Rows of 3 bytes a pixel, and the colour around them.
typedef struct {
  const uint8_t *pixels;
  int width, height;
  const float *outside;
} picture;

/// The derivative of a position in the source by one in the target, and its inverse.
typedef struct {
  double xx, xy, yx, yy;
} jacobian;

RG_INLINE double at_least_one(double stretch) { return stretch > 1.0 ? stretch : 1.0; }

/// Of the homography at a point, where w is its denominator and (x, y) its value. In a direction in which
/// the target is finer than the source it is made as coarse, so that the filter always covers pixels: the
/// derivative's singular values are at least 1.
RG_INLINE jacobian derivative(const double m[9], double x, double y, double w) {
  const double xx = (m[0] - x * m[6]) / w, xy = (m[1] - x * m[7]) / w;
  const double yx = (m[3] - y * m[6]) / w, yy = (m[4] - y * m[7]) / w;
  // A rotation with a stretch, and a reflection with one.
  const double e = (xx + yy) / 2, h = (yx - xy) / 2, f = (xx - yy) / 2, g = (yx + xy) / 2;
  const double turned = sqrt(e * e + h * h), mirrored = sqrt(f * f + g * g);
  const double larger = at_least_one(turned + mirrored);
  const double smaller = at_least_one(fabs(turned - mirrored)) * (turned < mirrored ? -1.0 : 1.0);
  const double by = turned > 0 ? (larger + smaller) / 2 / turned : 0;
  const double across = mirrored > 0 ? (larger - smaller) / 2 / mirrored : 0;
  return (jacobian){e * by + f * across, g * across - h * by, g * across + h * by,
                    e * by - f * across};
}

RG_INLINE float weight(float at, const rg_image_filter *filter) {
  const float place = fabsf(at) * (float)RG_FILTER_STEPS;
  const float last = (float)(filter->radius * RG_FILTER_STEPS);
  return filter->weights[(int)(place < last ? place + 0.5f : last)];
}

/// The mean of the source around (x, y), weighted by the filter in the target's coordinates.
RG_INLINE void gather(const picture *source, double x, double y, jacobian d,
                      const rg_image_filter *filter, float *mean) {
  const double area = d.xx * d.yy - d.xy * d.yx, radius = filter->radius;
  const float ux = (float)(d.yy / area), uy = (float)(-d.xy / area);
  const float vx = (float)(-d.yx / area), vy = (float)(d.xx / area);
  const double wide = radius * (fabs(d.xx) + fabs(d.xy));
  const double high = radius * (fabs(d.yx) + fabs(d.yy));
  const int left = (int)floor(x - wide), top = (int)floor(y - high);
  int columns = (int)ceil(x + wide) - left, rows = (int)ceil(y + high) - top;
  columns = columns < WIDEST ? columns : WIDEST;
  rows = rows < WIDEST ? rows : WIDEST;
  float total = 0, sum[3] = {0, 0, 0};
  for (int row = 0; row < rows; row++) {
    float weights[WIDEST];
    const float dy = (float)(top + row + 0.5 - y), dx = (float)(left + 0.5 - x);
    for (int i = 0; i < columns; i++) {
      const float across = dx + (float)i;
      weights[i] = weight(ux * across + uy * dy, filter) * weight(vx * across + vy * dy, filter);
    }
    const int line = top + row;
    const int isInside = line >= 0 && line < source->height;
    for (int i = 0; i < columns; i++) {
      const int column = left + i;
      total += weights[i];
      if (isInside && column >= 0 && column < source->width) {
        const uint8_t *p =
            source->pixels + ((size_t)line * (size_t)source->width + (size_t)column) * 3;
        for (int c = 0; c < 3; c++) sum[c] += weights[i] * (float)p[c];
      } else {
        for (int c = 0; c < 3; c++) sum[c] += weights[i] * source->outside[c];
      }
    }
  }
  for (int c = 0; c < 3; c++) mean[c] = sum[c] / total;
}

RG_CLONES void rg_image_warp(const uint8_t *pixels, int source_width, int source_height,
                             float *target, int width, int height, const double map[9],
                             const rg_image_filter *filter, const float outside[3]) {
  const picture source = {pixels, source_width, source_height, outside};
  for (int row = 0; row < height; row++) {
    for (int column = 0; column < width; column++, target += 3) {
      const double u = column + 0.5, v = row + 0.5;
      const double w = map[6] * u + map[7] * v + map[8];
      const double x = (map[0] * u + map[1] * v + map[2]) / w;
      const double y = (map[3] * u + map[4] * v + map[5]) / w;
      const jacobian d = derivative(map, x, y, w);
      const double reach = (fabs(d.xx) + fabs(d.xy) + fabs(d.yx) + fabs(d.yy)) * filter->radius;
      for (int c = 0; c < 3; c++) target[c] = outside[c];
      // Far outside, behind the plane of the camera, and not-a-number.
      if (w > 0 && x > -reach && y > -reach && x < source_width + reach &&
          y < source_height + reach) {
        gather(&source, x, y, d, filter, target);
      }
    }
  }
}
