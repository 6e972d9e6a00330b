#include "CKernels.h"
#include "element.h"

// 3x3 with stride 2: an output row reads every other sample with the outer two weights, a filter of
// two taps and stride 1, by F(4, 2) at the points 0, 1, -1, 2 and infinity, and the samples between
// with the middle weight as they are. Nine products for four outputs, where the plain method has 12.
//   input 9 -> 9     output 9 -> 4     weights 3 -> 6, the last of them for all four samples between
#define INPUT_PASS(large, d, o)                      \
  do {                                               \
    vec a_ = (d)[2] - (d)[6], b_ = (d)[4] + (d)[4];  \
    (o)[0] = (d)[0] + (d)[0] - (d)[2] + (d)[6] - b_; \
    (o)[1] = (d)[6] - (d)[4] - 2.0f * (d)[2];        \
    (o)[2] = 2.0f * (d)[2] - 3.0f * (d)[4] + (d)[6]; \
    (o)[3] = -a_;                                    \
    (o)[4] = 2.0f * a_ - (d)[4] + (d)[8];            \
    (o)[5] = (d)[1];                                 \
    (o)[6] = (d)[3];                                 \
    (o)[7] = (d)[5];                                 \
    (o)[8] = (d)[7];                                 \
  } while (0)

#define OUTPUT_PASS(large, m, o)                    \
  do {                                              \
    vec p_ = (m)[1] + (m)[2], q_ = (m)[1] - (m)[2]; \
    (o)[0] = (m)[0] + p_ + (m)[3] + (m)[5];         \
    (o)[1] = q_ + 2.0f * (m)[3] + (m)[6];           \
    (o)[2] = p_ + 4.0f * (m)[3] + (m)[7];           \
    (o)[3] = q_ + 8.0f * (m)[3] + (m)[4] + (m)[8];  \
  } while (0)

static const double filter_pass[6][3] = {{1.0 / 2, 0, 0},
                                         {-1.0 / 2, 0, -1.0 / 2},
                                         {-1.0 / 6, 0, 1.0 / 6},
                                         {1.0 / 6, 0, 1.0 / 3},
                                         {0, 0, 1},
                                         {0, 1, 0}};

#define LARGE 0
#define PATCH(large) 9
#define STEP 2
#define FILTERS 6
#define WINOGRAD_WEIGHTS rg_strided_winograd_weights
#define WINOGRAD_INPUT rg_strided_winograd_input
#define WINOGRAD_OUTPUT rg_strided_winograd_output
#include "winograd_tiles.h"
