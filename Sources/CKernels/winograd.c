#include "CKernels.h"
#include "element.h"

// The matrices of F(4x4, 3x3), as one-dimensional passes over vectors.
//   input   B^T: 6 -> 6      output A^T: 6 -> 4      weights G: 3 -> 6
#define INPUT_PASS(d, o)                                          \
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

#define OUTPUT_PASS(m, o)                           \
  do {                                              \
    vec p_ = (m)[1] + (m)[2], q_ = (m)[1] - (m)[2]; \
    vec r_ = (m)[3] + (m)[4], s_ = (m)[3] - (m)[4]; \
    (o)[0] = (m)[0] + p_ + r_;                      \
    (o)[1] = q_ + 2.0f * s_;                        \
    (o)[2] = p_ + 4.0f * r_;                        \
    (o)[3] = q_ + 8.0f * s_ + (m)[5];               \
  } while (0)

static const double filter_pass[6][3] = {{1.0 / 4, 0, 0},
                                         {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                         {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                         {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                         {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                         {0, 0, 1}};

#define PATCH 6
#define STEP 4
#define WINOGRAD_WEIGHTS rg_winograd_weights
#define WINOGRAD_INPUT rg_winograd_input
#define WINOGRAD_OUTPUT rg_winograd_output
#include "winograd_tiles.h"
