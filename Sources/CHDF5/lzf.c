#include "lzf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Unpacks Marc Lehmann's LZF. A byte below 32 starts a run of one more literal bytes; any other
   starts a copy: 3 bits of length (7: another byte adds to it), 13 bits of distance. Returns how many
   bytes were made, 0 when the input is malformed or `capacity` too small. */
static size_t unpack(const uint8_t *in, size_t size, uint8_t *out, size_t capacity) {
  size_t at = 0, made = 0;
  while (at < size) {
    size_t control = in[at++];
    if (control < 32) {
      size_t count = control + 1;
      if (count > size - at || count > capacity - made) return 0;
      memcpy(out + made, in + at, count);
      at += count;
      made += count;
      continue;
    }
    size_t count = control >> 5;
    if (count == 7) {
      if (at == size) return 0;
      count += in[at++];
    }
    if (at == size) return 0;
    size_t distance = ((control & 31) << 8 | in[at++]) + 1;
    count += 2;
    if (distance > made || count > capacity - made) return 0;
    /* Byte by byte: what is copied may be what this copy makes. */
    for (; count > 0; count--, made++) out[made] = out[made - distance];
  }
  return made;
}

static size_t filter(unsigned flags, size_t parameters, const unsigned values[], size_t bytes,
                     size_t *capacity, void **memory) {
  /* h5py's parameters: the filter's revision, LZF's version, the bytes of a chunk. */
  if (!(flags & H5Z_FLAG_REVERSE) || parameters < 3 || values[2] == 0) return 0;
  size_t size = values[2];
  uint8_t *out = malloc(size);
  if (!out) return 0;
  size_t made = unpack(*memory, bytes, out, size);
  if (made == 0) {
    free(out);
    return 0;
  }
  free(*memory);
  *memory = out;
  *capacity = size;
  return made;
}

const H5Z_class2_t rg_lzf_filter = {
    .version = H5Z_CLASS_T_VERS,
    .id = 32000,
    .encoder_present = 0,
    .decoder_present = 1,
    .name = "lzf",
    .filter = filter,
};
