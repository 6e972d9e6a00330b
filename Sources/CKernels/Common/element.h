// Activations of either precision: loads give floats, stores take them. `narrow` (bfloat16) is a
// constant wherever these are inlined, so that each kernel exists once for each type.
#ifndef RG_ELEMENT_H
#define RG_ELEMENT_H

#include <stdint.h>

#include "kernel.h"
#include "vector.h"

typedef uint32_t bits32 __attribute__((ext_vector_type(16)));
typedef uint16_t bits16 __attribute__((ext_vector_type(16)));
typedef uint16_t bits16_unaligned __attribute__((ext_vector_type(16), aligned(2)));

// The element `index` places on.
RG_INLINE const void *element(const void *p, ptrdiff_t index, int narrow) {
  return (const char *)p + index * (narrow ? 2 : 4);
}

RG_INLINE void *element_to(void *p, ptrdiff_t index, int narrow) {
  return (char *)p + index * (narrow ? 2 : 4);
}

// Sixteen elements as floats. Macros, since a function that takes or returns such a vector would be
// called differently by processor.
#define LOAD_ELEMENTS(p, narrow)                                                           \
  ((narrow) ? (vec)(__builtin_convertvector(*(const bits16_unaligned *)(p), bits32) << 16) \
            : LOAD((const float *)(p)))

// Rounds to nearest even; NaN stays NaN.
#define STORE_ELEMENTS(p, v, narrow)                                     \
  do {                                                                   \
    vec value_ = (v);                                                    \
    if (narrow) {                                                        \
      bits32 bits_ = (bits32)value_, nan_ = (bits32)(value_ != value_);  \
      bits32 near_ = (bits_ + 0x7fff + ((bits_ >> 16) & 1)) >> 16;       \
      near_ = (near_ & ~nan_) | (((bits_ >> 16) | 0x40) & nan_);         \
      *(bits16_unaligned *)(p) = __builtin_convertvector(near_, bits16); \
    } else {                                                             \
      STORE((float *)(p), value_);                                       \
    }                                                                    \
  } while (0)

// Whether the largest so far stays: NaN wins wherever it is, as in PyTorch, and the first of equals.
#define STAYS(best, v) (((v) <= (best)) | ((best) != (best)))
#define LARGER(best, v) (STAYS(best, v) ? (best) : (v))

RG_INLINE float load_element(const void *p, int narrow) {
  if (!narrow) return *(const float *)p;
  uint32_t bits = (uint32_t) * (const uint16_t *)p << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

RG_INLINE void store_element(void *p, float v, int narrow) {
  if (!narrow) {
    *(float *)p = v;
    return;
  }
  uint32_t bits;
  memcpy(&bits, &v, 4);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  *(uint16_t *)p = (uint16_t)(v != v ? (bits >> 16) | 0x40 : rounded);
}

#endif
