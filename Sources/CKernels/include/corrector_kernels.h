// Inner loops of the corrector's own operations, over images of three or few channels; "stride" counts
// floats between neighbouring pixels.
#ifndef RG_CORRECTOR_KERNELS_H
#define RG_CORRECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// out = matrix (p, 1) for `pixels` pixels p of three channels; matrix[3][4].
void rg_color_matrix(const float *image, ptrdiff_t stride, const float *matrix, float *out,
                     ptrdiff_t out_stride, ptrdiff_t pixels);

// Mean and unbiased standard deviation of each of at most 16 channels.
void rg_channel_deviation(const float *image, ptrdiff_t stride, ptrdiff_t pixels,
                          ptrdiff_t channels, float *mean, float *deviation);

// out[0 ..< pixels] = value.
void rg_fill_pixels(float *out, ptrdiff_t stride, const float *value, ptrdiff_t pixels,
                    ptrdiff_t channels);

// Of p * scale + shift for `pixels` pixels p of three channels: how many have R, G, B and the chroma
// max - min in each of `bins` parts of 0...1; what lies outside counts in the first or last one, NaN
// in the first. counts[4][bins].
void rg_color_histogram(const float *image, ptrdiff_t stride, ptrdiff_t pixels,
                        const float scale[3], const float shift[3], ptrdiff_t bins,
                        uint32_t *counts);

#endif
