// Writes an arithmetic-coded JPEG of 37x21 pixels to standard output, which Pillow does not write:
// cc arithmetic_jpeg.c -ljpeg && ./a.out [progressive]
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

enum { WIDTH = 37, HEIGHT = 21 };

int main(int count, char **arguments) {
  (void)arguments;
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr error;
  info.err = jpeg_std_error(&error);
  jpeg_create_compress(&info);
  jpeg_stdio_dest(&info, stdout);
  info.image_width = WIDTH;
  info.image_height = HEIGHT;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  info.arith_code = TRUE;
  if (count > 1) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < HEIGHT) {
    unsigned char row[WIDTH * 3];
    for (int i = 0; i < WIDTH * 3; i++) {
      row[i] = (unsigned char)((i * 5 + (int)info.next_scanline * 11 + i % 3 * 60) % 256);
    }
    JSAMPROW rows[1] = {row};
    jpeg_write_scanlines(&info, rows, 1);
  }
  jpeg_finish_compress(&info);
  return 0;
}
