#include "print.h"

/// Where a sample lies: on the print, where four of its pixels can be loaded as vectors; on its last
/// rows and columns; on the paper around; beside that.
enum { INSIDE, EDGE, PAPER, DESK };

/// The samples of a row of pixels: samples² for each, in `samples` rows.
typedef struct {
  float *at_x, *at_y;    // on the print, which reaches from 0 to 1
  float *across, *down;  // beyond the pixel of the print that is left and above
  int32_t *place;        // that pixel's index
  int32_t *kind;
} sample_row;

/// The map of a row of samples, `v` down the photo.
RG_INLINE void map_row(const double m[9], const double *u, double v, int count,
                       float *restrict at_x, float *restrict at_y) {
  const double x = m[1] * v, y = m[4] * v, z = m[7] * v;
  for (int i = 0; i < count; i++) {
    const double w = 1.0 / (m[6] * u[i] + z + m[8]);
    at_x[i] = (float)((m[0] * u[i] + x + m[2]) * w);
    at_y[i] = (float)((m[3] * u[i] + y + m[5]) * w);
  }
}

RG_INLINE int within(float x, float y, float low, float high) {
  return (x >= low) & (x < high) & (y >= low) & (y < high);
}

/// What lies at the samples; without a branch, so that many are found at once.
RG_INLINE void locate(const sample_row *row, int count, int side, float border) {
  const float last = (float)(side - 1);
  RG_EACH for (int i = 0; i < count; i++) {
    const float x = row->at_x[i], y = row->at_y[i];
    const float px = clamp(x * (float)side - 0.5f, 0.0f, last);
    const float py = clamp(y * (float)side - 0.5f, 0.0f, last);
    const int left = (int)px, top = (int)py;
    row->across[i] = px - (float)left;
    row->down[i] = py - (float)top;
    row->place[i] = top * side + left;
    // A vector of the last pixel would reach beyond the print.
    const int on_print = ((left >= side - 2) | (top >= side - 1)) ? EDGE : INSIDE;
    const int beside = within(x, y, -border, 1.0f + border) ? PAPER : DESK;
    row->kind[i] = within(x, y, 0.0f, 1.0f) ? on_print : beside;
  }
}

/// The print at sample i.
RG_INLINE pixel4 bilinear(const float *print, int side, const sample_row *row, int i, int is_edge) {
  const size_t place = (size_t)row->place[i], stride = (size_t)side * 3;
  const float *p = print + place * 3;
  pixel4 corners[4];
  if (is_edge) {
    const size_t right = place % (size_t)side + 1 < (size_t)side ? 3 : 0;
    const size_t below = place / (size_t)side + 1 < (size_t)side ? stride : 0;
    const float *from[4] = {p, p + right, p + below, p + below + right};
    for (int n = 0; n < 4; n++) corners[n] = (pixel4){from[n][0], from[n][1], from[n][2], 0};
  } else {
    const float *from[4] = {p, p + 3, p + stride, p + stride + 3};
    for (int n = 0; n < 4; n++) corners[n] = *(const pixel4 *)from[n];
  }
  const pixel4 upper = corners[0] + row->across[i] * (corners[1] - corners[0]);
  const pixel4 lower = corners[2] + row->across[i] * (corners[3] - corners[2]);
  return upper + row->down[i] * (lower - upper);
}

RG_INLINE pixel4 colour(const float rgb[3]) { return (pixel4){rgb[0], rgb[1], rgb[2], 0}; }

/// The colours of what is seen.
typedef struct {
  pixel4 paper, desk;
  float surface;  // light that the surface reflects whatever the ink
} palette;

/// The light from the samples of a pixel, the first being sample i of the row; `next` samples lie
/// between two of its rows.
RG_INLINE pixel4 gather(const float *print, int side, palette colours, const sample_row *row, int i,
                        int next, int samples) {
  const float rest = 1.0f - colours.surface;
  pixel4 sum = 0;
  for (int j = 0; j < samples; j++) {
    for (int n = i + j * next; n < i + j * next + samples; n++) {
      const int kind = row->kind[n];
      if (kind == INSIDE) {
        sum += colours.paper * (colours.surface + rest * bilinear(print, side, row, n, 0));
      } else if (kind == EDGE) {
        sum += colours.paper * (colours.surface + rest * bilinear(print, side, row, n, 1));
      } else {
        sum += kind == PAPER ? colours.paper : colours.desk;
      }
    }
  }
  return sum;
}

/// How bright each pixel of row y is lit, divided by the samples that it is the sum of.
RG_INLINE void illuminate(const rg_print_scene *scene, int y, int width, int height, float *here) {
  const float mean = 1.0f / (float)(scene->samples * scene->samples);
  const float ny = ((float)y + 0.5f) / (float)height * 2.0f - 1.0f;
  for (int x = 0; x < width; x++) {
    const float nx = ((float)x + 0.5f) / (float)width * 2.0f - 1.0f;
    const float fall = (1.0f + scene->gradient[0] * nx + scene->gradient[1] * ny) *
                       (1.0f - scene->vignetting * 0.5f * (nx * nx + ny * ny));
    here[x] = mean * (fall > 0.0f ? fall : 0.0f);
  }
}

RG_CLONES void rg_print_expose(const float *print, int side, const rg_print_scene *scene,
                               float *photo, int width, int height) {
  const int samples = scene->samples, next = width * samples, count = next * samples;
  const palette colours = {colour(scene->paper), colour(scene->desk), scene->surface};
  const pixel4 light = colour(scene->light);
  const float flare = scene->flare;
  double *u = rg_allocate((size_t)next, sizeof(double));
  float *here = rg_allocate((size_t)width, sizeof(float));
  float *floats = rg_allocate((size_t)count * 4, sizeof(float));
  int32_t *integers = rg_allocate((size_t)count * 2, sizeof(int32_t));
  const sample_row row = {.at_x = floats,
                          .at_y = floats + count,
                          .across = floats + 2 * count,
                          .down = floats + 3 * count,
                          .place = integers,
                          .kind = integers + count};
  for (int n = 0; n < next; n++) u[n] = n / samples + (n % samples + 0.5) / samples;
  for (int y = 0; y < height; y++, photo += (size_t)width * 3) {
    for (int n = 0; n < samples; n++) {
      const double v = y + (n + 0.5) / samples;
      map_row(scene->map, u, v, next, row.at_x + n * next, row.at_y + n * next);
    }
    locate(&row, count, side, scene->border);
    illuminate(scene, y, width, height, here);
    for (int x = 0; x < width; x++) {
      // A constant number of samples saves much of what is around them.
      const pixel4 sum = samples == 2
                             ? gather(print, side, colours, &row, x * 2, next, 2)
                             : gather(print, side, colours, &row, x * samples, next, samples);
      const pixel4 pixel = light * (sum * here[x] + flare);
      memcpy(photo + (size_t)x * 3, &pixel, 3 * sizeof(float));
    }
  }
  free(u);
  free(here);
  free(floats);
  free(integers);
}
