// Inner loops of networks. Activations are NHWC, float or, where `narrow` is not 0, bfloat16;
// "stride" counts elements between neighbouring pixels.
#ifndef RG_NETWORK_KERNELS_H
#define RG_NETWORK_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// Channels [0, channels) of images that lie `image` elements apart.
typedef struct {
  void *start;
  ptrdiff_t image, height, width, channels, stride;
  int narrow;
} rg_activations;

// Network/epilogue.c: what follows a convolution while its block is in cache.
// out[r][c] = max?(out[r][c] + bias[c] + residual[r][c], 0) for rows of `channels` floats.
// bias and residual may be NULL.
void rg_epilogue(float *out, ptrdiff_t out_stride, const float *bias, const float *residual,
                 ptrdiff_t residual_stride, int relu, ptrdiff_t rows, ptrdiff_t channels);
// Not of a convolution: out[r][c] = max?(a[r][c] + b[r][c], 0) for rows of `channels` floats.
void rg_add_rows(float *out, ptrdiff_t out_stride, const float *a, ptrdiff_t a_stride,
                 const float *b, ptrdiff_t b_stride, int relu, ptrdiff_t rows, ptrdiff_t channels);

// How the outputs of an image are cut into tiles: `down` rows of `across` tiles; the first
// `large_down` rows and `large_across` columns of tiles are six outputs long, the others four. A tile
// that is p points high and q wide has a row in p * q planes, plane `side` * i + j at points i and j.
typedef struct {
  ptrdiff_t down, across, large_down, large_across, side;
} rg_tiles;

// The row of a tile in its planes: of the next one that is small, six outputs high, six high and
// wide, six wide.
typedef struct {
  ptrdiff_t of[4];
} rg_tile_rows;

// Network/winograd.c: F(4, 3) and F(6, 3) of Lavin and Gray (2016) by rows and by columns, 6 and 8 points,
// the first six the same.
// Weights: 3x3 filters OIHW -> u[side * side][in][out], in double precision on the way: `side` 8, or
// 6 where no tile is long. Each matrix lies in panels of `panel` columns: columns [0, panel) of all
// rows, then the next ones.
void rg_winograd_weights(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, ptrdiff_t side,
                         ptrdiff_t panel);
// Tiles [begin, end) of a batch: the patches of the input (zero outside the image) -> v[planes], rows
// `row` floats apart, planes `plane` floats apart. Tiles of a kind follow each other from `rows`.
void rg_winograd_input(rg_activations in, ptrdiff_t padding, rg_tiles tiles, ptrdiff_t begin,
                       ptrdiff_t end, rg_tile_rows rows, float *v, ptrdiff_t row, ptrdiff_t plane);
// m[planes], rows of `channels` floats -> the outputs of these tiles, cut at height and width, with
// bias, residual (none where its start is NULL) and ReLU applied. With `pooled`, the largest of each 2x2 of them goes
// to images of half the height and width instead; `out` tells the size before.
void rg_winograd_output(const float *m, ptrdiff_t plane, rg_activations out,
                        rg_activations residual, const float *bias, int relu, int pooled,
                        rg_tiles tiles, ptrdiff_t begin, ptrdiff_t end, rg_tile_rows rows);

// Network/winograd_strided.c: the same for 3x3 with stride 2, small tiles only, of 9 points. Weights:
// u[6 * 6][in][out] (`side` 6); plane 9 * a + b is v's times u[6 * min(a, 5) + min(b, 5)].
void rg_strided_winograd_weights(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in,
                                 ptrdiff_t side, ptrdiff_t panel);
void rg_strided_winograd_input(rg_activations in, ptrdiff_t padding, rg_tiles tiles,
                               ptrdiff_t begin, ptrdiff_t end, rg_tile_rows rows, float *v,
                               ptrdiff_t row, ptrdiff_t plane);
void rg_strided_winograd_output(const float *m, ptrdiff_t plane, rg_activations out,
                                rg_activations residual, const float *bias, int relu, int pooled,
                                rg_tiles tiles, ptrdiff_t begin, ptrdiff_t end, rg_tile_rows rows);

// Network/pool.c
// Max over a size x size window of one image, row range [row_begin, row_end) of the output;
// windows are cut at the image's border (padding counts as minus infinity). With `places` (float, dense
// output, size <= 15), also the place of the first maximum in each window, row by row from the
// window's uncut corner; then NaN stays the maximum wherever it is in the window.
void rg_max_pool(const void *in, ptrdiff_t in_height, ptrdiff_t in_width, ptrdiff_t in_stride,
                 void *out, ptrdiff_t out_width, ptrdiff_t out_stride, ptrdiff_t channels,
                 ptrdiff_t size, ptrdiff_t step, ptrdiff_t padding, ptrdiff_t row_begin,
                 ptrdiff_t row_end, uint8_t *places, int narrow);
// Mean over the pixels [y0, y1) x [x0, x1) of one image, as floats.
void rg_average(const void *in, ptrdiff_t in_width, ptrdiff_t in_stride, ptrdiff_t y0, ptrdiff_t y1,
                ptrdiff_t x0, ptrdiff_t x1, float *out, ptrdiff_t channels, int narrow);

// Network/patches.c: im2col for NHWC, float only. Output pixels [first, first + count) of one image, each a row of
// size_y * size_x * channels floats (zeros outside), `row` floats apart.
void rg_patches(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                ptrdiff_t stride, ptrdiff_t size_y, ptrdiff_t size_x, ptrdiff_t step,
                ptrdiff_t padding, ptrdiff_t out_width, ptrdiff_t first, ptrdiff_t count,
                float *rows, ptrdiff_t row);

// Network/linear.c: out[r] = the sum of weights[r][k] * x[k] over k, for at least 16 rows: one after the other with
// fused multiplications, in parts of so many k whose sums are then added, as OpenBLAS's kernels for small products do.
// Weights are read once, in order; each is used as soon as it comes.
void rg_linear(const float *weights, ptrdiff_t stride, const float *x, ptrdiff_t inner,
               ptrdiff_t part, ptrdiff_t rows, float *out);

// Network/spread.c: 2x2 blocks of `rows` pixels from `first` of a batch [.., width]: block[r][2 * i + j][c]
// plus bias[c] (may be NULL) -> pixel (2 y + i, 2 x + j) of the image twice as large.
void rg_spread_2x2(const float *block, void *image, ptrdiff_t stride, const float *bias,
                   ptrdiff_t width, ptrdiff_t first, ptrdiff_t rows, ptrdiff_t channels,
                   int narrow);

// Network/bfloat16.c: rows of floats to bfloat16, rounded to nearest even, and back.
void rg_to_bfloat16(const float *in, ptrdiff_t stride, uint16_t *out, ptrdiff_t out_stride,
                    ptrdiff_t rows, ptrdiff_t channels);
void rg_from_bfloat16(const uint16_t *in, ptrdiff_t stride, float *out, ptrdiff_t out_stride,
                      ptrdiff_t rows, ptrdiff_t channels);

// Processor/roofline.c: what the processor can do at most, for benchmarks.
// `rounds` times 12 vectors of 16 multiplications and additions in registers.
float rg_peak_multiply_add(ptrdiff_t rounds);
// Reads `count` floats.
float rg_read_all(const float *from, ptrdiff_t count);

// One pause instruction, for short waits.
static inline void rg_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
