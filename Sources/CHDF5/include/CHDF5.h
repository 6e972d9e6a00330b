#ifndef RG_CHDF5_H
#define RG_CHDF5_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

/* What Swift cannot see of HDF5: types and property classes that are macros with a call inside,
   and functions whose signature changed between 1.10, 1.12, 1.14 and 2.0.
   None of these takes a lock; the caller makes one call at a time. */

/* Element types in memory and on disk. */
typedef enum {
  RG_HDF5_FLOAT32,
  RG_HDF5_FLOAT64,
  RG_HDF5_INT64,
} rg_hdf5_number;

/* A native type in memory, not to be closed. */
hid_t rg_hdf5_native(rg_hdf5_number type);
/* The little-endian type on disk, not to be closed. */
hid_t rg_hdf5_little_endian(rg_hdf5_number type);
/* A new variable-length UTF-8 string type, to be closed; negative when it fails. */
hid_t rg_hdf5_make_string(void);

/* Opens the library and stops it from printing its errors; to be called before all else here, and
   again on each thread (the setting belongs to the thread where the library is thread-safe). */
herr_t rg_hdf5_start(void);

/* The messages of the last failed call, one a line, from where it failed first, e.g. "truncated file:
   eof = …", to the call itself; an empty text when there are none. The next call of the library, even
   one that closes, clears them. */
void rg_hdf5_errors(char *text, size_t capacity);

/* Gives an identifier of any kind back, and leaves the message of the last failure alone. */
void rg_hdf5_release(hid_t identifier);

/* Opens for reading, without file locks where the library lets us choose. */
hid_t rg_hdf5_open(const char *path);
/* A file that is being made in memory. */
typedef struct {
  void *memory;
  size_t size;
} rg_hdf5_image;

/* Creates a file in memory alone, whose root remembers the order in which links are made. `name`
   must differ from that of any other such file that is open; `image` must outlive the file. */
hid_t rg_hdf5_create(const char *name, rg_hdf5_image *image);
/* Flushes and closes the file and sets the image's size; negative when it fails. In either case the
   caller frees `image->memory`. */
herr_t rg_hdf5_finish(hid_t file, rg_hdf5_image *image);
/* Creates a contiguous dataset and the groups on its way. */
hid_t rg_hdf5_create_dataset(hid_t file, const char *name, hid_t type, hid_t space);
/* A new space of the given extents; of a single element when `rank` is 0. */
hid_t rg_hdf5_make_space(int rank, const hsize_t *extents);
/* Reads or writes a whole dataset, converting from or to the type in memory. */
herr_t rg_hdf5_read(hid_t dataset, hid_t type, void *memory);
herr_t rg_hdf5_write(hid_t dataset, hid_t type, const void *memory);
/* Reads the elements selected in `in_file` to the places selected in `in_memory`. */
herr_t rg_hdf5_read_part(hid_t dataset, hid_t type, hid_t in_memory, hid_t in_file, void *memory);
/* How many chunks of a chunked dataset were never written, and how many it has; negative when that
   cannot be found out. (Before HDF5 1.10.5: all or none.) */
int64_t rg_hdf5_missing_chunks(hid_t dataset, int64_t *total);
/* The number of the filter at a position of a creation property list, and the name that the file
   gives it, which may be empty; negative when it fails. */
int rg_hdf5_get_filter(hid_t creation, unsigned position, char *name, size_t capacity);

/* Opens a dataset or group of the same file. */
hid_t rg_hdf5_open_object(hid_t file, const char *name);
/* Whether it was not opened since the name leads to another file. */
int rg_hdf5_was_elsewhere(void);
/* How many links a group has; negative when it fails. */
int64_t rg_hdf5_link_count(hid_t group);
/* Writes the name of the group's link at a position, in order of creation where that was
   remembered, else by name. Returns the name's length (which may exceed what fits), negative when
   it fails. */
ssize_t rg_hdf5_link_name(hid_t group, int64_t position, char *text, size_t capacity);
/* 1 for a hard link, 0 for a soft or external one, negative when it fails. */
int rg_hdf5_is_hard_link(hid_t group, const char *name);
/* Writes where a soft or external link leads: "/path" or "file:/path". Returns the text's length
   (which may exceed what fits), negative when it fails. */
int rg_hdf5_link_target(hid_t group, const char *name, char *text, size_t capacity);

/* How many attributes an object has; negative when it fails. */
int64_t rg_hdf5_attribute_count(hid_t object);
/* Opens the attribute at a position in the order of names. */
hid_t rg_hdf5_open_attribute(hid_t object, int64_t position);
/* Creates an attribute, in place of one of that name. */
hid_t rg_hdf5_create_attribute(hid_t object, const char *name, hid_t type, hid_t space);
/* Frees what a read of variable-length strings allocated. */
herr_t rg_hdf5_reclaim(hid_t type, hid_t space, void *memory);

#endif
