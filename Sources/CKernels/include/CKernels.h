#ifndef RG_CKERNELS_H
#define RG_CKERNELS_H

/// Builds a function three times and picks at run time by processor; nothing elsewhere.
#ifndef RG_CLONES
#if defined(__x86_64__) && defined(__linux__)
#define RG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RG_CLONES
#endif
#endif

#include "image_kernels.h"

#endif
