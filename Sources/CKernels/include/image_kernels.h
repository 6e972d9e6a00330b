#ifndef RG_IMAGE_KERNELS_H
#define RG_IMAGE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// 8-bit RGB images, interleaved [height, width, 3], rows without padding.
// Functions give the bytes of Pillow 13 (libImaging) on the same input where nothing else is said.

/// A rectangle of pixels: columns `left ..< left + width`, rows `top ..< top + height`.
typedef struct {
  int left, top, width, height;
} rg_image_window;

/// Pillow's `resize((resized_width, resized_height), BILINEAR)`, then the crop to `window`, which
/// must lie inside the resized image; what is outside of it is not computed.
/// Writes `window.width * window.height * 3` bytes.
void rg_image_resize_bilinear(const uint8_t *source, int width, int height, uint8_t *target,
                              int resized_width, int resized_height, rg_image_window window);

/// Pillow's `transform(size, AFFINE, matrix, NEAREST)` on a black target of the same size:
/// target (x, y) takes source (m0 x + m1 y + m2, m3 x + m4 y + m5) at pixel centres.
/// `target` must be zeroed and distinct.
void rg_image_affine_nearest(const uint8_t *source, int width, int height, uint8_t *target,
                             const double matrix[6]);

/// The same with BILINEAR sampling, in double precision.
void rg_image_affine_bilinear(const uint8_t *source, int width, int height, uint8_t *target,
                              const double matrix[6]);

/// `Image.blend(constant, image, factor)` in place, over `count` bytes.
void rg_image_blend_constant(uint8_t *pixels, size_t count, uint8_t constant, float factor);

/// `Image.blend(grey, image, factor)` in place, `grey` being the image's own mode L;
/// over `count` pixels.
void rg_image_blend_grey(uint8_t *pixels, size_t count, float factor);

/// The sum of mode L (`convert("L")`) over `count` pixels.
uint64_t rg_image_grey_sum(const uint8_t *pixels, size_t count);

/// `convert("HSV")`, `shift` added to hue modulo 256, `convert("RGB")`, in place, over `count`
/// pixels.
void rg_image_shift_hue(uint8_t *pixels, size_t count, uint8_t shift);

/// A quadrilateral of `source` as a rectangle of `width * height` pixels. `map` (3 x 3, row by row)
/// sends the unit square to the quadrilateral, in pixels from the corner of the image; each pixel is
/// the mean of `samples * samples` bilinear samples, rounded. Not Pillow's: its transforms alias.
void rg_image_rectify(const uint8_t *source, int source_width, int source_height, uint8_t *target,
                      int width, int height, const double map[9], int samples);

/// Weights of a filter are stored at so many places a pixel.
#define RG_FILTER_STEPS 256

/// A filter for `rg_image_warp`: its weight at distance n / RG_FILTER_STEPS is weights[n], for n from 0
/// to radius * RG_FILTER_STEPS.
typedef struct {
  int radius;
  const float *weights;
} rg_image_filter;

/// A photo seen through a homography that takes a place in the target to one in the source, both in
/// pixels from the top left corner. Each target pixel is the mean of the source's pixels around that
/// place, weighted by filter(u) filter(v), where u, v is their distance from it in target pixels or,
/// where the target is finer, in source pixels: a reduction does not alias.
///
/// Not rounded, and not cut off where a filter's negative weights leave 0...255.
///
/// - Parameter outside: what lies around the source, 0...255.
void rg_image_warp(const uint8_t *source, int source_width, int source_height, float *target,
                   int width, int height, const double map[9], const rg_image_filter *filter,
                   const float outside[3]);

/// A separable, symmetric filter over `[height, width, channels]`: columns, then rows, as
/// `scipy.ndimage.gaussian_filter` does with its weights.
///
/// - Parameters:
///   - weights: of the middle, then of the places at distance 1 to `radius`.
///   - reflects: beyond the edges, 1 for scipy's `reflect` (d c b a | a b c d), 0 for `nearest`.
void rg_image_filter_separable(const double *source, int width, int height, int channels,
                               const double *weights, int radius, int reflects, double *target);

/// Where the pixels of a side are read: between `first` and the next one, `part` of the way.
typedef struct {
  int count;
  const int *first;
  const double *part;
} rg_image_steps;

/// `[height, width, channels]` read bilinearly at the places of both sides; a place on the last pixel
/// has the part 0. Writes `[down.count, across.count, channels]`.
void rg_image_zoom(const double *source, int width, int height, int channels,
                   const rg_image_steps *across, const rg_image_steps *down, double *target);

/// `[height, width, 3]` read bilinearly at `places` `[height, width, 2]` (x, y; pixels' middles are whole
/// numbers, of at most some 10^8). Beyond the edges pixels are mirrored, about the outermost pixels'
/// middles (OpenCV's BORDER_REFLECT_101) or, where `about_middle` is 0, about their outer edges.
void rg_image_sample(const float *source, int width, int height, const double *places,
                     int about_middle, float *target);

#endif
