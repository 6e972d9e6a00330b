#include "CWebP.h"

#include <stdio.h>

static rg_webp_status fail(rg_webp_status status, char *message, const char *text) {
  snprintf(message, RG_WEBP_MESSAGE_LENGTH, "%s", text);
  return status;
}

#ifndef REALITYGAP_WEBP

int rg_webp_is_available(void) { return 0; }

int rg_webp_version(void) { return 0; }

rg_webp_status rg_webp_read_size(const uint8_t *data, size_t size, int *width, int *height,
                                 char *message) {
  (void)data, (void)size, (void)width, (void)height;
  return fail(RG_WEBP_UNAVAILABLE, message, "built without libwebp");
}

rg_webp_status rg_webp_decode_rgb(const uint8_t *data, size_t size, int width, int height,
                                  uint8_t *pixels, char *message) {
  (void)data, (void)size, (void)width, (void)height, (void)pixels;
  return fail(RG_WEBP_UNAVAILABLE, message, "built without libwebp");
}

const uint8_t *rg_webp_metadata(const uint8_t *data, size_t size, const char *name, size_t *count) {
  (void)data, (void)size, (void)name, (void)count;
  return NULL;
}

#else

#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

/// Whether the file says that it is longer than the data.
static int is_cut(const uint8_t *data, size_t size) {
  if (size < 8) return 1;
  const uint64_t rest = (uint64_t)data[4] | (uint64_t)data[5] << 8 | (uint64_t)data[6] << 16 |
                        (uint64_t)data[7] << 24;
  return rest + 8 > size;
}

static rg_webp_status explained(VP8StatusCode code, const uint8_t *data, size_t size,
                                char *message) {
  if (code == VP8_STATUS_OUT_OF_MEMORY) return fail(RG_WEBP_NO_MEMORY, message, "out of memory");
  if (code == VP8_STATUS_NOT_ENOUGH_DATA || is_cut(data, size))
    return fail(RG_WEBP_TRUNCATED, message, "the data ends before the image does");
  return fail(RG_WEBP_CORRUPT, message, "libwebp cannot read its data");
}

static rg_webp_status read_features(const uint8_t *data, size_t size,
                                    WebPBitstreamFeatures *features, char *message) {
  // Pillow takes no file that is cut, wherever that is.
  if (is_cut(data, size)) return explained(VP8_STATUS_NOT_ENOUGH_DATA, data, size, message);
  const VP8StatusCode code = WebPGetFeatures(data, size, features);
  if (code != VP8_STATUS_OK) return explained(code, data, size, message);
  return RG_WEBP_OK;
}

rg_webp_status rg_webp_read_size(const uint8_t *data, size_t size, int *width, int *height,
                                 char *message) {
  WebPBitstreamFeatures features;
  const rg_webp_status status = read_features(data, size, &features, message);
  if (status == RG_WEBP_OK) *width = features.width, *height = features.height;
  return status;
}

/// Decodes an image of one frame to where its upper left pixel belongs, in rows of so many bytes.
static rg_webp_status decode_image(const uint8_t *data, size_t size, int width, int height,
                                   uint8_t *pixels, size_t stride, char *message) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config))
    return fail(RG_WEBP_CORRUPT, message, "another libwebp than it was built with");
  const rg_webp_status status = read_features(data, size, &config.input, message);
  if (status != RG_WEBP_OK) return status;
  if (config.input.width != width || config.input.height != height)
    return fail(RG_WEBP_CORRUPT, message, "its parts have different sizes");
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = (int)stride;
  config.output.u.RGBA.size = (size_t)(height - 1) * stride + (size_t)width * 3;
  const VP8StatusCode code = WebPDecode(data, size, &config);
  WebPFreeDecBuffer(&config.output);
  return code == VP8_STATUS_OK ? RG_WEBP_OK : explained(code, data, size, message);
}

/// The first frame of an animation, around which the canvas is black. libwebp's own decoder of animations would hold
/// the canvas twice more, with alpha.
static rg_webp_status decode_first_frame(const uint8_t *data, size_t size, int width, int height,
                                         uint8_t *pixels, char *message) {
  const WebPData file = {data, size};
  WebPDemuxer *const demuxer = WebPDemux(&file);
  if (!demuxer) return explained(VP8_STATUS_BITSTREAM_ERROR, data, size, message);
  const size_t stride = (size_t)width * 3;
  rg_webp_status status = RG_WEBP_CORRUPT;
  WebPIterator frame;
  if (WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH) == (uint32_t)width &&
      WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT) == (uint32_t)height &&
      WebPDemuxGetFrame(demuxer, 1, &frame)) {
    // The demuxer takes no frame that reaches beyond the canvas; what follows must not depend on that.
    if (frame.x_offset >= 0 && frame.y_offset >= 0 && frame.width <= width - frame.x_offset &&
        frame.height <= height - frame.y_offset) {
      memset(pixels, 0, stride * (size_t)height);
      uint8_t *const corner = pixels + (size_t)frame.y_offset * stride + (size_t)frame.x_offset * 3;
      status = decode_image(frame.fragment.bytes, frame.fragment.size, frame.width, frame.height,
                            corner, stride, message);
    } else {
      fail(status, message, "a frame that reaches beyond the canvas");
    }
    WebPDemuxReleaseIterator(&frame);
  } else {
    fail(status, message, "libwebp cannot read its first frame");
  }
  WebPDemuxDelete(demuxer);
  return status;
}

rg_webp_status rg_webp_decode_rgb(const uint8_t *data, size_t size, int width, int height,
                                  uint8_t *pixels, char *message) {
  WebPBitstreamFeatures features;
  const rg_webp_status status = read_features(data, size, &features, message);
  if (status != RG_WEBP_OK) return status;
  if (features.has_animation) return decode_first_frame(data, size, width, height, pixels, message);
  return decode_image(data, size, width, height, pixels, (size_t)width * 3, message);
}

const uint8_t *rg_webp_metadata(const uint8_t *data, size_t size, const char *name, size_t *count) {
  const WebPData file = {data, size};
  WebPDemuxer *const demuxer = WebPDemux(&file);
  if (!demuxer) return NULL;
  WebPChunkIterator chunk;
  const uint8_t *found = NULL;
  if (WebPDemuxGetChunk(demuxer, name, 1, &chunk)) {
    found = chunk.chunk.bytes;
    *count = chunk.chunk.size;
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  WebPDemuxDelete(demuxer);
  return found;
}

int rg_webp_is_available(void) { return 1; }

int rg_webp_version(void) { return WebPGetDecoderVersion(); }

#endif
