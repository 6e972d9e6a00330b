// Inner loops of training: backward passes, batch statistics, the sampler, Adam. Activations are
// dense NHWC, so a "row" is a pixel of `channels` floats. Sums leave as doubles: a caller adds those
// of fixed partitions in a fixed order, so that results do not depend on which thread ran what.
#ifndef RG_TRAINING_KERNELS_H
#define RG_TRAINING_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// Training/elementwise.c; `out` may be one of the inputs.
// out = alpha * a + beta * b
void rg_combine(float *out, float alpha, const float *a, float beta, const float *b,
                ptrdiff_t count);
// out = alpha * a
void rg_scale(float *out, float alpha, const float *a, ptrdiff_t count);
// out = x > 0 ? x : 0; NaN stays NaN.
void rg_relu(float *out, const float *x, ptrdiff_t count);
// dx = y > 0 ? dy : 0, y being what a ReLU wrote.
void rg_relu_gradient(float *dx, const float *dy, const float *y, ptrdiff_t count);
// to[r][0 ..< channels] = from[r][0 ..< channels], rows `..._stride` floats apart.
void rg_copy_rows(float *to, ptrdiff_t to_stride, const float *from, ptrdiff_t from_stride,
                  ptrdiff_t rows, ptrdiff_t channels);

// Training/sums.c
// sums[c] += the column sums of `rows` rows.
void rg_column_sums(const float *x, ptrdiff_t rows, ptrdiff_t channels, double *sums);
// sums[c] += x - pivot[c], squares[c] += (x - pivot[c])^2 over the rows.
void rg_batch_norm_sums(const float *x, const float *pivot, ptrdiff_t rows, ptrdiff_t channels,
                        double *sums, double *squares);
// With g = dy where scale[c] * (x - mean[c]) + bias[c] was not cut by ReLU, else 0: sums[c] += g,
// products[c] += g * (x - mean[c]).
void rg_batch_norm_gradient_sums(const float *x, const float *dy, const float *mean,
                                 const float *scale, const float *bias, int relu, ptrdiff_t rows,
                                 ptrdiff_t channels, double *sums, double *products);

// Training/batch_norm.c
// out = relu?(scale[c] * (x - mean[c]) + bias[c])
void rg_batch_norm_apply(float *out, const float *x, const float *mean, const float *scale,
                         const float *bias, int relu, ptrdiff_t rows, ptrdiff_t channels);
// With g as in rg_batch_norm_gradient_sums: dx = scale[c] * g + slope[c] * (x - mean[c]) + offset[c],
// but with `cut` 0 where x is not positive. dx may be dy.
void rg_batch_norm_gradient(float *dx, const float *x, const float *dy, const float *mean,
                            const float *scale, const float *bias, const float *slope,
                            const float *offset, int relu, int cut, ptrdiff_t rows,
                            ptrdiff_t channels);

// Training/pool.c
// Adds dy to dx at the places of rg_max_pool: one whole image, dx cleared by the caller.
void rg_max_pool_gradient(float *dx, ptrdiff_t in_width, const float *dy, const uint8_t *places,
                          ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t channels,
                          ptrdiff_t size, ptrdiff_t step, ptrdiff_t padding);
// 2x2 windows, stride 2, no padding: output row `row`, writes both rows of dx (all pixels of the
// windows).
void rg_max_pool_gradient_2x2(float *dx, ptrdiff_t in_width, const float *dy, const uint8_t *places,
                              ptrdiff_t out_width, ptrdiff_t channels, ptrdiff_t row);

// Training/winograd.c: blocks of 16 of the innermost channels.
// Filters OIHW -> u[side * side][in][out], inputs [begin, end) (transpose 0), or the rotated filters
// of the gradient of the input, u[side * side][out][in], outputs [begin, end) (transpose 1); in
// panels as rg_winograd_weights has them, `panel` a multiple of 16. `side` is 6, for tiles of 4
// outputs, or 8, for tiles of 6 and 4.
void rg_winograd_pack(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, ptrdiff_t side,
                      int transpose, ptrdiff_t panel, ptrdiff_t begin, ptrdiff_t end);
// F(4x4, 3x3): the 4x4 output gradients at (y, x), zero outside -> m[36] rows of `channels` floats,
// A dY A^T.
void rg_winograd_output_gradient(const float *image, ptrdiff_t height, ptrdiff_t width,
                                 ptrdiff_t channels, ptrdiff_t y, ptrdiff_t x, float *m,
                                 ptrdiff_t plane);
// du[36][in][out] -> dw OIHW = G^T dU G, for inputs [begin, end).
void rg_winograd_weight_gradient(const float *du, float *dw, ptrdiff_t out, ptrdiff_t in,
                                 ptrdiff_t begin, ptrdiff_t end);

// Training/patches.c
// rows[p][(i * size_x + j) * channels + c] added to the pixels that they came from (see rg_patches).
void rg_patches_add(const float *rows, ptrdiff_t row, float *image, ptrdiff_t height,
                    ptrdiff_t width, ptrdiff_t channels, ptrdiff_t size_y, ptrdiff_t size_x,
                    ptrdiff_t step, ptrdiff_t padding, ptrdiff_t out_width, ptrdiff_t first,
                    ptrdiff_t count);
// in[a][b][c] -> out[c][b][a] for a in [begin, end).
void rg_transpose_outer(const float *in, float *out, ptrdiff_t a_count, ptrdiff_t b_count,
                        ptrdiff_t c_count, ptrdiff_t begin, ptrdiff_t end);
// The reverse of rg_spread_2x2 without bias, of a dense image.
void rg_collect_2x2(float *block, const float *image, ptrdiff_t width, ptrdiff_t first,
                    ptrdiff_t rows, ptrdiff_t channels);

// Training/sampler.c: one image, grid of `count` (x, y) in [-1, 1] at pixel edges
// (align_corners = False), zeros outside. mode 0 nearest, 1 bilinear, 2 bicubic (a = -0.75).
void rg_sample(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
               const float *grid, ptrdiff_t count, int mode, float *out);
// The same at `count` pixels of row y, from column x on, of rg_theta_grid of height x width pixels;
// the results `out_stride` floats apart.
void rg_sample_theta(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                     const float *theta, int numbers, int mode, ptrdiff_t y, ptrdiff_t x,
                     ptrdiff_t count, float *out, ptrdiff_t out_stride);
// Bilinear: adds to dimage (may be NULL), writes dgrid (may be NULL).
void rg_sample_gradient(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                        const float *grid, ptrdiff_t count, const float *dy, float *dimage,
                        float *dgrid);
// grid[y][x] = theta[2][3] (x', y', 1), pixel centres in [-1, 1]; with 8 numbers in theta divided by
// w = (theta[6], theta[7], 1) (x', y', 1), and far outside of the image where w is not positive.
void rg_theta_grid(const float *theta, int numbers, ptrdiff_t height, ptrdiff_t width, float *grid);
// dtheta[numbers] from dgrid.
void rg_theta_grid_gradient(const float *theta, int numbers, const float *dgrid, ptrdiff_t height,
                            ptrdiff_t width, float *dtheta);

// Training/losses.c: sums over `count` elements.
// kind 0: d^2; 1: |d|; 2: sqrt(d^2 + epsilon^2), d = a - b.
double rg_difference_loss(const float *a, const float *b, ptrdiff_t count, int kind, float epsilon);
// da = weight * derivative of the above.
void rg_difference_loss_gradient(float *da, const float *a, const float *b, ptrdiff_t count,
                                 int kind, float epsilon, float weight);
double rg_sum_of_squares(const float *x, ptrdiff_t count);

// Training/adam.c: one step of torch.optim.Adam (no amsgrad), `scale` multiplying the gradient;
// blend = 1 - beta.
void rg_adam(float *weights, const float *gradient, float *first, float *second, ptrdiff_t count,
             float scale, float decay, float blend1, float beta2, float blend2, float step_size,
             float second_correction, float epsilon);

#endif
