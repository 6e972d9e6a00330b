#include "CPNG.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rg_png_status fail(rg_png_status status, char *message, const char *text) {
  snprintf(message, RG_PNG_MESSAGE_LENGTH, "%s", text);
  return status;
}

void rg_png_free(uint8_t *data) { free(data); }

#ifndef REALITYGAP_PNG

int rg_png_is_available(void) { return 0; }

const char *rg_png_version(void) { return NULL; }

rg_png_status rg_png_read_header(const uint8_t *data, size_t size, rg_png_header *header,
                                 char *message) {
  (void)data, (void)size, (void)header;
  return fail(RG_PNG_UNAVAILABLE, message, "built without libpng");
}

rg_png_status rg_png_decode_rgb(const uint8_t *data, size_t size, rg_png_header header,
                                uint8_t *pixels, char *message) {
  (void)data, (void)size, (void)header, (void)pixels;
  return fail(RG_PNG_UNAVAILABLE, message, "built without libpng");
}

rg_png_status rg_png_read_metadata(const uint8_t *data, size_t size, void *context,
                                   rg_png_found found, char *message) {
  (void)data, (void)size, (void)context, (void)found;
  return fail(RG_PNG_UNAVAILABLE, message, "built without libpng");
}

rg_png_status rg_png_encode_rgb(const uint8_t *pixels, int width, int height, uint8_t **data,
                                size_t *size, char *message) {
  (void)pixels, (void)width, (void)height, (void)data, (void)size;
  return fail(RG_PNG_UNAVAILABLE, message, "built without libpng");
}

#else

#include <png.h>

enum {
  MAX_SIDE = 1000000,
  /// Deflate makes at most 1,032 bytes of one.
  MAX_BYTES_PER_BYTE = 1040,
};

/// What a file is read from or written to, and what went wrong.
typedef struct {
  const uint8_t *data;
  size_t size, at;
  uint8_t *written;
  size_t capacity;
  rg_png_status status;
  char *message;
  /// The data ended where a chunk's length and name or its checksum should be.
  int ends_between_chunks;
} state;

/// Keeps the message, with its place where a file is read, and leaves through longjmp.
static void leave(png_structp png, png_const_charp text) {
  state *s = png_get_error_ptr(png);
  if (s->status == RG_PNG_OK) {
    s->status = RG_PNG_CORRUPT;
    if (s->data) {
      snprintf(s->message, RG_PNG_MESSAGE_LENGTH, "%.160s, near byte %zu of %zu", text, s->at,
               s->size);
    } else {
      fail(s->status, s->message, text);
    }
  }
  png_longjmp(png, 1);
}

/// Warnings are of chunks that do not matter here.
static void say_nothing(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void stop(png_structp png, rg_png_status status, const char *text) {
  state *s = png_get_error_ptr(png);
  s->status = fail(status, s->message, text);
  png_error(png, text);
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  state *s = png_get_io_ptr(png);
  if (count > s->size - s->at) {
    s->ends_between_chunks = count == 8 || count == 4;
    stop(png, RG_PNG_TRUNCATED, "the data ends before the image does");
  }
  memcpy(to, s->data + s->at, count);
  s->at += count;
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  state *s = png_get_io_ptr(png);
  if (count > s->capacity - s->size) {
    const size_t capacity = 2 * s->capacity + count;
    uint8_t *const larger = realloc(s->written, capacity);
    if (!larger) stop(png, RG_PNG_NO_MEMORY, "out of memory");
    s->written = larger;
    s->capacity = capacity;
  }
  memcpy(s->written + s->size, from, count);
  s->size += count;
}

static void flush_nothing(png_structp png) { (void)png; }

/// A reader of `s`, or NULL without memory.
static png_structp make_reader(state *s, png_infop *info) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, s, leave, say_nothing);
  if (!png) return NULL;
  *info = png_create_info_struct(png);
  if (!*info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return NULL;
  }
  png_set_read_fn(png, s, read_bytes);
  png_set_user_limits(png, MAX_SIDE, MAX_SIDE);
  // A checksum that is wrong means damage, in whichever chunk.
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  // Old encoders wrote too small a window into their streams, which zlib itself reads all the same.
  png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  return png;
}

/// Up to the pixels.
static void read_info(png_structp png, png_infop info, rg_png_header *header) {
  // Nothing in the chunks that may be left out changes the pixels.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  const int type = png_get_color_type(png, info);
  header->width = (int)png_get_image_width(png, info);
  header->height = (int)png_get_image_height(png, info);
  header->depth = png_get_bit_depth(png, info);
  header->is_palette = type == PNG_COLOR_TYPE_PALETTE;
  header->has_color = (type & PNG_COLOR_MASK_COLOR) != 0;
  header->has_alpha = (type & PNG_COLOR_MASK_ALPHA) != 0;
  const uint64_t bytes = (uint64_t)png_get_rowbytes(png, info) * (uint64_t)header->height;
  if (bytes / MAX_BYTES_PER_BYTE > ((const state *)png_get_io_ptr(png))->size) {
    stop(png, RG_PNG_TOO_LARGE, "more pixels than its data can hold");
  }
}

rg_png_status rg_png_read_header(const uint8_t *data, size_t size, rg_png_header *header,
                                 char *message) {
  state s = {.data = data, .size = size, .message = message};
  png_infop info = NULL;
  png_structp png = make_reader(&s, &info);
  if (!png) return fail(RG_PNG_NO_MEMORY, message, "out of memory");
  if (!setjmp(png_jmpbuf(png))) read_info(png, info, header);
  png_destroy_read_struct(&png, &info, NULL);
  return s.status;
}

/// Every row, and what follows them; `*rows_done` as soon as no pixel can change any more.
static void decode(png_structp png, png_infop info, rg_png_header header, uint8_t *pixels,
                   volatile int *rows_done) {
  rg_png_header found;
  read_info(png, info, &found);
  if (found.width != header.width || found.height != header.height) {
    stop(png, RG_PNG_CORRUPT, "its size changed while it was read");
  }
  if (found.is_palette) png_set_palette_to_rgb(png);
  if (!found.is_palette && !found.has_color) {
    if (found.depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
  }
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t stride = (size_t)header.width * 3;
  if (png_get_rowbytes(png, info) != stride) stop(png, RG_PNG_CORRUPT, "rows of another length");
  for (int pass = 0; pass < passes; pass++) {
    for (int y = 0; y < header.height; y++) {
      png_read_row(png, pixels + (size_t)y * stride, NULL);
    }
  }
  *rows_done = 1;
  png_read_end(png, NULL);
}

rg_png_status rg_png_decode_rgb(const uint8_t *data, size_t size, rg_png_header header,
                                uint8_t *pixels, char *message) {
  state s = {.data = data, .size = size, .message = message};
  png_infop info = NULL;
  png_structp png = make_reader(&s, &info);
  if (!png) return fail(RG_PNG_NO_MEMORY, message, "out of memory");
  volatile int rows_done = 0;
  if (!setjmp(png_jmpbuf(png))) decode(png, info, header, pixels, &rows_done);
  png_destroy_read_struct(&png, &info, NULL);
  // Only the end mark can be missing then, and Pillow does not mind either.
  if (s.status == RG_PNG_TRUNCATED && s.ends_between_chunks && rows_done) return RG_PNG_OK;
  return s.status;
}

/// Which texts matter, as Pillow calls them.
static int metadata_kind(const char *key, rg_png_metadata_kind *kind) {
  if (!strcmp(key, "Raw profile type exif"))
    *kind = RG_PNG_RAW_EXIF;
  else if (!strcmp(key, "XML:com.adobe.xmp"))
    *kind = RG_PNG_XMP;
  else
    return 0;
  return 1;
}

/// Copies all chunks but the pixels, which libpng would have to decode to get behind them; what is
/// left of a chunk that was cut is dropped. Returns the number of bytes.
static size_t copy_without_pixels(const uint8_t *data, size_t size, uint8_t *copy) {
  enum { SIGNATURE = 8, AROUND = 12 };  // bytes: the file's first, and a chunk's beside its data
  if (size < SIGNATURE) return 0;
  memcpy(copy, data, SIGNATURE);
  size_t count = SIGNATURE;
  for (size_t at = SIGNATURE; size - at >= AROUND;) {
    const size_t length = AROUND + (size_t)png_get_uint_32(data + at);
    if (length > size - at) break;
    if (memcmp(data + at + 4, "IDAT", 4)) {
      memcpy(copy + count, data + at, length);
      count += length;
    }
    at += length;
  }
  return count;
}

static void tell_metadata(png_structp png, png_infop info, void *context, rg_png_found found) {
  png_bytep exif = NULL;
  png_uint_32 exif_size = 0;
  if (png_get_eXIf_1(png, info, &exif_size, &exif)) found(context, RG_PNG_EXIF, exif, exif_size);
  png_textp texts = NULL;
  int count = 0;
  png_get_text(png, info, &texts, &count);
  for (int i = 0; i < count; i++) {
    rg_png_metadata_kind kind;
    if (!metadata_kind(texts[i].key, &kind)) continue;
    const size_t length = texts[i].compression > 0 ? texts[i].itxt_length : texts[i].text_length;
    found(context, kind, (const uint8_t *)texts[i].text, length);
  }
}

rg_png_status rg_png_read_metadata(const uint8_t *data, size_t size, void *context,
                                   rg_png_found found, char *message) {
  uint8_t *const copy = malloc(size ? size : 1);
  if (!copy) return fail(RG_PNG_NO_MEMORY, message, "out of memory");
  state s = {.data = copy, .size = copy_without_pixels(data, size, copy), .message = message};
  png_infop info = NULL;
  png_structp png = make_reader(&s, &info);
  if (!png) {
    free(copy);
    return fail(RG_PNG_NO_MEMORY, message, "out of memory");
  }
  // It always ends in an error, at the latest at an IEND without pixels before it.
  if (!setjmp(png_jmpbuf(png))) png_read_info(png, info);
  tell_metadata(png, info, context, found);
  png_destroy_read_struct(&png, &info, NULL);
  free(copy);
  return RG_PNG_OK;
}

static void encode(png_structp png, png_infop info, const uint8_t *pixels, int width, int height) {
  png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (int y = 0; y < height; y++) {
    png_write_row(png, pixels + (size_t)y * (size_t)width * 3);
  }
  png_write_end(png, info);
}

rg_png_status rg_png_encode_rgb(const uint8_t *pixels, int width, int height, uint8_t **data,
                                size_t *size, char *message) {
  state *const s = calloc(1, sizeof(state));
  if (!s) return fail(RG_PNG_NO_MEMORY, message, "out of memory");
  s->message = message;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, s, leave, say_nothing);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  rg_png_status status = RG_PNG_NO_MEMORY;
  if (info) {
    png_set_write_fn(png, s, write_bytes, flush_nothing);
    png_set_user_limits(png, MAX_SIDE, MAX_SIDE);
    if (!setjmp(png_jmpbuf(png))) encode(png, info, pixels, width, height);
    status = s->status;
  } else {
    fail(status, message, "out of memory");
  }
  if (png) png_destroy_write_struct(&png, &info);
  if (status == RG_PNG_OK) {
    *data = s->written;
    *size = s->size;
  } else {
    free(s->written);
  }
  free(s);
  return status;
}

int rg_png_is_available(void) { return 1; }

const char *rg_png_version(void) { return png_get_libpng_ver(NULL); }

#endif
