// What the files of kernels share, and callers do not see.
#ifndef RG_KERNEL_H
#define RG_KERNEL_H

#include <stdlib.h>

#include "CKernels.h"

// For what only kernels call: it becomes a part of each clone, with the clone's instructions.
#define RG_INLINE static inline __attribute__((always_inline))

// The statement with `name` as a constant, 1 or 0 as the value is true or not: what it inlines is compiled
// for each.
#define RG_CONSTANT(name, value, statement) \
  do {                                      \
    if (value) {                            \
      enum { name = 1 };                    \
      statement;                            \
    } else {                                \
      enum { name = 0 };                    \
      statement;                            \
    }                                       \
  } while (0)

// Memory for `count` elements of `size` bytes, to be given to free(). Traps when memory runs out, as
// Swift's own allocation does.
static inline void *rg_allocate(size_t count, size_t size) {
  size_t bytes;
  void *memory = __builtin_mul_overflow(count, size, &bytes) ? NULL : malloc(bytes ? bytes : 1);
  if (!memory) __builtin_trap();
  return memory;
}

// The same, all bytes zero.
static inline void *rg_allocate_zeros(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) __builtin_trap();
  return memory;
}

#endif
