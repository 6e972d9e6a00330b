// What the print simulator's inner loops share. They neither contract nor reassociate, and sum in one
// order, so that a photo is the same bytes on every processor: a change that makes them faster must
// leave each number's arithmetic as it is.
#ifndef RG_PRINT_H
#define RG_PRINT_H

#pragma STDC FP_CONTRACT OFF

#include <math.h>
#include <string.h>

#include "kernel.h"
#include "vector.h"

/// Red, green, blue and a fourth number that is dropped; or four inks.
typedef float pixel4 __attribute__((ext_vector_type(4), aligned(4)));

/// Written so that not-a-number becomes the lower bound.
RG_INLINE float clamp(float value, float low, float high) {
  value = value > low ? value : low;
  return value < high ? value : high;
}

#endif
