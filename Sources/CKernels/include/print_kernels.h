#ifndef RG_PRINT_KERNELS_H
#define RG_PRINT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of the print simulator: from pixels to inks, to paper, through a lens, to pixels.
// Light is linear, [height, width, 3], 1 being a perfect white.

enum { RG_PRINT_GRID = 17, RG_PRINT_TILE = 64, RG_PRINT_TONE = 4096 };

/// Areas of cyan, magenta, yellow and black, [count, 4], from a table over the RGB cube
/// [17, 17, 17, 4] by trilinear interpolation. `saturation` moves colours towards their luma before;
/// `gain` adds 4 · gain · a · (1 − a) to each area after. With a `sharpness` of at least 1, areas are
/// given as rg_print_render needs them so that the mean over a cell is the area.
void rg_print_separate(const uint8_t *pixels, size_t count, const float *table, float saturation,
                       float gain, float sharpness, float *areas);

/// The light, [count, 3], that a print without dots reflects: of each place the product of what inks
/// [4, 3] let through where they cover its areas, [count, 4].
void rg_print_ink(const float *areas, size_t count, const float inks[12], float *print);

/// A halftone screen: per dot of the raster, the turns of its phase along both of its axes, as parts
/// of 2^32.
typedef struct {
  uint32_t across, along;
} rg_print_screen;

/// The light that a print reflects, [dots / group, dots / group, 3]: areas [side, side, 4] enlarged
/// to `dots` a side, each dot inked by (sharpness + 1) · area − sharpness · threshold, cut off at 0
/// and 1 (0: no screen at all), the light being the product of what inks [4, 3] let through.
/// `tile` holds thresholds 0…1, [64, 64].
void rg_print_render(const float *areas, int side, int dots, int group, const float *tile,
                     const rg_print_screen screens[4], float sharpness, const float inks[12],
                     float *print);

/// What stands before the camera. Colours are linear RGB.
typedef struct {
  double map[9];  // from pixels of the photo to the print, which reaches from 0 to 1
  float border;   // paper around the print, as a part of its side
  float surface;  // light that the surface reflects whatever the ink
  float paper[3], desk[3];
  float light[3];     // of the illuminant, exposure included
  float gradient[2];  // its change from the middle to the right and lower edge, as parts
  float vignetting;   // its fall in the corners, as a part
  float flare;        // light that the lens scatters everywhere
  int samples;        // squared, the samples of a pixel
} rg_print_scene;

/// The light on the sensor, [height, width, 3], of a print [side, side, 3].
void rg_print_expose(const float *print, int side, const rg_print_scene *scene, float *photo,
                     int width, int height);

/// Convolution with a kernel of (2 radius + 1)² taps; what is outside continues the edge.
void rg_print_blur(const float *photo, int width, int height, const float *kernel, int radius,
                   float *blurred);

/// How light becomes pixels.
typedef struct {
  uint32_t key[2];    // Philox's, for the noise
  float shot, read;   // variance of the noise: shot · light + read
  const float *tone;  // 0…1 for light 0…1 in 4096 steps, [4097]
  float saturation;
} rg_print_sensor;

/// `count` pixels of light as 8-bit RGB.
void rg_print_develop(const float *photo, size_t count, const rg_print_sensor *sensor,
                      uint8_t *pixels);

#endif
