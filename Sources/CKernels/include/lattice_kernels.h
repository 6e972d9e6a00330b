// Inner loops of the sampling lattice: where nearest-neighbour resampling left out or repeated rows
// and columns of pixels, and how to read the original ones back (Models/Correction/Lattice).
#ifndef RG_LATTICE_KERNELS_H
#define RG_LATTICE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// The largest sizes that the kernels below take. They come from the program, not from a photo: beyond
// them, a kernel traps, as an index outside of an array does.
enum { RG_LATTICE_SIDE = 1024, RG_LATTICE_HARMONICS = 32, RG_LATTICE_PHASES = 128 };

// How unusual each step from a pixel to its neighbour (the next one, or with `vertical` the one
// below) is beside the steps around it: log((d + 1) / (mean of d over 7x7 + 1)), d = Σ scale[c] |Δ|,
// less the mean of all; 0 where the surroundings are flat. image: height x width x 3; out and scratch:
// height x width. Returns how many steps are not 0.
ptrdiff_t rg_lattice_map(const float *image, ptrdiff_t height, ptrdiff_t width,
                         const float scale[3], int vertical, float *out, float *scratch);

// What is even and odd about the middle of a map, size x size, size even: out[4][size / 2][size / 2] are the sums over
// ±y and ±x, odd in x, odd in y, odd in both, at x and y = 1/2, 3/2, ... from the middle. Their products with
// cosines (of even) and sines (of odd) are those of the map.
void rg_lattice_fold(const float *in, ptrdiff_t size, float *out);

// waves[0][row][k][i] = cos(2π k f[i] x), waves[1][row][k][i] = sin(2π k f[i] x) with x = row + 1/2, for
// the harmonics k = 1 ... harmonics.
void rg_lattice_waves(const double *frequencies, ptrdiff_t count, ptrdiff_t harmonics,
                      ptrdiff_t rows, float *waves);

// power[v][u] = |Σ T e^{...}|² / n from the products of waves at the frequencies u / size (columns) and
// v / size (rows) up to 1 / 2: with count = size / 2 + 1, products is 2 count x 2 count, cos then sin.
// power[0][0] = 0. Then smoothed by a Gaussian of 2 bins that goes round, held above `floor`, and a
// hundred times as much within 6 bins of 0, where changes are the picture's own. power, scratch: size x
// size; size even, from 8 to RG_LATTICE_SIDE.
void rg_lattice_noise(const float *products, ptrdiff_t size, float n, float floor, float *power,
                      float *scratch);

// A map of steps for rg_lattice_likelihood.
typedef struct {
  // [harmonics][2 · count_v][2 · count_u]: cos then sin in both directions.
  const float *products;
  // Its noise, size x size.
  const float *noise;
  // Steps that are not 0.
  float n;
  // The range in which the effect of a left-out row and of a repeated one may lie.
  float more[2], less[2];
} rg_lattice_evidence;

// The templates of lattices along their coordinate, as Fourier series: boxes[0][k - 1][i] and
// boxes[1][k - 1][i] are the real and imaginary part of harmonic k where the coordinate changes by
// changes[i] more than by 1 a pixel: a box of width |changes[i]|, at 0 of the phase.
void rg_lattice_boxes(const double *changes, ptrdiff_t count, ptrdiff_t harmonics, float *boxes);

// Frequencies of one direction, cycles a pixel, and what rg_lattice_boxes has made of them.
typedef struct {
  const double *values;
  const float *boxes;
  ptrdiff_t count;
} rg_lattice_frequencies;

// How many harmonics of (u, v), of so many, do not go beyond half a cycle a pixel.
ptrdiff_t rg_lattice_harmonics(double u, double v, ptrdiff_t harmonics);

// For each pair of frequencies: the logarithm of how much more probable the maps are with a lattice of
// this kind and its best phase, among `phases`, than with none. evidence[0] is about horizontal steps,
// evidence[1] about vertical ones. Harmonics beyond half a cycle a pixel do not count, nor beyond
// `harmonics`, of which there may be fewer in the products where none of these pairs uses more; pairs of
// frequencies below 0.01 gain 0, for they have too few periods. out, phase: u.count x v.count. At most
// RG_LATTICE_HARMONICS and RG_LATTICE_PHASES, at least 1.
void rg_lattice_likelihood(const rg_lattice_evidence evidence[2], ptrdiff_t size,
                           rg_lattice_frequencies u, rg_lattice_frequencies v, ptrdiff_t harmonics,
                           ptrdiff_t phases, float *out, int32_t *phase);

// The original pixels of a nearest-neighbour distortion, read back. map: pixel (x, y) of `image` shows
// the original's pixel (floor(map[0] x + map[1] y + map[2]), floor(map[3] x + ...)), coordinates of
// pixel centres being halves. Pixels that were left out become the mean of opposite neighbours, the
// more alike the heavier; what has no neighbours becomes 0. image, out: height x width x 3; known:
// (height + 2) x (width + 2); tolerance: how unlike neighbours may be to count half.
void rg_lattice_read(const float *image, ptrdiff_t height, ptrdiff_t width, const double map[6],
                     float tolerance, float *out, uint8_t *known);

#endif
