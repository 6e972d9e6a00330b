#ifndef RG_CPNG_H
#define RG_CPNG_H

#include <stddef.h>
#include <stdint.h>

// The thinnest shim over libpng that keeps its setjmp/longjmp inside C. Every function returns an
// rg_png_status and leaves a line of text in `message` when that is not RG_PNG_OK. Without the
// package trait PNG all of them return RG_PNG_UNAVAILABLE.

enum { RG_PNG_MESSAGE_LENGTH = 256 };

typedef enum {
  RG_PNG_OK = 0,
  RG_PNG_UNAVAILABLE,  // built without libpng
  RG_PNG_TRUNCATED,    // the data ends before the image does
  RG_PNG_CORRUPT,      // libpng's error
  RG_PNG_TOO_LARGE,    // more pixels than allowed
  RG_PNG_NO_MEMORY,
} rg_png_status;

/// What IHDR says.
typedef struct {
  int width, height;  // pixels
  int depth;          // bits a sample: 1, 2, 4, 8, 16
  int is_palette, has_color, has_alpha;
} rg_png_header;

/// Whether libpng is in this build.
int rg_png_is_available(void);

/// The library in use, e.g. "1.6.39"; NULL in a build without it.
const char *rg_png_version(void);

/// Reads IHDR and the chunks up to the pixels.
rg_png_status rg_png_read_header(const uint8_t *data, size_t size, rg_png_header *header,
                                 char *message);

/// Decodes to `header.width * header.height * 3` bytes of RGB: grey is spread, a palette looked up,
/// alpha dropped, of 16 bits the upper 8 are taken, gAMA and iCCP are left alone. `header` is what
/// rg_png_read_header gave for the same data. The end mark may be missing.
rg_png_status rg_png_decode_rgb(const uint8_t *data, size_t size, rg_png_header header,
                                uint8_t *pixels, char *message);

/// What PNG files say of their orientation in.
typedef enum {
  RG_PNG_EXIF,      // eXIf: a TIFF header
  RG_PNG_RAW_EXIF,  // text "Raw profile type exif": the same in hexadecimal
  RG_PNG_XMP,       // text "XML:com.adobe.xmp"
} rg_png_metadata_kind;

typedef void (*rg_png_found)(void *context, rg_png_metadata_kind kind, const uint8_t *bytes,
                             size_t count);

/// Calls `found` for each of them, before the pixels and behind them, texts in the file's order; up
/// to damage, if there is any.
rg_png_status rg_png_read_metadata(const uint8_t *data, size_t size, void *context,
                                   rg_png_found found, char *message);

/// Encodes 8-bit RGB with libpng's defaults. `*data` is to be given to rg_png_free.
rg_png_status rg_png_encode_rgb(const uint8_t *pixels, int width, int height, uint8_t **data,
                                size_t *size, char *message);

void rg_png_free(uint8_t *data);

#endif
