// SIMD inner loops in plain C, each built for AVX-512, AVX2 and the baseline and chosen at load
// time by processor (RG_CLONES). Each has a scalar twin in the tests.
#ifndef RG_CKERNELS_H
#define RG_CKERNELS_H

#if defined(__x86_64__) && defined(__linux__)
#define RG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RG_CLONES
#endif

#include "corrector_kernels.h"
#include "image_kernels.h"
#include "lattice_kernels.h"
#include "network_kernels.h"
#include "print_kernels.h"
#include "processors.h"
#include "training_kernels.h"

#endif
