#!/usr/bin/env python3
"""Makes the goldens of WebP files for Tests/ImagingTests, with Pillow (made with Pillow 13.0.0).

  Fixtures/webp/*.webp   lossy, lossless, with alpha, an animation, with EXIF and XMP
  Fixtures/webp.json     the digest of Image.open(path).convert("RGB"), and of it after
                         ImageOps.exif_transpose
"""
import io
import json

from PIL import Image, ImageOps

from image_files import tiff
from pictures import FIXTURES, golden, synthetic_image


def files():
    def written(image, **options):
        stream = io.BytesIO()
        image.save(stream, "WEBP", **options)
        return stream.getvalue()

    noise, picture = synthetic_image(37, 21, 0), synthetic_image(61, 45, 1)
    clear = picture.copy()
    clear.putalpha(synthetic_image(61, 45, 2).convert("L"))
    turned, xmp = tiff("<", [(0x0112, 3, 1, 6)]), b"<tiff:Orientation>8</tiff:Orientation>"
    return {
        "lossy": written(picture, quality=75),
        "lossy_noise": written(noise, quality=30),
        "lossless": written(noise, lossless=True),
        "lossy_alpha": written(clear, quality=60),
        "lossless_alpha": written(clear, lossless=True),
        "lossless_alpha_exact": written(clear, lossless=True, exact=True),
        "one_pixel": written(picture.crop((0, 0, 1, 1)), quality=90),
        "animated": written(
            picture, save_all=True, append_images=[picture.rotate(180)], quality=50, duration=40),
        "animated_alpha": written(
            clear, save_all=True, append_images=[clear.rotate(180)], lossless=True, duration=40),
        "exif": written(picture, quality=50, exif=b"Exif\0\0" + turned),
        "xmp": written(picture, quality=50, xmp=xmp),
        "exif_and_xmp": written(picture, quality=50, exif=b"Exif\0\0" + turned, xmp=xmp),
    }


def main():
    folder = FIXTURES / "webp"
    folder.mkdir(exist_ok=True)
    goldens = {}
    for name, data in files().items():
        (folder / f"{name}.webp").write_bytes(data)
        goldens[name] = {
            "decoded": golden(Image.open(io.BytesIO(data)).convert("RGB")),
            "upright": golden(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")),
        }
    (FIXTURES / "webp.json").write_text(json.dumps(goldens, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
