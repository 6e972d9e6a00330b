#ifndef RG_CWEBP_H
#define RG_CWEBP_H

#include <stddef.h>
#include <stdint.h>

// The thinnest shim over libwebp. Every function returns an rg_webp_status and leaves a line of text in
// `message` when that is not RG_WEBP_OK. Without the package trait WebP all of them return
// RG_WEBP_UNAVAILABLE.

enum { RG_WEBP_MESSAGE_LENGTH = 160 };

typedef enum {
  RG_WEBP_OK = 0,
  RG_WEBP_UNAVAILABLE,  // built without libwebp
  RG_WEBP_TRUNCATED,    // the data ends before the image does
  RG_WEBP_CORRUPT,      // libwebp cannot read it
  RG_WEBP_TOO_LARGE,    // more pixels than allowed
  RG_WEBP_NO_MEMORY,
} rg_webp_status;

/// Whether libwebp is in this build.
int rg_webp_is_available(void);

/// The library in use, 0xMMmmpp; 0 in a build without it.
int rg_webp_version(void);

/// The size of the canvas in pixels.
rg_webp_status rg_webp_read_size(const uint8_t *data, size_t size, int *width, int *height,
                                 char *message);

/// Decodes to `width * height * 3` bytes of RGB, alpha dropped; of an animation its first frame on a
/// transparent canvas. The size is what rg_webp_read_size gave for the same data.
rg_webp_status rg_webp_decode_rgb(const uint8_t *data, size_t size, int width, int height,
                                  uint8_t *pixels, char *message);

/// The chunk `EXIF` or `XMP `, which lies within the data; NULL where there is none.
const uint8_t *rg_webp_metadata(const uint8_t *data, size_t size, const char *name, size_t *count);

#endif
