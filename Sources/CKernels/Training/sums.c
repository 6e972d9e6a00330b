// Sums of columns over many rows: of channels over pixels. Floats gather `depth` rows in registers,
// doubles the rest, so that the result is near double's accuracy at float's speed.
#include "CKernels.h"
#include "element.h"

enum { depth = 32, vectors = 4, lanes = 16 * vectors };

// What is summed, of x and dy at an element and of its column's constants: the first sum and the
// second one, if any.
typedef enum {
  plain,     // x
  moments,   // d = x - centre, and d^2
  gradients  // g = dy where scale * d + bias is above `low`, else 0, and g * d
} summand;

typedef struct {
  const float *x, *dy, *centre, *scale, *bias;
  float low;
  ptrdiff_t rows, channels;
  double *first, *second;
} matrix;

// `width` vectors of columns; the columns' constants and sums begin with these, x and dy of the first
// row, too.
RG_INLINE void sum_vectors(summand kind, int width, const matrix *a) {
  const vec low = SPLAT(a->low);
  vec centre[vectors], scale[vectors], bias[vectors];
  for (int k = 0; k < width; k++) {
    if (kind != plain) centre[k] = LOAD(a->centre + 16 * k);
    if (kind == gradients) {
      scale[k] = LOAD(a->scale + 16 * k);
      bias[k] = LOAD(a->bias + 16 * k);
    }
  }
  for (ptrdiff_t row = 0; row < a->rows; row += depth) {
    const ptrdiff_t end = row + depth < a->rows ? row + depth : a->rows;
    vec first[vectors], second[vectors];
    for (int k = 0; k < width; k++) first[k] = second[k] = SPLAT(0.0f);
    for (ptrdiff_t r = row; r < end; r++)
      for (int k = 0; k < width; k++) {
        const ptrdiff_t at = r * a->channels + 16 * k;
        vec d = LOAD(a->x + at), g = d;
        if (kind != plain) g = d -= centre[k];
        if (kind == gradients) {
          g = LOAD(a->dy + at);
          g = scale[k] * d + bias[k] <= low ? SPLAT(0.0f) : g;
        }
        first[k] += g;
        if (kind != plain) second[k] += g * d;
      }
    for (int k = 0; k < width; k++)
      for (int i = 0; i < 16; i++) {
        a->first[16 * k + i] += first[k][i];
        if (kind != plain) a->second[16 * k + i] += second[k][i];
      }
  }
}

// One column, however far rows lie apart.
RG_INLINE void sum_column(summand kind, const matrix *a, ptrdiff_t c) {
  for (ptrdiff_t r = 0; r < a->rows; r++) {
    const ptrdiff_t at = r * a->channels + c;
    float d = a->x[at], g = d;
    if (kind != plain) g = d -= a->centre[c];
    if (kind == gradients) g = a->scale[c] * d + a->bias[c] <= a->low ? 0.0f : a->dy[at];
    a->first[c] += g;
    if (kind != plain) a->second[c] += g * d;
  }
}

// The matrix without its first columns or rows.
RG_INLINE matrix without(summand kind, const matrix *a, ptrdiff_t columns, ptrdiff_t rows) {
  matrix rest = *a;
  const ptrdiff_t at = columns + rows * a->channels;
  rest.rows -= rows;
  rest.x += at;
  rest.first += columns;
  if (kind != plain) {
    rest.centre += columns;
    rest.second += columns;
  }
  if (kind == gradients) {
    rest.dy += at;
    rest.scale += columns;
    rest.bias += columns;
  }
  return rest;
}

// Few channels: the rows that fill `lanes` columns become one, so that as many sums are under way.
RG_INLINE void sum_folded(summand kind, const matrix *a) {
  const ptrdiff_t channels = a->channels, fold = lanes / channels;
  float constants[3][lanes] = {{0}};
  double sums[2][lanes] = {{0}};
  for (ptrdiff_t i = 0; i < lanes; i++) {
    if (kind != plain) constants[0][i] = a->centre[i % channels];
    if (kind == gradients) {
      constants[1][i] = a->scale[i % channels];
      constants[2][i] = a->bias[i % channels];
    }
  }
  const matrix folded = {.x = a->x,
                         .dy = a->dy,
                         .centre = constants[0],
                         .scale = constants[1],
                         .bias = constants[2],
                         .low = a->low,
                         .rows = a->rows / fold,
                         .channels = lanes,
                         .first = sums[0],
                         .second = sums[1]};
  sum_vectors(kind, vectors, &folded);
  for (ptrdiff_t i = 0; i < lanes; i++) {
    a->first[i % channels] += sums[0][i];
    if (kind != plain) a->second[i % channels] += sums[1][i];
  }
  const matrix rest = without(kind, a, 0, folded.rows * fold);
  for (ptrdiff_t c = 0; c < channels; c++) sum_column(kind, &rest, c);
}

RG_INLINE void sum_matrix(summand kind, const matrix *a) {
  if (a->channels == 16 || a->channels == 32) {
    sum_folded(kind, a);
    return;
  }
  ptrdiff_t c = 0;
  for (; c + lanes <= a->channels; c += lanes) {
    const matrix rest = without(kind, a, c, 0);
    sum_vectors(kind, vectors, &rest);
  }
  for (; c + 16 <= a->channels; c += 16) {
    const matrix rest = without(kind, a, c, 0);
    sum_vectors(kind, 1, &rest);
  }
  for (; c < a->channels; c++) sum_column(kind, a, c);
}

RG_CLONES
void rg_column_sums(const float *x, ptrdiff_t rows, ptrdiff_t channels, double *sums) {
  const matrix a = {.x = x, .rows = rows, .channels = channels, .first = sums};
  sum_matrix(plain, &a);
}

RG_CLONES
void rg_batch_norm_sums(const float *x, const float *pivot, ptrdiff_t rows, ptrdiff_t channels,
                        double *sums, double *squares) {
  const matrix a = {.x = x,
                    .centre = pivot,
                    .rows = rows,
                    .channels = channels,
                    .first = sums,
                    .second = squares};
  sum_matrix(moments, &a);
}

RG_CLONES
void rg_batch_norm_gradient_sums(const float *x, const float *dy, const float *mean,
                                 const float *scale, const float *bias, int relu, ptrdiff_t rows,
                                 ptrdiff_t channels, double *sums, double *products) {
  const matrix a = {.x = x,
                    .dy = dy,
                    .centre = mean,
                    .scale = scale,
                    .bias = bias,
                    .low = relu ? 0.0f : -__builtin_inff(),
                    .rows = rows,
                    .channels = channels,
                    .first = sums,
                    .second = products};
  sum_matrix(gradients, &a);
}
