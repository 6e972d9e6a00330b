#include "CHDF5.h"

#include "lzf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hid_t rg_hdf5_native(rg_hdf5_number type) {
  return type == RG_HDF5_INT64     ? H5T_NATIVE_INT64
         : type == RG_HDF5_FLOAT64 ? H5T_NATIVE_DOUBLE
                                   : H5T_NATIVE_FLOAT;
}

hid_t rg_hdf5_little_endian(rg_hdf5_number type) {
  return type == RG_HDF5_INT64     ? H5T_STD_I64LE
         : type == RG_HDF5_FLOAT64 ? H5T_IEEE_F64LE
                                   : H5T_IEEE_F32LE;
}

hid_t rg_hdf5_make_string(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

/* Property lists that every call shares: made once, since closing one after a failed call would
   clear the error that the caller wants to read. */
static hid_t reading = -1, creating = -1, linking = -1, in_memory = -1, timeless = -1, staying = -1;

/* Whether the last object that was opened is in another file. */
static int elsewhere;

static herr_t stay(const char *file, const char *group, const char *other, const char *object,
                   unsigned *flags, hid_t access, void *context) {
  (void)file, (void)group, (void)other, (void)object, (void)flags, (void)access, (void)context;
  elsewhere = 1;
  return -1;
}

herr_t rg_hdf5_start(void) {
  /* Before anything else. Who opens a file closes it; what the library does at the end of the process may loop after
     a call that failed, and say so on standard error. */
  H5dont_atexit();
  herr_t status = H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  if (status < 0 || linking >= 0) return status;
  const unsigned ordered = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  reading = H5Pcreate(H5P_FILE_ACCESS);
  creating = H5Pcreate(H5P_FILE_CREATE);
  in_memory = H5Pcreate(H5P_FILE_ACCESS);
  timeless = H5Pcreate(H5P_DATASET_CREATE);
  linking = H5Pcreate(H5P_LINK_CREATE);
  staying = H5Pcreate(H5P_LINK_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(reading, 0, 1);
#endif
  /* No times of creation: the same content gives the same bytes, and so the same SHA-256. */
  if (H5Pset_obj_track_times(timeless, 0) < 0 || H5Pset_obj_track_times(creating, 0) < 0) return -1;
  if (H5Pset_fapl_core(in_memory, 1 << 18, 0) < 0) return -1;
  if (H5Pset_link_creation_order(creating, ordered) < 0) return -1;
  if (H5Pset_elink_cb(staying, stay, NULL) < 0) return -1;
  if (H5Zregister(&rg_lzf_filter) < 0) return -1;
  return H5Pset_create_intermediate_group(linking, 1);
}

typedef struct {
  char *text;
  size_t capacity, length;
} error_text;

static herr_t append_message(unsigned depth, const H5E_error2_t *error, void *context) {
  (void)depth;
  error_text *kept = context;
  size_t length = error->desc ? strlen(error->desc) : 0;
  if (length == 0 || length + 1 >= kept->capacity - kept->length) return 0;
  memcpy(kept->text + kept->length, error->desc, length);
  kept->length += length;
  kept->text[kept->length++] = '\n';
  kept->text[kept->length] = 0;
  return 0;
}

void rg_hdf5_errors(char *text, size_t capacity) {
  if (capacity == 0) return;
  text[0] = 0;
  error_text kept = {text, capacity, 0};
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, append_message, &kept);
}

void rg_hdf5_release(hid_t identifier) {
  hid_t errors = H5Eget_current_stack();
  H5Idec_ref(identifier);
  H5Eset_current_stack(errors);
}

hid_t rg_hdf5_open(const char *path) { return H5Fopen(path, H5F_ACC_RDONLY, reading); }

/* What the library keeps a file in is ours, so that it need not be copied to be written out. */
static void *image_allocate(size_t size, H5FD_file_image_op_t operation, void *context) {
  (void)operation;
  rg_hdf5_image *image = context;
  return image->memory = malloc(size);
}

static void *image_resize(void *memory, size_t size, H5FD_file_image_op_t operation,
                          void *context) {
  (void)operation;
  rg_hdf5_image *image = context;
  void *larger = realloc(memory, size);
  if (larger) image->memory = larger;
  return larger;
}

static herr_t image_keep(void *memory, H5FD_file_image_op_t operation, void *context) {
  (void)memory, (void)operation, (void)context;
  return 0;
}

static void *context_share(void *context) { return context; }
static herr_t context_keep(void *context) {
  (void)context;
  return 0;
}

hid_t rg_hdf5_create(const char *name, rg_hdf5_image *image) {
  /* NULL: the library copies with memcpy. */
  H5FD_file_image_callbacks_t callbacks = {image_allocate, NULL,         image_resize, image_keep,
                                           context_share,  context_keep, image};
  if (H5Pset_file_image_callbacks(in_memory, &callbacks) < 0) return -1;
  return H5Fcreate(name, H5F_ACC_EXCL, creating, in_memory);
}

herr_t rg_hdf5_finish(hid_t file, rg_hdf5_image *image) {
  /* A flush gives back what was set aside beyond the last byte in use. */
  ssize_t size = H5Fflush(file, H5F_SCOPE_LOCAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
  image->size = size < 0 ? 0 : (size_t)size;
  herr_t closed = H5Fclose(file);
  return size < 0 ? -1 : closed;
}

hid_t rg_hdf5_create_dataset(hid_t file, const char *name, hid_t type, hid_t space) {
  return H5Dcreate2(file, name, type, space, linking, timeless, H5P_DEFAULT);
}

hid_t rg_hdf5_make_space(int rank, const hsize_t *extents) {
  return rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, extents, NULL);
}

herr_t rg_hdf5_read(hid_t dataset, hid_t type, void *memory) {
  return H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory);
}

herr_t rg_hdf5_write(hid_t dataset, hid_t type, const void *memory) {
  return H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory);
}

herr_t rg_hdf5_read_part(hid_t dataset, hid_t type, hid_t in_memory, hid_t in_file, void *memory) {
  return H5Dread(dataset, type, in_memory, in_file, H5P_DEFAULT, memory);
}

/* How many chunks the extents of a space take; negative when it fails. */
static int64_t chunk_count(hid_t dataset, hid_t space) {
  hsize_t extents[H5S_MAX_RANK], chunk[H5S_MAX_RANK];
  int rank = H5Sget_simple_extent_dims(space, extents, NULL);
  hid_t creation = H5Dget_create_plist(dataset);
  if (creation < 0) return -1;
  int chunk_rank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
  H5Pclose(creation);
  if (rank < 0 || chunk_rank != rank) return -1;
  int64_t count = 1;
  for (int axis = 0; axis < rank; axis++) {
    hsize_t along = extents[axis] / chunk[axis] + (extents[axis] % chunk[axis] != 0);
    if (__builtin_mul_overflow(count, along, &count)) return -1;
  }
  return count;
}

/* How many chunks were written; negative when it fails. */
static int64_t written_count(hid_t dataset, hid_t space, int64_t total) {
#if H5_VERSION_GE(1, 10, 5)
  (void)total;
  hsize_t written = 0;
  /* HDF5 1.10.8 takes no H5S_ALL here. */
  return H5Dget_num_chunks(dataset, space, &written) < 0 ? -1 : (int64_t)written;
#else
  (void)space;
  H5D_space_status_t status;
  if (H5Dget_space_status(dataset, &status) < 0) return -1;
  return status == H5D_SPACE_STATUS_NOT_ALLOCATED ? 0 : total;
#endif
}

int64_t rg_hdf5_missing_chunks(hid_t dataset, int64_t *total) {
  hid_t space = H5Dget_space(dataset);
  if (space < 0) return -1;
  *total = chunk_count(dataset, space);
  int64_t written = *total < 0 ? -1 : written_count(dataset, space, *total);
  rg_hdf5_release(space);
  if (written < 0) return -1;
  return written < *total ? *total - written : 0;
}

int rg_hdf5_get_filter(hid_t creation, unsigned position, char *name, size_t capacity) {
  unsigned flags = 0, configuration = 0;
  size_t parameters = 0;
  return H5Pget_filter2(creation, position, &flags, &parameters, NULL, capacity, name,
                        &configuration);
}

hid_t rg_hdf5_open_object(hid_t file, const char *name) {
  elsewhere = 0;
  return H5Oopen(file, name, staying);
}

int rg_hdf5_was_elsewhere(void) { return elsewhere; }

int64_t rg_hdf5_link_count(hid_t group) {
  H5G_info_t info;
  return H5Gget_info(group, &info) < 0 ? -1 : (int64_t)info.nlinks;
}

static int remembers_order(hid_t group) {
  unsigned flags = 0;
  hid_t creation = H5Gget_create_plist(group);
  if (creation < 0) return 0;
  herr_t status = H5Pget_link_creation_order(creation, &flags);
  H5Pclose(creation);
  return status >= 0 && (flags & H5P_CRT_ORDER_INDEXED) != 0;
}

ssize_t rg_hdf5_link_name(hid_t group, int64_t position, char *text, size_t capacity) {
  H5_index_t index = remembers_order(group) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  return H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, (hsize_t)position, text, capacity,
                            H5P_DEFAULT);
}

/* The type of a link, and the size of its value; negative when it fails. */
static int link_type(hid_t group, const char *name, size_t *size) {
#if H5_VERSION_GE(1, 12, 0)
  H5L_info2_t info;
  if (H5Lget_info2(group, name, &info, H5P_DEFAULT) < 0) return -1;
#else
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
#endif
  *size = info.type == H5L_TYPE_HARD ? 0 : info.u.val_size;
  return info.type;
}

int rg_hdf5_is_hard_link(hid_t group, const char *name) {
  size_t size;
  int type = link_type(group, name, &size);
  return type < 0 ? -1 : type == H5L_TYPE_HARD;
}

static int print_target(int type, const char *value, size_t size, char *text, size_t capacity) {
  const char *file, *object;
  if (type == H5L_TYPE_SOFT) return snprintf(text, capacity, "%.*s", (int)size, value);
  if (type != H5L_TYPE_EXTERNAL) return -1;
  if (H5Lunpack_elink_val(value, size, NULL, &file, &object) < 0) return -1;
  return snprintf(text, capacity, "%s:%s", file, object);
}

int rg_hdf5_link_target(hid_t group, const char *name, char *text, size_t capacity) {
  size_t size;
  int type = link_type(group, name, &size);
  char *value = type < 0 ? NULL : malloc(size + 1);
  if (!value) return -1;
  int length = -1;
  if (H5Lget_val(group, name, value, size, H5P_DEFAULT) >= 0) {
    value[size] = 0;
    length = print_target(type, value, size, text, capacity);
  }
  free(value);
  return length;
}

int64_t rg_hdf5_attribute_count(hid_t object) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info3(object, &info, H5O_INFO_NUM_ATTRS) < 0) return -1;
#else
  H5O_info_t info;
  if (H5Oget_info(object, &info) < 0) return -1;
#endif
  return (int64_t)info.num_attrs;
}

hid_t rg_hdf5_open_attribute(hid_t object, int64_t position) {
  return H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, (hsize_t)position, H5P_DEFAULT,
                        H5P_DEFAULT);
}

hid_t rg_hdf5_create_attribute(hid_t object, const char *name, hid_t type, hid_t space) {
  if (H5Aexists(object, name) > 0 && H5Adelete(object, name) < 0) return -1;
  return H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
}

herr_t rg_hdf5_reclaim(hid_t type, hid_t space, void *memory) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, memory);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, memory);
#endif
}
