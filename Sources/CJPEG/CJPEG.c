#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum {
  /// A Huffman-coded 8x8 block takes at least one bit.
  MAX_PIXELS_PER_BYTE = 512,
  MAX_SCANS = 1000,
  /// libjpeg-turbo smooths blocks, that is guesses, while one of these is not exact.
  GUESSED_COEFFICIENTS = 10,
  /// Rows that are placed together: so a turned photo's cache lines are written nearly whole.
  STRIP = 16,
};

typedef struct {
  struct jpeg_error_mgr manager;  // first, so that libjpeg's pointer is ours
  jmp_buf jump;
  rg_jpeg_status status;
  char *message;
  /// What is read, for the place of damage; NULL when encoding.
  const struct jpeg_source_mgr *source;
  size_t size;
  /// The first warning that means lost or invented pixels; empty without one.
  char damage[RG_JPEG_MESSAGE_LENGTH];
} error_state;

static rg_jpeg_status fail(rg_jpeg_status status, char *message, const char *text) {
  snprintf(message, RG_JPEG_MESSAGE_LENGTH, "%s", text);
  return status;
}

/// libjpeg's message and, where a file is read, how far the reading had come.
static void describe(j_common_ptr info, char *message) {
  const error_state *error = (const error_state *)info->err;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  if (!error->source) {
    snprintf(message, RG_JPEG_MESSAGE_LENGTH, "%.200s", text);
    return;
  }
  snprintf(message, RG_JPEG_MESSAGE_LENGTH, "%.160s, near byte %zu of %zu", text,
           error->size - error->source->bytes_in_buffer, error->size);
}

/// Keeps the message and leaves through longjmp.
static void leave(j_common_ptr info) {
  error_state *error = (error_state *)info->err;
  switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY: error->status = RG_JPEG_NO_MEMORY; break;
    case JERR_IMAGE_TOO_BIG: error->status = RG_JPEG_TOO_LARGE; break;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOT_COMPILED: error->status = RG_JPEG_UNSUPPORTED; break;
    default: error->status = RG_JPEG_CORRUPT;
  }
  describe(info, error->message);
  longjmp(error->jump, 1);
}

/// Decoding goes on after a warning, as in Pillow. Those that mean lost or invented pixels are
/// kept; harmless ones (stray bytes between markers, unknown JFIF revisions) are not, as real
/// collections are full of them.
static void warn(j_common_ptr info, int level) {
  error_state *error = (error_state *)info->err;
  if (level >= 0) return;
  info->err->num_warnings++;
  switch (info->err->msg_code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      if (!error->damage[0]) describe(info, error->damage);
      break;
    default: break;
  }
}

static void say_nothing(j_common_ptr info) { (void)info; }

static void error_start(error_state *error, char *message) {
  *error = (error_state){.status = RG_JPEG_OK, .message = message};
  jpeg_std_error(&error->manager);
  error->manager.error_exit = leave;
  error->manager.emit_message = warn;
  error->manager.output_message = say_nothing;
  message[0] = 0;
}

// A source of all the data at once that suspends at its end (as Pillow's does), so that a
// truncated file is noticed instead of being filled up with grey.

static void source_nothing(j_decompress_ptr info) { (void)info; }

static boolean source_suspend(j_decompress_ptr info) {
  (void)info;
  return FALSE;
}

static void source_skip(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  const size_t step =
      (size_t)count < source->bytes_in_buffer ? (size_t)count : source->bytes_in_buffer;
  source->next_input_byte += step;
  source->bytes_in_buffer -= step;
}

static void source_start(j_decompress_ptr info, struct jpeg_source_mgr *source, const uint8_t *data,
                         size_t size) {
  error_state *error = (error_state *)info->err;
  error->source = source;
  error->size = size;
  source->init_source = source_nothing;
  source->fill_input_buffer = source_suspend;
  source->skip_input_data = source_skip;
  source->resync_to_restart = jpeg_resync_to_restart;
  source->term_source = source_nothing;
  source->next_input_byte = data;
  source->bytes_in_buffer = size;
  info->src = source;
}

/// What libjpeg calls while it reads scans.
typedef struct {
  struct jpeg_progress_mgr manager;  // first, so that libjpeg's pointer is ours
  /// A bit for each component that a scan held.
  unsigned seen;
} scan_state;

/// Ends files whose scans cost far more time than their bytes suggest, and notes what they hold.
static void watch_scans(j_common_ptr common) {
  j_decompress_ptr info = (j_decompress_ptr)common;
  scan_state *scans = (scan_state *)info->progress;
  for (int i = 0; i < info->comps_in_scan; i++) {
    scans->seen |= 1u << info->cur_comp_info[i]->component_index;
  }
  if (info->input_scan_number > MAX_SCANS) {
    error_state *error = (error_state *)info->err;
    error->status = fail(RG_JPEG_CORRUPT, error->message, "more than 1000 scans");
    longjmp(error->jump, 1);
  }
}

/// Looks for scans that never came, once those that did are read. Coefficients that libjpeg would
/// guess from their neighbours are an error, since its versions do that differently; where missing
/// ones are zero in all of them, `damage` says so.
static rg_jpeg_status check_scans(j_decompress_ptr info, char *damage, char *message) {
  const scan_state *scans = (const scan_state *)info->progress;
  int first = DCTSIZE2, missing = 0;
  for (int c = 0; c < info->num_components; c++) {
    for (int k = 0; info->coef_bits && k < DCTSIZE2; k++) {
      if (info->coef_bits[c][k] == 0) continue;
      missing++;
      if (k < first) first = k;
    }
  }
  if (first < GUESSED_COEFFICIENTS) {
    snprintf(message, RG_JPEG_MESSAGE_LENGTH,
             "it ends after scan %d, with %d of %d coefficients inexact", info->input_scan_number,
             missing, info->num_components * DCTSIZE2);
    return RG_JPEG_INCOMPLETE;
  }
  const unsigned all = (1u << info->num_components) - 1;
  const int lacks_component = scans->seen != 0 && scans->seen != all;
  if ((missing || lacks_component) && !damage[0]) {
    snprintf(damage, RG_JPEG_MESSAGE_LENGTH, "its last scans are missing");
  }
  return RG_JPEG_OK;
}

/// Up to the first scan; tables-only streams in front are skipped.
static rg_jpeg_status open_image(j_decompress_ptr info, char *message) {
  int result;
  do {
    result = jpeg_read_header(info, FALSE);
  } while (result == JPEG_HEADER_TABLES_ONLY);
  return result == JPEG_HEADER_OK
             ? RG_JPEG_OK
             : fail(RG_JPEG_TRUNCATED, message, "the data ends inside its header");
}

rg_jpeg_status rg_jpeg_read_header(const uint8_t *data, size_t size, rg_jpeg_header *header,
                                   char *message) {
  struct jpeg_decompress_struct info;
  struct jpeg_source_mgr source;
  error_state error;
  info.err = &error.manager;
  error_start(&error, message);
  if (setjmp(error.jump)) {
    jpeg_destroy_decompress(&info);
    return error.status;
  }
  jpeg_create_decompress(&info);
  source_start(&info, &source, data, size);
  rg_jpeg_status status = open_image(&info, message);
  if (status == RG_JPEG_OK) {
    header->width = (int)info.image_width;
    header->height = (int)info.image_height;
    header->components = info.num_components;
    const uint64_t pixels = (uint64_t)info.image_width * info.image_height;
    if (header->components != 1 && header->components != 3 && header->components != 4) {
      snprintf(message, RG_JPEG_MESSAGE_LENGTH, "%d components: neither grey, colour nor CMYK",
               header->components);
      status = RG_JPEG_UNSUPPORTED;
    } else if (!info.arith_code && pixels / MAX_PIXELS_PER_BYTE > size) {
      status = fail(RG_JPEG_TOO_LARGE, message, "more pixels than its data can hold");
    }
  }
  jpeg_destroy_decompress(&info);
  return status;
}

/// One row of (inverted, as Adobe writes it) CMYK, as Pillow turns it into RGB.
static void rgb_from_cmyk(const uint8_t *cmyk, uint8_t *rgb, int width) {
  for (int x = 0; x < width; x++, cmyk += 4, rgb += 3) {
    const int light = cmyk[3];
    for (int c = 0; c < 3; c++) {
      const int product = (255 - cmyk[c]) * light + 128;
      const int value = light - (((product >> 8) + product) >> 8);
      rgb[c] = (uint8_t)(value < 0 ? 0 : value);
    }
  }
}

/// `rows` rows of RGB from `strip` to the places of rows `first` and on.
static void place(const uint8_t *strip, int width, int first, int rows, rg_jpeg_placement placement,
                  uint8_t *pixels) {
  const size_t stride = (size_t)width * 3;
  for (int x = 0; x < width; x++) {
    const uint8_t *from = strip + (size_t)x * 3;
    uint8_t *to =
        pixels + (placement.start + first * placement.row_step + x * placement.column_step) * 3;
    for (int y = 0; y < rows; y++, from += stride, to += placement.row_step * 3)
      memcpy(to, from, 3);
  }
}

/// As the jump may come from anywhere below, what outlives it is set before the first call.
/// `row` has room for a row of 4 components and behind it for STRIP rows of RGB.
static rg_jpeg_status decode(j_decompress_ptr info, rg_jpeg_header header,
                             rg_jpeg_placement placement, uint8_t *pixels, uint8_t *row,
                             char *message) {
  rg_jpeg_status status = open_image(info, message);
  if (status != RG_JPEG_OK) return status;
  if ((int)info->image_width != header.width || (int)info->image_height != header.height ||
      info->num_components != header.components) {
    return fail(RG_JPEG_CORRUPT, message, "its size changed while it was read");
  }
  info->out_color_space = header.components == 1   ? JCS_GRAYSCALE
                          : header.components == 4 ? JCS_CMYK
                                                   : JCS_RGB;
  if (!jpeg_start_decompress(info)) {
    return fail(RG_JPEG_TRUNCATED, message, "the data ends before the image does");
  }
  status = check_scans(info, ((error_state *)info->err)->damage, message);
  if (status != RG_JPEG_OK) return status;
  const size_t stride = (size_t)header.width * 3;
  uint8_t *const strip = row + (size_t)header.width * 4;
  const int in_rows = placement.column_step == 1;
  for (int y = 0; y < header.height; y++) {
    uint8_t *to = in_rows ? pixels + (placement.start + y * placement.row_step) * 3
                          : strip + (y % STRIP) * stride;
    JSAMPROW rows[1] = {header.components == 3 ? to : row};
    if (jpeg_read_scanlines(info, rows, 1) != 1) {
      snprintf(message, RG_JPEG_MESSAGE_LENGTH, "the data ends at row %d of %d", y, header.height);
      return RG_JPEG_TRUNCATED;
    }
    if (header.components == 4) {
      rgb_from_cmyk(row, to, header.width);
    } else if (header.components == 1) {
      for (int x = 0; x < header.width; x++) memset(to + (size_t)x * 3, row[x], 3);
    }
    const int filled = y % STRIP + 1;
    if (!in_rows && (filled == STRIP || y + 1 == header.height)) {
      place(strip, header.width, y + 1 - filled, filled, placement, pixels);
    }
  }
  // Only the end marker can be missing now, and Pillow does not mind either. A multi-scan image has
  // been read to its end; the rest of a baseline file holds no pixels.
  jpeg_finish_decompress(info);
  return RG_JPEG_OK;
}

rg_jpeg_status rg_jpeg_decode_rgb(const uint8_t *data, size_t size, rg_jpeg_header header,
                                  rg_jpeg_placement placement, uint8_t *pixels, char *message) {
  struct jpeg_decompress_struct info;
  struct jpeg_source_mgr source;
  scan_state scans = {.manager = {.progress_monitor = watch_scans}};
  error_state error;
  info.err = &error.manager;
  error_start(&error, message);
  uint8_t *const row = malloc((size_t)header.width * (4 + 3 * STRIP));
  if (!row) return fail(RG_JPEG_NO_MEMORY, message, "out of memory");
  if (setjmp(error.jump)) {
    jpeg_destroy_decompress(&info);
    free(row);
    return error.status;
  }
  jpeg_create_decompress(&info);
  info.progress = &scans.manager;
  source_start(&info, &source, data, size);
  const rg_jpeg_status status = decode(&info, header, placement, pixels, row, message);
  if (status == RG_JPEG_OK) fail(status, message, error.damage);
  jpeg_destroy_decompress(&info);
  free(row);
  return status;
}

/// What libjpeg's memory destination writes to; on the heap, as it changes after setjmp.
typedef struct {
  unsigned char *data;
  unsigned long size;
} destination;

rg_jpeg_status rg_jpeg_encode_rgb(const uint8_t *pixels, int width, int height, int quality,
                                  int horizontal_sampling, int vertical_sampling, uint8_t **data,
                                  size_t *size, char *message) {
  struct jpeg_compress_struct info;
  error_state error;
  info.err = &error.manager;
  error_start(&error, message);
  if (width < 1 || height < 1 || width > JPEG_MAX_DIMENSION || height > JPEG_MAX_DIMENSION) {
    return fail(RG_JPEG_TOO_LARGE, message, "JPEG sides have 1 to 65500 pixels");
  }
  destination *const out = calloc(1, sizeof(destination));
  if (!out) return fail(RG_JPEG_NO_MEMORY, message, "out of memory");
  if (setjmp(error.jump)) {
    // Not out->data: libjpeg may have replaced that buffer without saying so yet. Only running out
    // of memory leads here with a buffer, the sides having been checked.
    jpeg_destroy_compress(&info);
    free(out);
    return error.status;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &out->data, &out->size);
  info.image_width = (JDIMENSION)width;
  info.image_height = (JDIMENSION)height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  info.comp_info[0].h_samp_factor = horizontal_sampling;
  info.comp_info[0].v_samp_factor = vertical_sampling;
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW rows[1] = {(JSAMPROW)(pixels + (size_t)info.next_scanline * (size_t)width * 3)};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *data = out->data;
  *size = out->size;
  free(out);
  return RG_JPEG_OK;
}

void rg_jpeg_free(uint8_t *data) { free(data); }

#define QUOTED_(value) #value
#define QUOTED(value) QUOTED_(value)

const char *rg_jpeg_library(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "libjpeg-turbo " QUOTED(LIBJPEG_TURBO_VERSION);
#else
  return "libjpeg " QUOTED(JPEG_LIB_VERSION);
#endif
}
