// SIMD inner loops in plain C, each built for AVX-512, AVX2 and the baseline and chosen at load
// time by processor (RG_CLONES). The tests compare each with a plain loop, Pillow or PyTorch, by
// itself or within its one caller, as this processor runs it and (make test-baseline) as one without
// AVX does.
#ifndef RG_CKERNELS_H
#define RG_CKERNELS_H

// RG_BASELINE leaves the baseline alone, for tests; so does ThreadSanitizer, which is not ready yet when
// the dynamic linker chooses among clones.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RG_BASELINE
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(RG_BASELINE)
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
