// Vectors of 16 floats, as wide as AVX-512; the compiler splits them for narrower processors.
#ifndef RG_VECTOR_H
#define RG_VECTOR_H

#include <stddef.h>
#include <string.h>

typedef float vec __attribute__((ext_vector_type(16)));
typedef float vec_unaligned __attribute__((ext_vector_type(16), aligned(4)));

#define LOAD(p) (*(const vec_unaligned *)(p))
#define STORE(p, v) (*(vec_unaligned *)(p) = (v))
#define SPLAT(s) ((vec)(float)(s))

// Before a loop whose arrays may be the same, but never overlap by part: without it the compiler
// falls back to one float at a time where they are the same.
#if defined(__clang__)
#define RG_EACH _Pragma("clang loop vectorize(assume_safety)")
#else
#define RG_EACH _Pragma("GCC ivdep")
#endif

// Where element (row, column) of a matrix [inner][columns] lies in panels of `width` columns.
static inline ptrdiff_t panel_offset(ptrdiff_t row, ptrdiff_t column, ptrdiff_t inner,
                                     ptrdiff_t columns, ptrdiff_t width) {
  ptrdiff_t first = column / width * width;
  ptrdiff_t own = columns - first < width ? columns - first : width;
  return first * inner + row * own + column - first;
}

#endif
