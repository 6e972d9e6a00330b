"""Photos of about 500×375 for the measurements that start from JPEG files."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image, UnidentifiedImageError

REPOSITORY = Path(__file__).resolve().parents[2]
SUFFIXES = {".jpg", ".jpeg"}
QUALITY = 90


def make(folder: Path, count: int, source: Path | None) -> str:
    """Writes `count` JPEGs into `folder`, the same ones each time for the same sources: random
    crops, sometimes mirrored, scaled so that the longer side is 500 and the shorter 333 to 400,
    a quarter of them upright. Returns a line that describes them."""
    pictures = _pictures(source or REPOSITORY)
    if not pictures:
        raise SystemExit(f"Error: {source or REPOSITORY}: holds no JPEG; give --photos DIR")
    unfinished = folder.with_name(folder.name + ".part")
    unfinished.mkdir(parents=True, exist_ok=True)
    size = 0
    for number in range(count):
        path = unfinished / f"{number:05}.jpg"
        _vary(pictures[number % len(pictures)], number).save(path, quality=QUALITY)
        size += path.stat().st_size
    unfinished.rename(folder)
    return f"{count} photos of {size / count / 1024:.0f} KB made from {len(pictures)} pictures"


def _pictures(source: Path) -> list[Image.Image]:
    """At most 100 that can be decoded, by name; small ones only where there are no others."""
    found = [
        path
        for path in sorted(source.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(source).parts)
    ]
    pictures = []
    for path in found:
        try:
            pictures.append(Image.open(path).convert("RGB"))
        except (OSError, UnidentifiedImageError):
            continue  # among the test fixtures are files that are broken on purpose
        if len(pictures) == 100:
            break
    large = [picture for picture in pictures if min(picture.size) >= 256]
    return large or pictures


def _vary(picture: Image.Image, number: int) -> Image.Image:
    draws = random.Random(number)
    width, height = 500, draws.randint(333, 400)
    if draws.random() < 0.25:
        width, height = height, width
    scale = min(picture.width / width, picture.height / height) * draws.uniform(0.8, 1.0)
    crop_width, crop_height = width * scale, height * scale
    left = draws.uniform(0, picture.width - crop_width)
    top = draws.uniform(0, picture.height - crop_height)
    box = (left, top, left + crop_width, top + crop_height)
    varied = picture.resize((width, height), Image.Resampling.BICUBIC, box=box)
    if draws.random() < 0.5:
        varied = varied.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return varied
