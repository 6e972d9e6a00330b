#ifndef RG_CJPEG_H
#define RG_CJPEG_H

#include <stddef.h>
#include <stdint.h>

// The thinnest shim over libjpeg that keeps its setjmp/longjmp inside C. Every function returns an
// rg_jpeg_status and leaves a line of text in `message` when that is not RG_JPEG_OK.

enum { RG_JPEG_MESSAGE_LENGTH = 256 };

typedef enum {
  RG_JPEG_OK = 0,
  RG_JPEG_TRUNCATED,    // the data ends before the image does
  RG_JPEG_CORRUPT,      // libjpeg's error
  RG_JPEG_INCOMPLETE,   // scans are missing, and libjpeg would guess what they held
  RG_JPEG_UNSUPPORTED,  // a kind of JPEG that this libjpeg does not read
  RG_JPEG_TOO_LARGE,    // more pixels than allowed, or than the data could possibly hold
  RG_JPEG_NO_MEMORY,
} rg_jpeg_status;

/// What the frame header says.
typedef struct {
  int width, height;  // pixels
  int components;     // 1 grey, 3 colour, 4 CMYK
} rg_jpeg_header;

/// Reads the markers up to the first scan.
rg_jpeg_status rg_jpeg_read_header(const uint8_t *data, size_t size, rg_jpeg_header *header,
                                   char *message);

/// Where the pixel of row y and column x goes: `start + y * row_step + x * column_step`, in pixels.
/// So a photo that lies on its side is turned while it is decoded, and never held twice.
typedef struct {
  ptrdiff_t start, row_step, column_step;
} rg_jpeg_placement;

/// Decodes to `header.width * header.height * 3` bytes of RGB, as Pillow's convert("RGB") does;
/// `header` is what rg_jpeg_read_header gave for the same data. `placement` must send every pixel
/// to a place of its own within them. With RG_JPEG_OK, a `message` that is not empty says what of
/// the data is damaged; the pixels are what libjpeg makes of it, as in Pillow.
rg_jpeg_status rg_jpeg_decode_rgb(const uint8_t *data, size_t size, rg_jpeg_header header,
                                  rg_jpeg_placement placement, uint8_t *pixels, char *message);

/// Encodes baseline JPEG with libjpeg's defaults; the luma sampling factors are those of one
/// chroma sample (2, 2 for 4:2:0). `*data` is to be given to rg_jpeg_free.
rg_jpeg_status rg_jpeg_encode_rgb(const uint8_t *pixels, int width, int height, int quality,
                                  int horizontal_sampling, int vertical_sampling, uint8_t **data,
                                  size_t *size, char *message);

void rg_jpeg_free(uint8_t *data);

/// The library's name and version, as of the headers that this was compiled with.
const char *rg_jpeg_library(void);

#endif
