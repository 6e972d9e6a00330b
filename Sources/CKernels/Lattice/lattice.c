#include "CKernels.h"

#include <math.h>
#include <string.h>

enum {
  reach = 3,
  taps = 8,
  slow = 6,
  max_side = RG_LATTICE_SIDE,
  max_harmonics = RG_LATTICE_HARMONICS,
  max_phases = RG_LATTICE_PHASES
};

// Sums of a row's windows of 2 · reach + 1 numbers, cut off at the ends.
static void window_sums(const float *in, ptrdiff_t count, ptrdiff_t step, float *out) {
  float sum = 0;
  for (ptrdiff_t i = 0; i < reach && i < count; i++) sum += in[i * step];
  for (ptrdiff_t i = 0; i < count; i++) {
    if (i + reach < count) sum += in[(i + reach) * step];
    if (i - reach - 1 >= 0) sum -= in[(i - reach - 1) * step];
    out[i] = sum;
  }
}

static inline float window_size(ptrdiff_t i, ptrdiff_t count) {
  ptrdiff_t first = i < reach ? 0 : i - reach;
  ptrdiff_t last = i + reach >= count ? count - 1 : i + reach;
  return (float)(last - first + 1);
}

ptrdiff_t rg_lattice_map(const float *image, ptrdiff_t height, ptrdiff_t width,
                         const float scale[3], int vertical, float *out, float *scratch) {
  const ptrdiff_t rows = vertical ? height - 1 : height, columns = vertical ? width : width - 1;
  const ptrdiff_t next = vertical ? 3 * width : 3;
  memset(out, 0, sizeof(float) * (size_t)(height * width));
  float line[4096];
  if (height > 4096 || width > 4096 || rows < 1 || columns < 1) return 0;
  for (ptrdiff_t y = 0; y < rows; y++)
    for (ptrdiff_t x = 0; x < columns; x++) {
      const float *p = image + 3 * (y * width + x), *q = p + next;
      float d = scale[0] * fabsf(q[0] - p[0]) + scale[1] * fabsf(q[1] - p[1]) +
                scale[2] * fabsf(q[2] - p[2]);
      // Pixels come from whole numbers; what rounding left of them must not depend on the colour.
      out[y * width + x] = rintf(d);
    }
  for (ptrdiff_t y = 0; y < rows; y++)
    window_sums(out + y * width, columns, 1, scratch + y * width);
  double total = 0;
  ptrdiff_t count = 0;
  for (ptrdiff_t x = 0; x < columns; x++) {
    window_sums(scratch + x, rows, width, line);
    for (ptrdiff_t y = 0; y < rows; y++) {
      float mean = line[y] / (window_size(x, columns) * window_size(y, rows));
      float *t = out + y * width + x;
      // Marked for the second pass; logarithms stay far from it.
      if (mean <= 1.5f) {
        *t = -1e9f;
        continue;
      }
      *t = logf((*t + 1) / (mean + 1));
      total += *t;
      count++;
    }
  }
  float mean = count ? (float)(total / (double)count) : 0;
  for (ptrdiff_t y = 0; y < rows; y++)
    for (ptrdiff_t x = 0; x < columns; x++) {
      float *t = out + y * width + x;
      *t = *t < -1e8f ? 0 : *t - mean;
    }
  return count;
}

void rg_lattice_fold(const float *in, ptrdiff_t size, float *out) {
  const ptrdiff_t half = size / 2, part = half * half;
  for (ptrdiff_t y = 0; y < half; y++) {
    const float *below = in + (half + y) * size, *above = in + (half - 1 - y) * size;
    for (ptrdiff_t x = 0; x < half; x++) {
      const ptrdiff_t right = half + x, left = half - 1 - x;
      const float even_below = below[right] + below[left], odd_below = below[right] - below[left];
      const float even_above = above[right] + above[left], odd_above = above[right] - above[left];
      float *to = out + y * half + x;
      to[0] = even_below + even_above;
      to[part] = odd_below + odd_above;
      to[2 * part] = even_below - even_above;
      to[3 * part] = odd_below - odd_above;
    }
  }
}

RG_CLONES void rg_lattice_waves(const double *frequencies, ptrdiff_t count, ptrdiff_t harmonics,
                                ptrdiff_t rows, float *waves) {
  const double turn = 6.283185307179586;
  const ptrdiff_t width = harmonics * count;
  enum { block = 64 };
  for (ptrdiff_t k = 1; k <= harmonics; k++)
    for (ptrdiff_t first = 0; first < count; first += block) {
      const ptrdiff_t n = count - first < block ? count - first : block;
      double c[block], s[block], dc[block], ds[block];
      for (ptrdiff_t i = 0; i < n; i++) {
        double step = turn * (double)k * frequencies[first + i];
        double start = 0.5 * step;
        c[i] = cos(start);
        s[i] = sin(start);
        dc[i] = cos(step);
        ds[i] = sin(step);
      }
      // Turned from row to row, which loses no more than rows · 1e-16.
      for (ptrdiff_t row = 0; row < rows; row++) {
        float *to = waves + row * width + (k - 1) * count + first;
        for (ptrdiff_t i = 0; i < n; i++) {
          to[i] = (float)c[i];
          to[rows * width + i] = (float)s[i];
          double turned = c[i] * dc[i] - s[i] * ds[i];
          s[i] = s[i] * dc[i] + c[i] * ds[i];
          c[i] = turned;
        }
      }
    }
}

RG_CLONES static void smooth(const float *in, ptrdiff_t size, const float *weights, float *out) {
  // Along rows, and transposed on the way, so that twice makes both directions.
  float row[2 * taps + max_side], sums[max_side];
  for (ptrdiff_t y = 0; y < size; y++) {
    for (ptrdiff_t x = -taps; x < size + taps; x++)
      row[x + taps] = in[y * size + (x + size) % size];
    for (ptrdiff_t x = 0; x < size; x++) sums[x] = 0;
    for (ptrdiff_t k = 0; k <= 2 * taps; k++)
      for (ptrdiff_t x = 0; x < size; x++) sums[x] += weights[k] * row[x + k];
    for (ptrdiff_t x = 0; x < size; x++) out[x * size + y] = sums[x];
  }
}

void rg_lattice_noise(const float *products, ptrdiff_t size, float n, float floor, float *power,
                      float *scratch) {
  if (size > max_side || size < taps || size % 2) __builtin_trap();
  const ptrdiff_t count = size / 2 + 1;
  for (ptrdiff_t v = 0; v < count; v++)
    for (ptrdiff_t u = 0; u < count; u++) {
      const float *c = products + v * 2 * count + u, *s = c + count * 2 * count;
      // Σ T e^{-2πi(ux + vy)}, and that of (-u, v).
      const float re = c[0] - s[count], im = s[0] + c[count];
      const float mirrored_re = c[0] + s[count], mirrored_im = c[count] - s[0];
      const float same = (re * re + im * im) / n;
      const float other = (mirrored_re * mirrored_re + mirrored_im * mirrored_im) / n;
      // What lies beyond Nyquist's frequency is what lies as far before it, the other way round.
      const ptrdiff_t far_v = (size - v) % size, far_u = (size - u) % size;
      power[far_v * size + u] = other;
      power[v * size + far_u] = other;
      power[far_v * size + far_u] = same;
      power[v * size + u] = same;
    }
  power[0] = 0;
  float weights[2 * taps + 1], sum = 0;
  for (int k = -taps; k <= taps; k++) sum += weights[k + taps] = expf(-0.125f * (float)(k * k));
  for (int k = 0; k <= 2 * taps; k++) weights[k] /= sum;
  smooth(power, size, weights, scratch);
  smooth(scratch, size, weights, power);
  for (ptrdiff_t v = 0; v < size; v++)
    for (ptrdiff_t u = 0; u < size; u++) {
      float *p = power + v * size + u;
      *p = *p < floor ? floor : *p;
      // Slow changes are the picture's own.
      ptrdiff_t far_u = u < size - u ? u : size - u, far_v = v < size - v ? v : size - v;
      if (far_u < slow && far_v < slow) *p *= 100;
    }
}

// One line or edge of the picture looks like a lattice with hardly two periods.
static const double least_frequency = 0.01;

// Cycles a pixel: Nyquist's.
static const double band = 0.5;

// The template of a map: 1 where a step leaves out (change > 0) or repeats (change < 0) a row of the
// original, as a function of the phase: a box of width |change| that ends, or begins, at 0.
static void box_series(double change, ptrdiff_t harmonics, float *real, float *imaginary) {
  const double pi = 3.141592653589793, width = fabs(change);
  const double centre = change > 0 ? 1 - width / 2 : width / 2;
  const double dc = cos(pi * width), ds = sin(pi * width);
  const double ec = cos(2 * pi * centre), es = -sin(2 * pi * centre);
  double c = dc, s = ds, re = ec, im = es;
  for (ptrdiff_t k = 1; k <= harmonics; k++) {
    double size = s / (pi * (double)k);
    real[k - 1] = (float)(size * re);
    imaginary[k - 1] = (float)(size * im);
    double turned = c * dc - s * ds;
    s = s * dc + c * ds;
    c = turned;
    turned = re * ec - im * es;
    im = im * ec + re * es;
    re = turned;
  }
}

void rg_lattice_boxes(const double *changes, ptrdiff_t count, ptrdiff_t harmonics, float *boxes) {
  float real[max_harmonics], imaginary[max_harmonics];
  if (harmonics > max_harmonics) __builtin_trap();
  for (ptrdiff_t i = 0; i < count; i++) {
    box_series(changes[i], harmonics, real, imaginary);
    for (ptrdiff_t k = 0; k < harmonics; k++) {
      boxes[k * count + i] = real[k];
      boxes[(harmonics + k) * count + i] = imaginary[k];
    }
  }
}

// gain[p] += the log-likelihood of an effect of the best size within the range.
RG_CLONES static void add_gain(const float *real, const float *imaginary, ptrdiff_t stride,
                               ptrdiff_t harmonics, const float *cosines, const float *sines,
                               ptrdiff_t phases, float denominator, const float range[2],
                               float *gain) {
  float numerator[max_phases];
  for (ptrdiff_t p = 0; p < phases; p++) numerator[p] = 0;
  for (ptrdiff_t k = 0; k < harmonics; k++) {
    const float re = real[k * stride], im = imaginary[k * stride];
    const float *c = cosines + k * phases, *s = sines + k * phases;
    for (ptrdiff_t p = 0; p < phases; p++) numerator[p] += re * c[p] - im * s[p];
  }
  for (ptrdiff_t p = 0; p < phases; p++) {
    float size = numerator[p] / denominator;
    size = size < range[0] ? range[0] : size > range[1] ? range[1] : size;
    gain[p] += size * numerator[p] - 0.5f * size * size * denominator;
  }
}

// All lattices are judged by the same band, or a lattice's second harmonic would win.
ptrdiff_t rg_lattice_harmonics(double u, double v, ptrdiff_t harmonics) {
  ptrdiff_t used = 0;
  while (used < harmonics && (double)(used + 1) * fmax(fabs(u), fabs(v)) <= band) used++;
  return used;
}

enum { lanes = 16 };

// Of so many pairs of frequencies: box · conj(F) over the noise, 0 beyond the band, and the boxes' energy.
typedef struct {
  float re[max_harmonics][lanes], im[max_harmonics][lanes], denominator[lanes];
} weighed;

// The pairs of u[first ..< first + n] and v[j]; `along`: 0 for boxes of u, 1 for those of v.
RG_CLONES static void weigh_pairs(const rg_lattice_evidence *e, int along, ptrdiff_t size,
                                  rg_lattice_frequencies u, rg_lattice_frequencies v,
                                  ptrdiff_t harmonics, ptrdiff_t first, ptrdiff_t n, ptrdiff_t j,
                                  weighed *to) {
  int used[lanes], most = 0;
  for (ptrdiff_t l = 0; l < n; l++) {
    used[l] = (int)rg_lattice_harmonics(u.values[first + l], v.values[j], harmonics);
    most = used[l] > most ? used[l] : most;
    to->denominator[l] = 1e-9f;
  }
  const ptrdiff_t parts = harmonics * (along ? v.count : u.count);
  for (int k = 0; k < most; k++) {
    const float *c = e->products + k * 4 * u.count * v.count + j * 2 * u.count + first;
    const float *s = c + v.count * 2 * u.count;
    const float *boxes = along ? v.boxes + k * v.count + j : u.boxes + k * u.count + first;
    const double y = rint((double)(k + 1) * v.values[j] * (double)size);
    for (ptrdiff_t l = 0; l < n; l++) {
      const double x = rint((double)(k + 1) * u.values[first + l] * (double)size);
      const int32_t row = (int32_t)(y < 0 ? y + (double)size : y),
                    column = (int32_t)(x < 0 ? x + (double)size : x);
      const int counts = k < used[l];
      const float weight = counts ? 2 / e->noise[counts ? row * (int32_t)size + column : 0] : 0;
      // Σ T e^{-2πi(ux + vy)}
      const float f_re = c[l] - s[l + u.count], f_im = -(s[l] + c[l + u.count]);
      const float box_re = boxes[along ? 0 : l], box_im = boxes[parts + (along ? 0 : l)];
      to->re[k][l] = weight * (box_re * f_re + box_im * f_im);
      to->im[k][l] = weight * (box_im * f_re - box_re * f_im);
      to->denominator[l] += weight * e->n * (box_re * box_re + box_im * box_im);
    }
  }
}

void rg_lattice_likelihood(const rg_lattice_evidence evidence[2], ptrdiff_t size,
                           rg_lattice_frequencies u, rg_lattice_frequencies v, ptrdiff_t harmonics,
                           ptrdiff_t phases, float *out, int32_t *phase) {
  if (harmonics > max_harmonics || phases > max_phases || harmonics < 1 || phases < 1)
    __builtin_trap();
  const ptrdiff_t count_u = u.count, count_v = v.count;
  float cosines[max_harmonics * max_phases], sines[max_harmonics * max_phases];
  for (ptrdiff_t p = 0; p < phases; p++) {
    double angle = 6.283185307179586 * (double)p / (double)phases;
    cosines[p] = (float)cos(angle);
    sines[p] = (float)sin(angle);
  }
  for (ptrdiff_t k = 1; k < harmonics; k++)
    for (ptrdiff_t p = 0; p < phases; p++) {
      cosines[k * phases + p] = cosines[(k + 1) * p % phases];
      sines[k * phases + p] = sines[(k + 1) * p % phases];
    }
  for (ptrdiff_t j = 0; j < count_v; j++)
    for (ptrdiff_t first = 0; first < count_u; first += lanes) {
      const ptrdiff_t n = count_u - first < lanes ? count_u - first : lanes;
      weighed parts[2];
      for (int m = 0; m < 2; m++)
        weigh_pairs(evidence + m, m, size, u, v, harmonics, first, n, j, parts + m);
      for (ptrdiff_t l = 0; l < n; l++) {
        const double at_u = u.values[first + l], at_v = v.values[j];
        float gain[max_phases] = {0};
        const int has_periods = fabs(at_u) >= least_frequency || fabs(at_v) >= least_frequency;
        for (int m = 0; m < 2 && has_periods; m++) {
          const rg_lattice_evidence *e = evidence + m;
          const weighed *w = parts + m;
          add_gain(w->re[0] + l, w->im[0] + l, lanes, rg_lattice_harmonics(at_u, at_v, harmonics),
                   cosines, sines, phases, w->denominator[l],
                   (m == 0 ? at_u : at_v) > 0 ? e->more : e->less, gain);
        }
        ptrdiff_t best = 0;
        for (ptrdiff_t q = 1; q < phases; q++)
          if (gain[q] > gain[best]) best = q;
        out[(first + l) * count_v + j] = gain[best];
        phase[(first + l) * count_v + j] = (int32_t)best;
      }
    }
}

void rg_lattice_read(const float *image, ptrdiff_t height, ptrdiff_t width, const double map[6],
                     float tolerance, float *out, uint8_t *known) {
  const ptrdiff_t stride = width + 2;
  memset(known, 0, (size_t)((height + 2) * stride));
  memset(out, 0, sizeof(float) * (size_t)(3 * height * width));
  uint8_t *inside = known + stride + 1;
  for (ptrdiff_t y = 0; y < height; y++)
    for (ptrdiff_t x = 0; x < width; x++) {
      double px = (double)x + 0.5, py = (double)y + 0.5;
      double u = floor(map[0] * px + map[1] * py + map[2]);
      double v = floor(map[3] * px + map[4] * py + map[5]);
      if (!(u >= 0 && v >= 0 && u < (double)width && v < (double)height)) continue;
      ptrdiff_t to_x = (ptrdiff_t)u, to_y = (ptrdiff_t)v;
      memcpy(out + 3 * (to_y * width + to_x), image + 3 * (y * width + x), 3 * sizeof(float));
      inside[to_y * stride + to_x] = 1;
    }
  for (ptrdiff_t y = 0; y < height; y++)
    for (ptrdiff_t x = 0; x < width; x++) {
      if (inside[y * stride + x] == 1) continue;
      static const ptrdiff_t pairs[4][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};
      float sum[3] = {0, 0, 0}, weights = 0;
      for (int k = 0; k < 4; k++) {
        ptrdiff_t dy = pairs[k][0], dx = pairs[k][1];
        uint8_t a_known = inside[(y + dy) * stride + x + dx];
        uint8_t b_known = inside[(y - dy) * stride + x - dx];
        const float *a = out + 3 * ((y + dy) * width + x + dx);
        const float *b = out + 3 * ((y - dy) * width + x - dx);
        if (a_known == 1 && b_known == 1) {
          float apart = fabsf(a[0] - b[0]) + fabsf(a[1] - b[1]) + fabsf(a[2] - b[2]);
          float weight = (k < 2 ? 1.0f : 0.5f) * tolerance / (apart + tolerance);
          weights += weight;
          for (int c = 0; c < 3; c++) sum[c] += 0.5f * weight * (a[c] + b[c]);
        }
        // One neighbour alone counts where there is no pair.
        const float little = 1e-3f;
        if (a_known == 1) {
          weights += little;
          for (int c = 0; c < 3; c++) sum[c] += little * a[c];
        }
        if (b_known == 1) {
          weights += little;
          for (int c = 0; c < 3; c++) sum[c] += little * b[c];
        }
      }
      if (weights > 0)
        for (int c = 0; c < 3; c++) out[3 * (y * width + x) + c] = sum[c] / weights;
    }
}
