#include "COneDNN.h"

#ifndef REALITYGAP_ONEDNN

const char *rg_dnnl_version(void) { return NULL; }

#else

#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t layout;  // already a handle
#define LAYOUT(l) (l)
#else
typedef dnnl_memory_desc_t layout;  // a structure
#define LAYOUT(l) (&(l))
#endif

struct rg_dnnl_convolution {
  rg_dnnl_shape shape;
  dnnl_primitive_t primitive;
  layout input, output, weights, weights_oihw, bias, scratch;
  char implementation[64];
};

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static dnnl_status_t engine_status;
static void (*set_threads)(int);
static int (*get_threads)(void);

static void start(void) {
  engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0);
  if (engine_status == dnnl_success)
    engine_status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  // Only where oneDNN was built with OpenMP; looked up at run time, so that other builds work too.
  set_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  get_threads = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
}

static dnnl_status_t ready(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
  return engine_status;
}

const char *rg_dnnl_version(void) {
  static char text[32];
  const dnnl_version_t *v = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
  return text;
}

int rg_dnnl_isa(void) { return (int)dnnl_get_effective_cpu_isa(); }

int rg_dnnl_has_amx(void) {
  // An instruction set's number has a bit for each that it includes.
  return (rg_dnnl_isa() & dnnl_cpu_isa_avx512_core_amx) == dnnl_cpu_isa_avx512_core_amx;
}

int rg_dnnl_has_bfloat16(void) {
  return (rg_dnnl_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
}

// OpenMP's thread count is a setting of the calling thread; oneDNN reads it when a primitive is
// made and when it runs.
static int use_threads(int count) {
  if (!set_threads || !get_threads) return 0;
  int before = get_threads();
  if (before != count) set_threads(count);
  return before;
}

static void give_threads_back(int count) {
  if (count > 0 && get_threads() != count) set_threads(count);
}

// For a variable `status`: what follows a failure is left out.
#define DO(call) \
  if (status == dnnl_success) status = (call)

static dnnl_status_t nhwc(layout *l, int n, int c, int h, int w, int stride,
                          dnnl_data_type_t type) {
  dnnl_dims_t dims = {n, c, h, w};
  dnnl_dims_t strides = {(dnnl_dim_t)h * w * stride, 1, (dnnl_dim_t)w * stride, stride};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_strides(l, 4, dims, type, strides);
#else
  return dnnl_memory_desc_init_by_strides(l, 4, dims, type, strides);
#endif
}

static dnnl_status_t tagged(layout *l, int count, dnnl_dims_t dims, dnnl_data_type_t type,
                            dnnl_format_tag_t tag) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_tag(l, count, dims, type, tag);
#else
  return dnnl_memory_desc_init_by_tag(l, count, dims, type, tag);
#endif
}

static size_t bytes(const layout *l) {
#if DNNL_VERSION_MAJOR >= 3
  return *l ? dnnl_memory_desc_get_size(*l) : 0;
#else
  return dnnl_memory_desc_get_size(l);
#endif
}

static void release(layout *l) {
#if DNNL_VERSION_MAJOR >= 3
  if (*l) dnnl_memory_desc_destroy(*l);
  *l = NULL;
#else
  (void)l;
#endif
}

static dnnl_status_t copy_queried(layout *l, const_dnnl_primitive_desc_t pd, dnnl_query_t what) {
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(pd, what, 0);
  return found ? dnnl_memory_desc_clone(l, found) : dnnl_runtime_error;
#else
  const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(pd, what, 0);
  if (!found) return dnnl_runtime_error;
  *l = *found;
  return dnnl_success;
#endif
}

static dnnl_status_t attributes(dnnl_primitive_attr_t *attr, const rg_dnnl_shape *s) {
  dnnl_status_t status = dnnl_primitive_attr_create(attr);
  if (status != dnnl_success) return status;
  // Our own scratch memory: the library's own is shared between threads in ways we don't rely on.
  dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
  if (s->kind != RG_DNNL_FORWARD || !(s->relu || s->sum)) return status;
  dnnl_post_ops_t ops;
  status = dnnl_post_ops_create(&ops);
  if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
  if (s->sum) dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
  if (s->relu) dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0.0f, 0.0f);
#else
  if (s->sum) dnnl_post_ops_append_sum(ops, 1.0f);
  if (s->relu) dnnl_post_ops_append_eltwise(ops, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f);
#endif
  status = dnnl_primitive_attr_set_post_ops(*attr, ops);
  dnnl_post_ops_destroy(ops);
  return status;
}

// One at a time: oneDNN 2.6 keeps what it chooses for a convolution on the way in a static variable
// (brg_blocking_t::last_ic_block_size, mended in 3.0), so that of two that are described at the
// same time, for different types, one can compute wrong numbers ever after.
static pthread_mutex_t describing = PTHREAD_MUTEX_INITIALIZER;

// The primitive descriptor of a shape; `weights_any` leaves their layout to oneDNN. The passes back
// are told of the forward pass, whose input and weights all have the type that is read.
static dnnl_status_t describe(dnnl_primitive_desc_t *pd, const rg_dnnl_shape *s, layout in,
                              layout weights_any, layout bias, layout out, layout forward_in,
                              layout forward_weights, dnnl_primitive_attr_t attr) {
  dnnl_dims_t strides = {s->stride, s->stride}, dilation = {0, 0},
              padding = {s->padding, s->padding};
  // What is cut off at the lower right end, possibly negative.
  dnnl_dims_t end = {(s->out_height - 1) * s->stride + s->kernel_height - s->in_height - s->padding,
                     (s->out_width - 1) * s->stride + s->kernel_width - s->in_width - s->padding};
  dnnl_alg_kind_t direct = dnnl_convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  if (s->kind == RG_DNNL_FORWARD)
    return dnnl_convolution_forward_primitive_desc_create(
        pd, engine, dnnl_forward_inference, direct, in, weights_any, s->bias ? bias : NULL, out,
        strides, dilation, padding, end, attr);
  dnnl_primitive_desc_t hint;
  dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(
      &hint, engine, dnnl_forward_training, direct, forward_in, forward_weights,
      s->bias ? bias : NULL, out, strides, dilation, padding, end, NULL);
  if (status != dnnl_success) return status;
  status = s->kind == RG_DNNL_BACKWARD_DATA
               ? dnnl_convolution_backward_data_primitive_desc_create(
                     pd, engine, direct, in, weights_any, out, strides, dilation, padding, end,
                     hint, attr)
               : dnnl_convolution_backward_weights_primitive_desc_create(
                     pd, engine, direct, in, weights_any, s->bias ? bias : NULL, out, strides,
                     dilation, padding, end, hint, attr);
  dnnl_primitive_desc_destroy(hint);
  return status;
#else
  dnnl_convolution_desc_t desc;
  dnnl_primitive_desc_t hint = NULL;
  dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
      &desc, s->kind == RG_DNNL_FORWARD ? dnnl_forward_inference : dnnl_forward_training, direct,
      &forward_in, &forward_weights, s->bias ? &bias : NULL, &out, strides, dilation, padding, end);
  if (status != dnnl_success) return status;
  if (s->kind == RG_DNNL_FORWARD) return dnnl_primitive_desc_create(pd, &desc, attr, engine, NULL);
  status = dnnl_primitive_desc_create(&hint, &desc, NULL, engine, NULL);
  if (status != dnnl_success) return status;
  status =
      s->kind == RG_DNNL_BACKWARD_DATA
          ? dnnl_dilated_convolution_backward_data_desc_init(&desc, direct, &in, &weights_any, &out,
                                                             strides, dilation, padding, end)
          : dnnl_dilated_convolution_backward_weights_desc_init(&desc, direct, &in, &weights_any,
                                                                s->bias ? &bias : NULL, &out,
                                                                strides, dilation, padding, end);
  DO(dnnl_primitive_desc_create(pd, &desc, attr, engine, hint));
  dnnl_primitive_desc_destroy(hint);
  return status;
#endif
}

// What a status says when no implementation takes the shape, as opposed to one that failed.
static int means_unsupported(dnnl_status_t status) {
#if DNNL_VERSION_MAJOR >= 3
  if (status == dnnl_last_impl_reached) return 1;
#else
  if (status == dnnl_iterator_ends) return 1;
#endif
  return status == dnnl_unimplemented;
}

rg_dnnl_convolution *rg_dnnl_convolution_create(const rg_dnnl_shape *s, int *unsupported,
                                                char *error) {
  dnnl_primitive_attr_t attr = NULL;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_status_t status = ready();
  rg_dnnl_convolution *c = calloc(1, sizeof *c);
  layout any = {0}, forward_in = {0}, forward_any = {0};
  *unsupported = 0;
  if (!c) {
    snprintf(error, 160, "no memory for a convolution of oneDNN");
    return NULL;
  }
  int before = use_threads(s->threads);
  c->shape = *s;
  dnnl_data_type_t narrow = s->bfloat16 ? dnnl_bf16 : dnnl_f32;
  dnnl_data_type_t in_type = s->kind == RG_DNNL_BACKWARD_DATA ? dnnl_f32 : narrow;
  dnnl_data_type_t out_type = s->kind == RG_DNNL_FORWARD && s->wide ? dnnl_f32 : narrow;
  dnnl_data_type_t weight_type = s->kind == RG_DNNL_BACKWARD_WEIGHTS ? dnnl_f32 : narrow;
  dnnl_dims_t w = {s->out_channels, s->in_channels, s->kernel_height, s->kernel_width};
  dnnl_dims_t b = {s->out_channels};
  DO(nhwc(&c->input, s->batch, s->in_channels, s->in_height, s->in_width, s->in_stride, in_type));
  DO(nhwc(&c->output, s->batch, s->out_channels, s->out_height, s->out_width, s->out_stride,
          out_type));
  DO(tagged(&c->weights_oihw, 4, w, dnnl_f32, dnnl_abcd));
  DO(tagged(&any, 4, w, weight_type, dnnl_format_tag_any));
  DO(nhwc(&forward_in, s->batch, s->in_channels, s->in_height, s->in_width, s->in_stride, narrow));
  DO(tagged(&forward_any, 4, w, narrow, dnnl_format_tag_any));
  DO(tagged(&c->bias, 1, b, dnnl_f32, dnnl_a));
  DO(attributes(&attr, s));
  pthread_mutex_lock(&describing);
  DO(describe(&pd, s, c->input, any, c->bias, c->output, forward_in, forward_any, attr));
  pthread_mutex_unlock(&describing);
  DO(copy_queried(&c->weights, pd,
                  s->kind == RG_DNNL_BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md
                                                      : dnnl_query_weights_md));
  DO(copy_queried(&c->scratch, pd, dnnl_query_scratchpad_md));
  DO(dnnl_primitive_create(&c->primitive, pd));
  if (status == dnnl_success) {
    const char *name = NULL;
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
    snprintf(c->implementation, sizeof c->implementation, "%s", name ? name : "");
  }
  release(&any);
  release(&forward_in);
  release(&forward_any);
  if (attr) dnnl_primitive_attr_destroy(attr);
  if (pd) dnnl_primitive_desc_destroy(pd);
  give_threads_back(before);
  if (status != dnnl_success) {
    *unsupported = means_unsupported(status);
    snprintf(error, 160, "oneDNN %s %s (status %d)", rg_dnnl_version(),
             *unsupported ? "has no code for this convolution" : "failed to make a convolution",
             (int)status);
    rg_dnnl_convolution_destroy(c);
    return NULL;
  }
  return c;
}

void rg_dnnl_convolution_destroy(rg_dnnl_convolution *c) {
  if (!c) return;
  if (c->primitive) dnnl_primitive_destroy(c->primitive);
  release(&c->input);
  release(&c->output);
  release(&c->weights);
  release(&c->weights_oihw);
  release(&c->bias);
  release(&c->scratch);
  free(c);
}

const char *rg_dnnl_convolution_implementation(const rg_dnnl_convolution *c) {
  return c->implementation;
}

size_t rg_dnnl_convolution_weight_bytes(const rg_dnnl_convolution *c) { return bytes(&c->weights); }

size_t rg_dnnl_convolution_scratch_bytes(const rg_dnnl_convolution *c) {
  return bytes(&c->scratch);
}

int rg_dnnl_convolution_same_weights(const rg_dnnl_convolution *a, const rg_dnnl_convolution *b) {
  return dnnl_memory_desc_equal(LAYOUT(a->weights), LAYOUT(b->weights));
}

int rg_dnnl_convolution_pack(const rg_dnnl_convolution *c, float *oihw, void *packed) {
  int unpack = c->shape.kind == RG_DNNL_BACKWARD_WEIGHTS;
  const layout *from = unpack ? &c->weights : &c->weights_oihw;
  const layout *to = unpack ? &c->weights_oihw : &c->weights;
  dnnl_memory_t source = NULL, target = NULL;
  dnnl_primitive_desc_t pd = NULL;
  dnnl_primitive_t reorder = NULL;
  int before = use_threads(c->shape.threads);
  dnnl_status_t status = dnnl_memory_create(&source, LAYOUT(*from), engine, unpack ? packed : oihw);
  DO(dnnl_memory_create(&target, LAYOUT(*to), engine, unpack ? oihw : packed));
  DO(dnnl_reorder_primitive_desc_create(&pd, LAYOUT(*from), engine, LAYOUT(*to), engine, NULL));
  DO(dnnl_primitive_create(&reorder, pd));
  dnnl_exec_arg_t args[2] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
  DO(dnnl_primitive_execute(reorder, stream, 2, args));
  if (reorder) dnnl_primitive_destroy(reorder);
  if (pd) dnnl_primitive_desc_destroy(pd);
  if (source) dnnl_memory_destroy(source);
  if (target) dnnl_memory_destroy(target);
  give_threads_back(before);
  return (int)status;
}

int rg_dnnl_convolution_execute(const rg_dnnl_convolution *c, void *input, void *weights,
                                float *bias, void *output, void *scratch) {
  // DNNL_ARG_... of forward, backward data, backward weights.
  static const int names[3][4] = {
      {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST},
      {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DIFF_DST},
      {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS, DNNL_ARG_DIFF_DST}};
  const int *name = names[c->shape.kind];
  dnnl_memory_t in = NULL, out = NULL, w = NULL, b = NULL, s = NULL;
  int before = use_threads(c->shape.threads);
  dnnl_status_t status = dnnl_memory_create(&in, LAYOUT(c->input), engine, input);
  DO(dnnl_memory_create(&w, LAYOUT(c->weights), engine, weights));
  DO(dnnl_memory_create(&b, LAYOUT(c->bias), engine, bias ? (void *)bias : DNNL_MEMORY_NONE));
  DO(dnnl_memory_create(&out, LAYOUT(c->output), engine, output));
  DO(dnnl_memory_create(&s, LAYOUT(c->scratch), engine, scratch));
  // The bias comes last, as it may be missing.
  dnnl_exec_arg_t args[5] = {
      {name[0], in}, {name[1], w}, {name[3], out}, {DNNL_ARG_SCRATCHPAD, s}, {name[2], b}};
  DO(dnnl_primitive_execute(c->primitive, stream, c->shape.bias && bias ? 5 : 4, args));
  if (in) dnnl_memory_destroy(in);
  if (out) dnnl_memory_destroy(out);
  if (w) dnnl_memory_destroy(w);
  if (b) dnnl_memory_destroy(b);
  if (s) dnnl_memory_destroy(s);
  give_threads_back(before);
  return (int)status;
}

#endif
