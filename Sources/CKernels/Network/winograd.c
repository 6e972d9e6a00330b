#include "CKernels.h"
#include "element.h"

// The matrices of F(4, 3) and F(6, 3), as one-dimensional passes over vectors, at the points 0, 1,
// -1, 2, -2, infinity and, for six outputs, 1/2 and -1/2. A filter at a point is the same for both,
// so that large and small tiles share the filters; the factors that differ are in the inputs' passes.
//   input   B^T: 6 -> 6 or 8 -> 8     output A^T: 6 -> 4 or 8 -> 6     weights G: 3 -> 8
#define SMALL_INPUT(d, o)                                         \
  do {                                                            \
    vec a_ = (d)[4] - 4.0f * (d)[2], b_ = (d)[3] - 4.0f * (d)[1]; \
    vec c_ = (d)[4] - (d)[2], e_ = 2.0f * ((d)[3] - (d)[1]);      \
    (o)[0] = 4.0f * (d)[0] - 5.0f * (d)[2] + (d)[4];              \
    (o)[1] = a_ + b_;                                             \
    (o)[2] = a_ - b_;                                             \
    (o)[3] = c_ + e_;                                             \
    (o)[4] = c_ - e_;                                             \
    (o)[5] = 4.0f * (d)[1] - 5.0f * (d)[3] + (d)[5];              \
  } while (0)

#define LARGE_INPUT(d, o)                                                       \
  do {                                                                          \
    vec a_ = (4.0f / 3) * ((d)[2] + (d)[6]) - (17.0f / 3) * (d)[4];             \
    vec b_ = (4.0f / 3) * ((d)[1] + (d)[5]) - (17.0f / 3) * (d)[3];             \
    vec c_ = (1.0f / 15) * (d)[2] - (1.0f / 3) * (d)[4] + (4.0f / 15) * (d)[6]; \
    vec e_ = (2.0f / 15) * (d)[1] - (2.0f / 3) * (d)[3] + (8.0f / 15) * (d)[5]; \
    vec f_ = 4.0f * (d)[2] - 5.0f * (d)[4] + (d)[6];                            \
    vec g_ = 2.0f * (d)[1] - 2.5f * (d)[3] + 0.5f * (d)[5];                     \
    (o)[0] = 4.0f * ((d)[0] - (d)[6]) + 21.0f * ((d)[4] - (d)[2]);              \
    (o)[1] = a_ + b_;                                                           \
    (o)[2] = a_ - b_;                                                           \
    (o)[3] = c_ + e_;                                                           \
    (o)[4] = c_ - e_;                                                           \
    (o)[5] = (d)[7] - (d)[1] + 5.25f * ((d)[3] - (d)[5]);                       \
    (o)[6] = f_ + g_;                                                           \
    (o)[7] = f_ - g_;                                                           \
  } while (0)

#define SMALL_OUTPUT(m, o)                          \
  do {                                              \
    vec p_ = (m)[1] + (m)[2], q_ = (m)[1] - (m)[2]; \
    vec r_ = (m)[3] + (m)[4], s_ = (m)[3] - (m)[4]; \
    (o)[0] = (m)[0] + p_ + r_;                      \
    (o)[1] = q_ + 2.0f * s_;                        \
    (o)[2] = p_ + 4.0f * r_;                        \
    (o)[3] = q_ + 8.0f * s_ + (m)[5];               \
  } while (0)

#define LARGE_OUTPUT(m, o)                             \
  do {                                                 \
    vec p_ = (m)[1] + (m)[2], q_ = (m)[1] - (m)[2];    \
    vec r_ = (m)[3] + (m)[4], s_ = (m)[3] - (m)[4];    \
    vec t_ = (m)[6] + (m)[7], w_ = (m)[6] - (m)[7];    \
    (o)[0] = (m)[0] + p_ + r_ + t_;                    \
    (o)[1] = q_ + 2.0f * s_ + 0.5f * w_;               \
    (o)[2] = p_ + 4.0f * r_ + 0.25f * t_;              \
    (o)[3] = q_ + 8.0f * s_ + 0.125f * w_;             \
    (o)[4] = p_ + 16.0f * r_ + 0.0625f * t_;           \
    (o)[5] = q_ + 32.0f * s_ + 0.03125f * w_ + (m)[5]; \
  } while (0)

#define INPUT_PASS(large, d, o) \
  do {                          \
    if (large)                  \
      LARGE_INPUT(d, o);        \
    else                        \
      SMALL_INPUT(d, o);        \
  } while (0)

#define OUTPUT_PASS(large, m, o) \
  do {                           \
    if (large)                   \
      LARGE_OUTPUT(m, o);        \
    else                         \
      SMALL_OUTPUT(m, o);        \
  } while (0)

static const double filter_pass[8][3] = {{1.0 / 4, 0, 0},
                                         {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                         {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                         {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                         {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                         {0, 0, 1},
                                         {32.0 / 45, 16.0 / 45, 8.0 / 45},
                                         {32.0 / 45, -16.0 / 45, 8.0 / 45}};

#define LARGE 1
#define PATCH(large) ((large) ? 8 : 6)
#define STEP 1
#define FILTERS 8
#define WINOGRAD_WEIGHTS rg_winograd_weights
#define WINOGRAD_INPUT rg_winograd_input
#define WINOGRAD_OUTPUT rg_winograd_output
#include "winograd_tiles.h"
