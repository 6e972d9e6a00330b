// The transforms of 3x3 filters and of tiles of outputs, for a Winograd scheme whose file defines,
// before it includes this: LARGE, 1 where tiles are four or six outputs long, 0 where all are four;
// for each of the two (`large` 0 or 1) PATCH(large), the length of a tile's input patch and of its
// points, INPUT_PASS(large, ..) (patch -> points) and OUTPUT_PASS(large, ..) (points -> outputs) on
// arrays of vectors; STEP, pixels of the input from output to output; the matrix filter_pass (3 ->
// FILTERS); and the names WINOGRAD_... of the functions (network_kernels.h).
#include "CKernels.h"
#include "element.h"

#define OUTPUTS(large) ((large) ? 6 : 4)

// Where to fetch ahead of need. The nearest cache waits for few lines at a time, and these would keep
// those waiting that are needed now.
#define SECOND_LEVEL 2

void WINOGRAD_WEIGHTS(const float *oihw, float *u, ptrdiff_t out, ptrdiff_t in, ptrdiff_t side,
                      ptrdiff_t panel) {
  for (ptrdiff_t o = 0; o < out; o++)
    for (ptrdiff_t i = 0; i < in; i++) {
      const float *w = oihw + (o * in + i) * 9;
      double half[FILTERS][3];
      for (int a = 0; a < side; a++)
        for (int x = 0; x < 3; x++) {
          half[a][x] = 0;
          for (int y = 0; y < 3; y++) half[a][x] += filter_pass[a][y] * w[3 * y + x];
        }
      ptrdiff_t at = panel_offset(i, o, in, out, panel);
      for (int a = 0; a < side; a++)
        for (int b = 0; b < side; b++) {
          double sum = 0;
          for (int x = 0; x < 3; x++) sum += half[a][x] * filter_pass[b][x];
          u[(side * a + b) * in * out + at] = (float)sum;
        }
    }
}

// The first output of tile `index` of a row or column of which `large` tiles are large.
RG_INLINE ptrdiff_t tile_start(ptrdiff_t index, ptrdiff_t large) {
  return index < large ? 6 * index : 4 * index + 2 * large;
}

// A tile's place, and which row of the planes is its own.
typedef struct {
  ptrdiff_t image, y, x, row;
  int tall, wide;
} tile_place;

RG_INLINE tile_place next_place(const rg_tiles *tiles, ptrdiff_t tile, rg_tile_rows *rows) {
  const ptrdiff_t per_image = tiles->down * tiles->across, place = tile % per_image;
  const ptrdiff_t down = place / tiles->across, across = place % tiles->across;
  const int tall = LARGE && down < tiles->large_down, wide = LARGE && across < tiles->large_across;
  return (tile_place){.image = tile / per_image,
                      .y = tile_start(down, tiles->large_down),
                      .x = tile_start(across, tiles->large_across),
                      .row = rows->of[tall ? 1 + wide : 3 * wide]++,
                      .tall = tall,
                      .wide = wide};
}

RG_INLINE void input_transform(const rg_activations *in, const tile_place *at, ptrdiff_t padding,
                               float *v, ptrdiff_t plane, ptrdiff_t side, int tall, int wide,
                               int whole, int narrow) {
  const ptrdiff_t height = in->height, width = in->width;
  const ptrdiff_t y = STEP * at->y - padding, x = STEP * at->x - padding;
  const void *patch =
      element(in->start, at->image * in->image + (y * width + x) * in->stride, narrow);
  const ptrdiff_t line = width * in->stride, pixel = in->stride;
  // What the tile after the next has and the next has not, which may still be far from the core.
  const ptrdiff_t ahead = (PATCH(wide) + OUTPUTS(wide) * STEP) * pixel;
  // Which rows and columns of the patch lie inside.
  ptrdiff_t top = whole || y >= 0 ? 0 : -y, left = whole || x >= 0 ? 0 : -x;
  ptrdiff_t bottom = whole || y + PATCH(tall) <= height ? PATCH(tall) : height - y;
  ptrdiff_t right = whole || x + PATCH(wide) <= width ? PATCH(wide) : width - x;
  for (ptrdiff_t c = 0; c < in->channels; c += 16) {
    // By columns of the patch, then by rows: half[j][i] is row i of column j after the first pass.
    vec half[PATCH(LARGE)][PATCH(LARGE)];
    for (int j = 0; j < PATCH(wide); j++) {
      const void *p = element(patch, j * pixel + c, narrow);
      vec d[PATCH(LARGE)];
      if (whole && j < OUTPUTS(wide) * STEP)
        for (int i = 0; i < PATCH(tall); i++)
          __builtin_prefetch(element(p, i * line + ahead, narrow), 0, SECOND_LEVEL);
      for (int i = 0; i < PATCH(tall); i++)
        d[i] = whole || (i >= top && i < bottom && j >= left && j < right)
                   ? LOAD_ELEMENTS(element(p, i * line, narrow), narrow)
                   : SPLAT(0.0f);
      INPUT_PASS(tall, d, half[j]);
    }
    float *to = v + c;
    for (int i = 0; i < PATCH(tall); i++, to += side * plane) {
      vec row[PATCH(LARGE)], o[PATCH(LARGE)];
      for (int j = 0; j < PATCH(wide); j++) row[j] = half[j][i];
      INPUT_PASS(wide, row, o);
      for (int j = 0; j < PATCH(wide); j++) STORE(to + j * plane, o[j]);
    }
  }
}

RG_INLINE void input_tile(const rg_activations *in, const tile_place *at, ptrdiff_t padding,
                          float *v, ptrdiff_t plane, ptrdiff_t side, int tall, int wide,
                          int narrow) {
  const ptrdiff_t y = STEP * at->y - padding, x = STEP * at->x - padding;
  if (y >= 0 && x >= 0 && y + PATCH(tall) <= in->height && x + PATCH(wide) <= in->width)
    input_transform(in, at, padding, v, plane, side, tall, wide, 1, narrow);
  else
    input_transform(in, at, padding, v, plane, side, tall, wide, 0, narrow);
}

RG_INLINE void input_tiles(const rg_activations *in, ptrdiff_t padding, const rg_tiles *tiles,
                           ptrdiff_t begin, ptrdiff_t end, rg_tile_rows rows, float *v,
                           ptrdiff_t row, ptrdiff_t plane, int narrow) {
  const ptrdiff_t side = tiles->side;
  for (ptrdiff_t tile = begin; tile < end; tile++) {
    const tile_place at = next_place(tiles, tile, &rows);
    float *to = v + at.row * row;
    RG_CONSTANT(tall, at.tall,
                RG_CONSTANT(wide, at.wide,
                            input_tile(in, &at, padding, to, plane, side, tall, wide, narrow)));
  }
}

RG_CLONES
void WINOGRAD_INPUT(rg_activations in, ptrdiff_t padding, rg_tiles tiles, ptrdiff_t begin,
                    ptrdiff_t end, rg_tile_rows rows, float *v, ptrdiff_t row, ptrdiff_t plane) {
  RG_CONSTANT(narrow, in.narrow,
              input_tiles(&in, padding, &tiles, begin, end, rows, v, row, plane, narrow));
}

// One row of outputs from the half-transformed matrix, with bias, residual and ReLU.
#define OUTPUT_ROW(half, i, o)                                                             \
  do {                                                                                     \
    OUTPUT_PASS(wide, (half)[i], o);                                                       \
    for (ptrdiff_t j_ = 0; j_ < OUTPUTS(wide); j_++) {                                     \
      (o)[j_] += b;                                                                        \
      if (residual && (i) < rows && j_ < columns)                                          \
        (o)[j_] += LOAD_ELEMENTS(                                                          \
            element(residual, ((y + (i)) * width + x + j_) * residual_stride + c, narrow), \
            narrow);                                                                       \
      (o)[j_] = (o)[j_] < low ? low : (o)[j_];                                             \
    }                                                                                      \
  } while (0)

RG_INLINE void output_transform(const float *m, ptrdiff_t plane, ptrdiff_t side,
                                const rg_activations *out, const tile_place *at, const float *bias,
                                const rg_activations *adding, int relu, int pooled, int tall,
                                int wide, int narrow) {
  const vec low = SPLAT(relu ? 0.0f : -__builtin_inff());
  const ptrdiff_t width = out->width, stride = out->stride, y = at->y, x = at->x;
  void *image = element_to(out->start, at->image * out->image, narrow);
  const void *residual = adding ? element(adding->start, at->image * adding->image, narrow) : 0;
  const ptrdiff_t residual_stride = adding ? adding->stride : 0;
  const ptrdiff_t rows = out->height - y < OUTPUTS(tall) ? out->height - y : OUTPUTS(tall);
  const ptrdiff_t columns = width - x < OUTPUTS(wide) ? width - x : OUTPUTS(wide);
  for (ptrdiff_t c = 0; c < out->channels; c += 16) {
    vec half[OUTPUTS(LARGE)][PATCH(LARGE)];
    for (int j = 0; j < PATCH(wide); j++) {
      // Where the next tile's outputs go: what is written must be near the core, too.
      if (!pooled && rows == OUTPUTS(tall) && j < OUTPUTS(wide))
        for (int i = 0; i < OUTPUTS(tall); i++) {
          const ptrdiff_t to = (y + i) * width + x + OUTPUTS(wide) + j;
          __builtin_prefetch(element(image, to * stride + c, narrow), 0, SECOND_LEVEL);
        }
      vec m_[PATCH(LARGE)], o[OUTPUTS(LARGE)];
      for (int i = 0; i < PATCH(tall); i++) m_[i] = LOAD(m + (i * side + j) * plane + c);
      OUTPUT_PASS(tall, m_, o);
      for (int i = 0; i < OUTPUTS(tall); i++) half[i][j] = o[i];
    }
    const vec b = bias ? LOAD(bias + c) : SPLAT(0.0f);
    if (pooled) {
      // Windows of 2x2; an odd last row or column belongs to none.
      for (ptrdiff_t i = 0; i + 1 < rows; i += 2) {
        vec o[OUTPUTS(LARGE)], next[OUTPUTS(LARGE)];
        OUTPUT_ROW(half, i, o);
        OUTPUT_ROW(half, i + 1, next);
        for (ptrdiff_t j = 0; j + 1 < columns; j += 2) {
          vec best = LARGER(o[j], o[j + 1]);
          best = LARGER(best, next[j]);
          best = LARGER(best, next[j + 1]);
          ptrdiff_t to = (y + i) / 2 * (width / 2) + (x + j) / 2;
          STORE_ELEMENTS(element_to(image, to * stride + c, narrow), best, narrow);
        }
      }
      continue;
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
      vec o[OUTPUTS(LARGE)];
      OUTPUT_ROW(half, i, o);
      ptrdiff_t to = (y + i) * width + x;
      for (ptrdiff_t j = 0; j < columns; j++)
        STORE_ELEMENTS(element_to(image, (to + j) * stride + c, narrow), o[j], narrow);
    }
  }
}

RG_INLINE void output_tiles(const float *m, ptrdiff_t plane, const rg_activations *out,
                            const rg_activations *residual, const float *bias, int relu, int pooled,
                            const rg_tiles *tiles, ptrdiff_t begin, ptrdiff_t end,
                            rg_tile_rows rows, int narrow) {
  const ptrdiff_t side = tiles->side;
  for (ptrdiff_t tile = begin; tile < end; tile++) {
    const tile_place at = next_place(tiles, tile, &rows);
    const float *from = m + at.row * out->channels;
    RG_CONSTANT(tall, at.tall,
                RG_CONSTANT(wide, at.wide,
                            output_transform(from, plane, side, out, &at, bias, residual, relu,
                                             pooled, tall, wide, narrow)));
  }
}

RG_CLONES
void WINOGRAD_OUTPUT(const float *m, ptrdiff_t plane, rg_activations out, rg_activations residual,
                     const float *bias, int relu, int pooled, rg_tiles tiles, ptrdiff_t begin,
                     ptrdiff_t end, rg_tile_rows rows) {
  const rg_activations *adding = residual.start ? &residual : NULL;
  RG_CONSTANT(narrow, out.narrow,
              RG_CONSTANT(pools, pooled,
                          output_tiles(m, plane, &out, adding, bias, relu, pools, &tiles, begin,
                                       end, rows, narrow)));
}
