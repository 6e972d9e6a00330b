#include "print.h"

enum { SIDE = RG_PRINT_TILE, INKS = 4 };

/// A row of dots in the order in which it is computed: the first dot of every pixel, then the second
/// of every pixel, and so on, so that neighbours in a vector belong to different pixels.
typedef struct {
  int pixels, group;
  int32_t *left, *right;  // the areas between which each dot lies
  float *part;            // how far it is from the left one
} dot_row;

/// Of each ink, the areas left and right of each dot of a row, and by how much those of the row below
/// are larger. They are the same for all rows of dots between two rows of areas.
typedef struct {
  float *left[INKS], *right[INKS], *left_step[INKS], *right_step[INKS];
} neighbours;

/// Where a dot lies between areas: the one before it, and by which part it is beyond.
RG_INLINE int before(int dot, float step, int side, float *part) {
  const float at = clamp(((float)dot + 0.5f) * step - 0.5f, 0.0f, (float)(side - 1));
  *part = at - (float)(int)at;
  return (int)at;
}

RG_INLINE int after(int area, int side) { return area + 1 < side ? area + 1 : area; }

static void locate_dots(const dot_row *dots, float step, int side) {
  for (int k = 0, i = 0; k < dots->group; k++) {
    for (int p = 0; p < dots->pixels; p++, i++) {
      dots->left[i] = before(p * dots->group + k, step, side, dots->part + i);
      dots->right[i] = after(dots->left[i], side);
    }
  }
}

RG_INLINE void find_neighbours(const float *restrict row, const float *restrict below,
                               const dot_row *dots, const neighbours *to) {
  for (int ink = 0; ink < INKS; ink++) {
    float *restrict left = to->left[ink], *restrict right = to->right[ink];
    float *restrict left_step = to->left_step[ink], *restrict right_step = to->right_step[ink];
    for (int i = 0; i < dots->pixels * dots->group; i++) {
      const int l = dots->left[i] * INKS + ink, r = dots->right[i] * INKS + ink;
      left[i] = row[l];
      right[i] = row[r];
      left_step[i] = below[l] - row[l];
      right_step[i] = below[r] - row[r];
    }
  }
}

/// The light that passes an ink that covers a part of a place, of which `ink` passes the ink itself.
RG_INLINE float let_through(float covered, float ink) { return 1.0f - covered * (1.0f - ink); }

/// Adds the light of dot k of each pixel of row y, which is beyond the neighbours' row by `down`.
RG_INLINE void add_dots(const dot_row *dots, int k, int y, const neighbours *near, float down,
                        const float *tile, const rg_print_screen screens[INKS], float sharpness,
                        const float inks[INKS * 3], float *restrict sums) {
  const int pixels = dots->pixels;
  const uint32_t group = (uint32_t)dots->group;
  uint32_t across[INKS], along[INKS];
  for (int ink = 0; ink < INKS; ink++) {
    across[ink] = (uint32_t)y * -screens[ink].along + (uint32_t)k * screens[ink].across;
    along[ink] = (uint32_t)y * screens[ink].across + (uint32_t)k * screens[ink].along;
  }
  RG_EACH for (int p = 0; p < pixels; p++) {
    const int i = k * pixels + p;
    float light[3] = {1, 1, 1};
    for (int ink = 0; ink < INKS; ink++) {
      const float a = near->left[ink][i] + down * near->left_step[ink][i];
      const float b = near->right[ink][i] + down * near->right_step[ink][i];
      const float area = a + dots->part[i] * (b - a);
      const uint32_t u = across[ink] >> 26, v = along[ink] >> 26;
      across[ink] += group * screens[ink].across;
      along[ink] += group * screens[ink].along;
      const float threshold = tile[u * SIDE + v];
      const float covered = clamp((sharpness + 1.0f) * area - sharpness * threshold, 0.0f, 1.0f);
      for (int c = 0; c < 3; c++) light[c] *= let_through(covered, inks[ink * 3 + c]);
    }
    for (int c = 0; c < 3; c++) sums[c * pixels + p] += light[c];
  }
}

RG_CLONES void rg_print_ink(const float *areas, size_t count, const float inks[INKS * 3],
                            float *print) {
  for (size_t i = 0; i < count; i++) {
    float light[3] = {1, 1, 1};
    for (int ink = 0; ink < INKS; ink++) {
      for (int c = 0; c < 3; c++) light[c] *= let_through(areas[i * INKS + ink], inks[ink * 3 + c]);
    }
    for (int c = 0; c < 3; c++) print[i * 3 + c] = light[c];
  }
}

RG_CLONES void rg_print_render(const float *areas, int side, int dots, int group, const float *tile,
                               const rg_print_screen screens[INKS], float sharpness,
                               const float inks[INKS * 3], float *print) {
  const int pixels = dots / group;
  // What is left of the dots beyond the last whole pixel would lie outside.
  const size_t used = (size_t)(pixels * group), stride = (size_t)side * INKS;
  const float step = (float)side / (float)dots, mean = 1.0f / (float)(group * group);
  int32_t *places = rg_allocate(used * 2, sizeof(int32_t));
  float *numbers = rg_allocate(used * (1 + 4 * INKS), sizeof(float));
  float *sums = rg_allocate((size_t)pixels * 3, sizeof(float));
  const dot_row row = {pixels, group, places, places + used, numbers};
  neighbours near;
  for (int ink = 0; ink < INKS; ink++) {
    float *first = numbers + used * (size_t)(1 + 4 * ink);
    near.left[ink] = first;
    near.right[ink] = first + used;
    near.left_step[ink] = first + used * 2;
    near.right_step[ink] = first + used * 3;
  }
  locate_dots(&row, (float)side / (float)used, side);
  int found = -1;
  for (int y = 0; y < pixels * group; y++) {
    if (y % group == 0) memset(sums, 0, (size_t)pixels * 3 * sizeof(float));
    float down;
    const int top = before(y, step, side, &down);
    if (top != found) {
      const float *below = areas + (size_t)after(top, side) * stride;
      find_neighbours(areas + (size_t)top * stride, below, &row, &near);
      found = top;
    }
    for (int k = 0; k < group; k++) {
      add_dots(&row, k, y, &near, down, tile, screens, sharpness, inks, sums);
    }
    if (y % group < group - 1) continue;
    for (int p = 0; p < pixels; p++) {
      for (int c = 0; c < 3; c++) *print++ = sums[c * pixels + p] * mean;
    }
  }
  free(places);
  free(numbers);
  free(sums);
}
