// Convolutions of oneDNN 2.6 to 3.x behind one face. Activations are NHWC with an optional gap
// between pixels, weights OIHW; what lies between (weight layouts, post-operations, scratch memory)
// stays inside. Compiled to nothing but rg_dnnl_version() == NULL when REALITYGAP_ONEDNN is not set.
#ifndef RG_CONEDNN_H
#define RG_CONEDNN_H

#include <stddef.h>

typedef struct rg_dnnl_convolution rg_dnnl_convolution;

enum { RG_DNNL_FORWARD = 0, RG_DNNL_BACKWARD_DATA = 1, RG_DNNL_BACKWARD_WEIGHTS = 2 };

typedef struct {
  int kind;  // RG_DNNL_...
  int batch, in_height, in_width, in_channels, in_stride;
  int out_height, out_width, out_channels, out_stride;
  int kernel_height, kernel_width, stride, padding;
  int bfloat16;  // type of input, weights and output; gradients leave as float32
  int wide;      // forward: the output leaves as float32, too
  int bias;      // forward: add it; backward weights: compute its gradient
  int relu;      // forward
  int sum;       // forward: add to what the output holds
  int threads;   // how many OpenMP threads one execution uses
} rg_dnnl_shape;

// "2.6.3", or NULL when built without oneDNN.
const char *rg_dnnl_version(void);
// "avx512_core_bf16" or whatever the processor offers to oneDNN, as a number of dnnl_cpu_isa_t.
int rg_dnnl_isa(void);
// Whether it uses AMX, which multiplies matrices of bfloat16 some eight times as fast as vectors do.
int rg_dnnl_has_amx(void);
// Whether it has code for bfloat16 on this processor.
int rg_dnnl_has_bfloat16(void);

// NULL on failure, with the reason in `error` (at least 160 characters) and in `unsupported`
// whether it is that oneDNN has no code for the shape.
rg_dnnl_convolution *rg_dnnl_convolution_create(const rg_dnnl_shape *shape, int *unsupported,
                                                char *error);
void rg_dnnl_convolution_destroy(rg_dnnl_convolution *convolution);
// Which of oneDNN's implementations it chose, e.g. "jit:avx512_core".
const char *rg_dnnl_convolution_implementation(const rg_dnnl_convolution *convolution);
// Bytes of the packed weights and of the scratch memory that an execution needs (64-byte aligned).
size_t rg_dnnl_convolution_weight_bytes(const rg_dnnl_convolution *convolution);
size_t rg_dnnl_convolution_scratch_bytes(const rg_dnnl_convolution *convolution);
// Whether both want their weights packed in the same way.
int rg_dnnl_convolution_same_weights(const rg_dnnl_convolution *a, const rg_dnnl_convolution *b);
// float32 OIHW -> packed (forward, backward data); packed -> float32 OIHW (backward weights).
int rg_dnnl_convolution_pack(const rg_dnnl_convolution *convolution, float *oihw, void *packed);
// Forward reads input, writes output; backward data reads output, writes input; backward weights
// reads both and writes weights and bias. 0 when it went well. Thread-safe with distinct memory.
int rg_dnnl_convolution_execute(const rg_dnnl_convolution *convolution, void *input, void *weights,
                                float *bias, void *output, void *scratch);

#endif
