#!/usr/bin/env python3
"""Makes the goldens of Tests/ImagingTests with Pillow and torchvision (made with Pillow 13.0.0 and
torchvision 0.29.2).

  imaging.py             writes Fixtures/goldens.json, Fixtures/synthetic.json and Fixtures/jpeg/
                         from Fixtures/images and Fixtures/cases.json (the affine and colour
                         parameters of each image)
  imaging.py --check H5  compares goldens.json with the arrays of an HDF5 file laid out
                         <image>/decoded, <image>/case0/affine, ...

A golden is the SHA-256 of an array's bytes, uint8 [H, W, 3].
"""
import argparse
import hashlib
import io
import json
import struct

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode

from pictures import FIXTURES, golden, synthetic_image

COLOUR = {
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
}


def affine(image, case):
    return F.affine(
        image, case["rotation"], case["translate"], case["scale"],
        [case["shear"], case.get("shear_y", 0.0)],
        interpolation=InterpolationMode(case["interpolation"]), fill=0)


def image_goldens(path, cases):
    image = Image.open(path).convert("RGB")
    center = F.center_crop(F.resize(image, 256), 256)
    out = {
        "decoded": golden(image),
        "center256": golden(center),
        "center224": golden(F.center_crop(F.resize(image, 256), 224)),
    }
    for index, case in enumerate(cases):
        moved = affine(center, case)
        out[f"case{index}/affine"] = golden(moved)
        distorted = moved
        for name in case["order"]:
            distorted = COLOUR[name](distorted, case[name])
        out[f"case{index}/distorted"] = golden(distorted)
        for name, adjust in COLOUR.items():
            out[f"case{index}/only_{name}"] = golden(adjust(moved, case[name]))
    return out


def synthetic_goldens():
    draws = np.random.default_rng(20)
    sides = [1, 2, 3, 5, 17, 31, 64, 100, 255, 256, 257, 300]
    cases = []

    def add(operation, image, **parameters):
        width, height, seed = image
        picture = synthetic_image(width, height, seed)
        p = parameters
        if operation == "resize":
            result = picture.resize((p["width"], p["height"]), Image.Resampling.BILINEAR)
        elif operation == "shorter":
            result = F.resize(picture, p["side"])
        elif operation == "center":
            result = F.center_crop(picture, [p["height"], p["width"]])
        elif operation == "crop":
            left, top = p["left"], p["top"]
            result = picture.crop((left, top, left + p["width"], top + p["height"]))
        elif operation == "affine":
            result = affine(picture, p)
        else:
            result = COLOUR[operation](picture, p["factor"])
        cases.append({
            "operation": operation, "source": {"width": width, "height": height, "seed": seed},
            "parameters": parameters, "golden": golden(result)})

    def any_image():
        return int(draws.choice(sides)), int(draws.choice(sides)), len(cases)

    for size in [(30, 20), (30, 31), (80, 31), (20, 90), (1, 1), (40, 60), (40, 59)]:
        add("resize", (40, 60, len(cases)), width=size[0], height=size[1])
    for _ in range(60):
        width, height = (int(draws.choice(sides)) for _ in range(2))
        add("resize", any_image(), width=width, height=height)
    for _ in range(20):
        width, height, seed = any_image()
        side = int(draws.choice(sides))
        if max(width, height) * side / min(width, height) < 2000:
            add("shorter", (width, height, seed), side=side)
    for _ in range(30):
        width, height = (int(draws.choice(sides)) for _ in range(2))
        add("center", any_image(), width=width, height=height)
        left, top = (int(v) for v in draws.integers(-40, 120, 2))
        add("crop", any_image(), left=left, top=top, width=width, height=height)
    for index in range(60):
        wild = index % 3 == 0
        width, height, seed = any_image()
        spread = 180 if wild else 5
        add(
            "affine", (width, height, seed), rotation=float(draws.uniform(-spread, spread)),
            translate=[int(v * (0.9 if wild else 0.05)) for v in draws.uniform(-1, 1, 2)
                       * (width, height)],
            scale=float(np.exp(draws.uniform(-5, 5)) if wild else draws.uniform(0.8, 1.1)),
            shear=float(draws.uniform(-60, 60) if wild else draws.uniform(-5, 5)),
            shear_y=float(draws.uniform(-60, 60) if wild else 0),
            interpolation=["nearest", "bilinear"][index % 2])
    for rotation, scale in [(0, 1), (90, 1), (180, 1), (-90, 0.8), (0, 0.8), (0, 1.1), (5, 1e-4)]:
        for interpolation in ["nearest", "bilinear"]:
            add(
                "affine", (100, 64, len(cases)), rotation=float(rotation), translate=[3, -2],
                scale=float(scale), shear=0.0, shear_y=0.0, interpolation=interpolation)
    for name in ["brightness", "contrast", "saturation"]:
        for factor in [0.0, 0.5, 0.75, 1.0, 1.25, 2.0, -1.0, 1e6, 1e-8, 0.999999]:
            add(name, any_image(), factor=factor)
    for factor in [-0.5, 0.5, 0.0, 0.1, -0.1, 0.25, -0.003, 0.004, 1 / 3]:
        add("hue", (300, 257, len(cases)), factor=factor)
    return cases


def with_adobe_transform(data, transform):
    at = data.find(b"Adobe") + 11
    return data[:at] + bytes([transform]) + data[at + 1:]


def without_adobe(data):
    at = data.find(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:]


def odd_jpegs():
    """Kinds of JPEG that Fixtures/images lacks, small; and one for each EXIF orientation."""
    files = {}

    def save(name, image, change=None, **options):
        stream = io.BytesIO()
        image.save(stream, "JPEG", **options)
        data = stream.getvalue()
        files[name] = change(data) if change else data

    picture = synthetic_image(37, 21, 1)
    cmyk = Image.merge("CMYK", [*picture.split(), picture.split()[0].rotate(180)])
    save("adobe_rgb.jpg", picture, keep_rgb=True)
    save("cmyk_without_adobe.jpg", cmyk, without_adobe)
    save("ycck.jpg", cmyk, lambda data: with_adobe_transform(data, 2))
    save("cmyk_progressive.jpg", cmyk, progressive=True)
    save("grey_progressive.jpg", picture.convert("L"), progressive=True)
    save("restart_420_progressive.jpg", picture, progressive=True, restart_marker_blocks=2)
    save("restart_422.jpg", picture, subsampling=1, restart_marker_blocks=1)
    save("one_pixel.jpg", synthetic_image(1, 1, 1))
    save("one_row.jpg", synthetic_image(33, 1, 1))
    save("one_column.jpg", synthetic_image(1, 33, 1))
    save("stray_bytes.jpg", picture, lambda data: data[:-2] + b"stray" + data[-2:])
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x010F] = "maker"
        exif[0x0112] = orientation
        save(f"orientation_{orientation}.jpg", synthetic_image(12, 9, 1), exif=exif, quality=60)
    return files


def encoded_goldens():
    cases = []
    for quality in [1, 30, 75, 95, 100]:
        for subsampling in ["4:2:0", "4:2:2", "4:4:4"]:
            stream = io.BytesIO()
            synthetic_image(61, 47, 1).save(
                stream, "JPEG", quality=quality, subsampling=subsampling)
            cases.append({
                "quality": quality, "subsampling": subsampling,
                "sha256": hashlib.sha256(stream.getvalue()).hexdigest()})
    return cases


def write():
    cases = json.loads((FIXTURES / "cases.json").read_text())["images"]
    images = {
        name: image_goldens(FIXTURES / "images" / name, entry["cases"])
        for name, entry in cases.items()}
    (FIXTURES / "jpeg").mkdir(exist_ok=True)
    jpegs, upright = {}, {}
    for name, data in odd_jpegs().items():
        path = FIXTURES / "jpeg" / name
        path.write_bytes(data)
        jpegs[name] = golden(Image.open(path).convert("RGB"))
        upright[name] = golden(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    goldens = {"images": images, "jpegs": jpegs, "upright": upright, "encoded": encoded_goldens()}
    (FIXTURES / "goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")
    lines = ",\n".join(json.dumps(case) for case in synthetic_goldens())
    (FIXTURES / "synthetic.json").write_text(f"[\n{lines}\n]\n")


def check(path):
    import h5py

    images = json.loads((FIXTURES / "goldens.json").read_text())["images"]
    checked = 0
    with h5py.File(path) as file:
        def compare(name, item):
            nonlocal checked
            if isinstance(item, h5py.Dataset):
                image, _, array = name.partition("/")
                if images[image][array] != golden(item[:]):
                    raise SystemExit(f"{name} differs from goldens.json")
                checked += 1

        file.visititems(compare)
    print(f"{checked} arrays agree with goldens.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", metavar="H5", help="compare with an HDF5 file")
    arguments = parser.parse_args()
    check(arguments.check) if arguments.check else write()
