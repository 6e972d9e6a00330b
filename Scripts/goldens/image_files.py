#!/usr/bin/env python3
"""Makes the goldens of image files as people have them for Tests/ImagingTests, with Pillow (made
with Pillow 13.0.0, whose wheel brings libjpeg-turbo 3.2.0).

  Fixtures/png/*.png         every colour type, depth and interlacing, and what else changes pixels
                             or must not
  Fixtures/png.json          the digest of Image.open(path).convert("RGB"), and of it after
                             ImageOps.exif_transpose; null where Pillow clips or refuses
  Fixtures/orientation.json  segments to put behind the first two bytes of a JPEG, and chunks to put
                             behind a PNG's IHDR or before its IEND, with Pillow's orientation
  Fixtures/jpeg_kinds.json   the same of further kinds of JPEG in Fixtures/jpeg
  Fixtures/damage.json       JPEGs of Fixtures/images and Fixtures/jpeg with bytes replaced, removed
                             or put in, and the digest of what Pillow decodes; null where it refuses

A golden is the SHA-256 of an array's bytes, uint8 [H, W, 3].
"""
import io
import json
import pathlib
import random
import struct
import subprocess
import tempfile
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps

from pictures import FIXTURES, golden, synthetic_image

warnings.simplefilter("ignore")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


# PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, seed, interlaced=False, before=b"", after=b""):
    """A PNG of random samples, with all filters, whose stream is spread over three IDAT."""
    draws = random.Random(seed)
    bits = CHANNELS[colour] * depth

    def rows(w, h):
        return b"".join(
            bytes([draws.randrange(5)]) + draws.randbytes((w * bits + 7) // 8)
            for _ in range(h if w else 0))

    raw = rows(width, height)
    if interlaced:
        raw = b"".join(
            rows(max(0, -(-(width - x) // dx)), max(0, -(-(height - y) // dy)))
            for x, y, dx, dy in ADAM7)
    stream = zlib.compress(raw)
    third = len(stream) // 3
    palette = chunk(b"PLTE", draws.randbytes(3 << depth)) if colour == 3 else b""
    return (
        SIGNATURE
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
        + palette + before + chunk(b"IDAT", stream[:third]) + chunk(b"IDAT", b"")
        + chunk(b"IDAT", stream[third:]) + after + chunk(b"IEND", b""))


def pngs():
    files = {}
    kinds = {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}
    names = {0: "grey", 2: "rgb", 3: "palette", 4: "grey_alpha", 6: "rgba"}
    for colour, depths in kinds.items():
        for depth in depths:
            for interlaced in [False, True]:
                name = f"{names[colour]}_{depth}{'_interlaced' if interlaced else ''}"
                files[name] = png(13, 11, depth, colour, 100 * colour + depth, interlaced)
    files["grey_2_transparent"] = png(13, 11, 2, 0, 1, before=chunk(b"tRNS", b"\0\1"))
    files["rgb_8_transparent"] = png(13, 11, 8, 2, 2, before=chunk(b"tRNS", b"\0\1\0\2\0\3"))
    files["palette_4_transparent"] = png(13, 11, 4, 3, 3, before=chunk(b"tRNS", b"\0\x80\xff\1"))
    files["gamma"] = png(13, 11, 8, 2, 4, before=chunk(b"gAMA", struct.pack(">I", 100000)))
    files["bad_profile"] = png(13, 11, 8, 2, 5, before=chunk(b"iCCP", b"x\0\0" + b"no stream"))
    files["significant_bits"] = png(13, 11, 8, 2, 6, before=chunk(b"sBIT", b"\3\3\3"))
    files["animated"] = png(13, 11, 8, 2, 7, before=chunk(b"acTL", struct.pack(">II", 1, 0)))
    files["without_end"] = png(13, 11, 8, 2, 8)[:-12]
    short = png(13, 11, 8, 3, 9)
    at = short.find(b"PLTE")
    files["palette_short"] = (
        short[:at - 4] + chunk(b"PLTE", short[at + 4:at + 4 + 30]) + short[at + 4 + 768 + 4:])
    turned = tiff("<", [(0x0112, 3, 1, 6)])
    files["exif_6"] = png(13, 11, 8, 2, 10, before=chunk(b"eXIf", turned))
    files["one_pixel"] = png(1, 1, 8, 2, 11, interlaced=True)
    return files


def png_goldens():
    folder = FIXTURES / "png"
    folder.mkdir(exist_ok=True)
    goldens = {}
    for name, data in pngs().items():
        (folder / f"{name}.png").write_bytes(data)
        goldens[name] = None
        if name.startswith("grey_16"):
            continue  # Pillow clips at 255: white
        goldens[name] = {
            "decoded": golden(Image.open(io.BytesIO(data)).convert("RGB")),
            "upright": golden(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")),
        }
    return goldens


# Orientation


def value(order, kind, number):
    """The four bytes of a value that stands in its entry."""
    form = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 13: "I"}.get(kind)
    data = number if isinstance(number, bytes) else struct.pack(order + form, number)
    return data.ljust(4, b"\0")


def tiff(order, entries, offset=8, head=None):
    head = head or {"<": b"II*\0", ">": b"MM\0*"}[order]
    data = head + struct.pack(order + "I", offset)
    data = data.ljust(offset, b"\0") + struct.pack(order + "H", len(entries))
    for tag, kind, count, number in entries:
        data += struct.pack(order + "HHI", tag, kind, count) + value(order, kind, number)
    return data + struct.pack(order + "I", 0)


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def exif(data):
    return segment(0xE1, b"Exif\0\0" + data)


def xmp(text):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + text)


def out_of_line(order, kind, data, count=1, before=()):
    """A directory whose orientation lies behind it."""
    entries = [*before, (0x0112, kind, count, b"")]
    plain = tiff(order, entries)
    place = struct.pack(order + "I", len(plain))
    return tiff(order, [*before, (0x0112, kind, count, place)]) + data


def jpeg_segments():
    turned = tiff("<", [(0x0112, 3, 1, 6)])
    attribute, element = b'<a tiff:Orientation="6"/>', b"<tiff:Orientation>8</tiff:Orientation>"
    cases = {
        "none": b"",
        "exif": exif(turned),
        "stray bytes before": b"\xff\0\xff\0" + exif(turned),
        "junk before": segment(0xFE, b"x") + b"junk" + exif(turned),
        "filling before": b"\xff\xff\xff" + exif(turned),
        "restart mark before": b"\xff\xd0" + exif(turned),
        "end mark before": b"\xff\xd9" + exif(turned),
        "reserved mark before": b"\xff\xf5" + exif(turned),
        "JFIF with a resolution before":
            segment(0xE0, b"JFIF\0\1\1\1\0\x48\0\x48\0\0") + exif(turned),
        "a long segment before": segment(0xE2, bytes(1000)) + exif(turned),
        "empty comment before": segment(0xFE, b"") + exif(turned),
        "an SOI inside a segment": segment(0xE5, b"\xff\xd8\xff\xe1\0\4ab") + exif(turned),
        "two segments": exif(turned[:14]) + exif(turned[14:]),
        "three segments, others between":
            exif(turned[:9]) + segment(0xE2, b"x") + exif(turned[9:20]) + exif(turned[20:]),
        "two whole EXIF": exif(turned) + exif(tiff("<", [(0x0112, 3, 1, 8)])),
        "a doubled name": exif(b"Exif\0\0" + turned),
        "a tripled name": exif(b"Exif\0\0Exif\0\0" + turned),
        "EXIF with nothing": exif(b""),
        "EXIF with nothing, XMP": exif(b"") + xmp(attribute),
        "XMP attribute": xmp(attribute),
        "XMP element": xmp(element),
        "XMP twice": xmp(attribute) + xmp(element),
        "XMP twice, the second without": xmp(attribute) + xmp(b"<nothing/>"),
        "XMP single quotes": xmp(b"<a tiff:Orientation='6'/>"),
        "XMP with spaces": xmp(b'<a tiff:Orientation = "6"/>'),
        "XMP two digits": xmp(b'<a tiff:Orientation="68"/>'),
        "XMP zero": xmp(b'<a tiff:Orientation="0"/>'),
        "XMP nine": xmp(b'<a tiff:Orientation="9"/>'),
        "XMP first a word": xmp(b'<a tiff:Orientation="x"/>' + element),
        "XMP another prefix": xmp(b'<a t:Orientation="6"/>'),
        "XMP extension": segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + attribute),
        "EXIF before XMP": exif(turned) + xmp(element),
        "XMP before EXIF": xmp(element) + exif(turned),
        "upright EXIF, turned XMP": exif(tiff("<", [(0x0112, 3, 1, 1)])) + xmp(element),
        "invalid EXIF value, turned XMP": exif(tiff("<", [(0x0112, 3, 1, 0)])) + xmp(element),
        "text in EXIF, turned XMP": exif(tiff("<", [(0x0112, 2, 2, b"6\0")])) + xmp(element),
        "EXIF without the tag, turned XMP": exif(tiff("<", [(0x0100, 3, 1, 4)])) + xmp(element),
        "unreadable EXIF": exif(b"garbage!" + turned),
        "unreadable EXIF, turned XMP": exif(b"garbage!" + turned) + xmp(element),
        "short EXIF": exif(b"II*"),
        "BigTIFF": exif(tiff("<", [(0x0112, 3, 1, 6)], head=b"II+\0")),
        "BigTIFF, big-endian": exif(tiff(">", [(0x0112, 3, 1, 6)], head=b"MM\0+")),
        "version in the wrong order": exif(tiff(">", [(0x0112, 3, 1, 6)], head=b"MM*\0")),
        "version in the other wrong order": exif(tiff("<", [(0x0112, 3, 1, 6)], head=b"II\0*")),
        "directory elsewhere": exif(tiff("<", [(0x0112, 3, 1, 6)], offset=50)),
        "directory beyond the end": exif(b"II*\0" + struct.pack("<I", 5000)),
        "directory cut before": exif(tiff("<", [(0x0100, 3, 1, 4), (0x0112, 3, 1, 6)])[:22]),
        "directory cut behind": exif(tiff("<", [(0x0112, 3, 1, 6), (0x0100, 3, 1, 4)])[:24]),
        "tag twice": exif(tiff("<", [(0x0112, 3, 1, 6), (0x0112, 3, 1, 3)])),
        "tag twice, first of no kind": exif(tiff("<", [(0x0112, 99, 1, b"\6"), (0x0112, 3, 1, 3)])),
        "tag twice, first empty": exif(tiff("<", [(0x0112, 3, 0, 6), (0x0112, 3, 1, 3)])),
        "data beyond the end before":
            exif(tiff("<", [(0x010F, 2, 9, b"\xff\xff\0\0"), (0x0112, 3, 1, 6)])),
        "more data than there is before":
            exif(tiff("<", [(0x010F, 2, 9999, b"\0\0\0\0"), (0x0112, 3, 1, 6)])),
        "two values": exif(tiff("<", [(0x0112, 3, 2, struct.pack("<HH", 6, 3))])),
        "three values": exif(out_of_line("<", 3, struct.pack("<HHH", 8, 3, 1), count=3)),
        "rational": exif(out_of_line("<", 5, struct.pack("<II", 12, 2))),
        "rational, not whole": exif(out_of_line("<", 5, struct.pack("<II", 13, 2))),
        "rational over zero": exif(out_of_line("<", 5, struct.pack("<II", 6, 0))),
        "signed rational": exif(out_of_line(">", 10, struct.pack(">ii", -6, -1))),
        "double": exif(out_of_line("<", 12, struct.pack("<d", 6.0))),
        "long8": exif(out_of_line("<", 16, struct.pack("<Q", 6))),
        "not a number": exif(tiff("<", [(0x0112, 11, 1, float("nan"))])),
        "a negative short": exif(tiff("<", [(0x0112, 8, 1, -6)])),
    }
    for order, name in [("<", "little"), (">", "big")]:
        for kind in [1, 2, 3, 4, 6, 7, 8, 9, 11, 13]:
            number = b"6" if kind == 2 else 6
            cases[f"type {kind}, {name}-endian"] = exif(tiff(order, [(0x0112, kind, 1, number)]))
        for number in [0, 1, 2, 3, 4, 5, 7, 8, 9, 256, 65535]:
            cases[f"value {number}, {name}-endian"] = exif(tiff(order, [(0x0112, 3, 1, number)]))
    return cases


def png_chunks():
    """By name: what goes before the pixels, and what behind them."""
    turned = tiff("<", [(0x0112, 3, 1, 6)])
    profile = b"\nexif\n      %d\n" % len(turned) + (b"Exif\0\0" + turned).hex().encode() + b"\n"
    lines = profile.replace(b"49492a00", b"4949\n2a00")
    packet = b"<tiff:Orientation>8</tiff:Orientation>"

    def international(text, compressed):
        data = zlib.compress(text) if compressed else text
        return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes([compressed, 0, 0, 0]) + data)

    raw = b"Raw profile type exif\0"
    return {
        "none": (b"", b""),
        "eXIf": (chunk(b"eXIf", turned), b""),
        "eXIf behind": (b"", chunk(b"eXIf", turned)),
        "eXIf, big-endian": (chunk(b"eXIf", tiff(">", [(0x0112, 3, 1, 3)])), b""),
        "raw profile": (chunk(b"zTXt", raw + b"\0" + zlib.compress(profile)), b""),
        "raw profile behind": (b"", chunk(b"zTXt", raw + b"\0" + zlib.compress(profile))),
        "raw profile, plain": (chunk(b"tEXt", raw + profile), b""),
        "raw profile in lines": (chunk(b"tEXt", raw + lines), b""),
        "raw profile and eXIf": (
            chunk(b"tEXt", raw + profile) + chunk(b"eXIf", tiff("<", [(0x0112, 3, 1, 3)])), b""),
        "raw profile of another kind": (chunk(b"tEXt", b"Raw profile type xmp\0" + profile), b""),
        "XMP": (international(packet, 0), b""),
        "XMP behind": (b"", international(packet, 0)),
        "XMP compressed": (international(packet, 1), b""),
        "XMP as plain text": (chunk(b"tEXt", b"XML:com.adobe.xmp\0" + packet), b""),
        "eXIf and XMP": (chunk(b"eXIf", turned) + international(packet, 0), b""),
        "eXIf without the tag, XMP": (
            chunk(b"eXIf", tiff("<", [(0x0100, 3, 1, 4)])) + international(packet, 0), b""),
    }


def pillows_orientation(data):
    """1...8 by what becomes of a picture whose corners differ; None where Pillow refuses."""
    try:
        image = Image.open(io.BytesIO(data))
        number = image.getexif().get(0x0112, 1)
        turned = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except Exception:
        return None
    number = next((n for n in range(2, 9) if n == number), 1)
    stored = Image.open(io.BytesIO(data)).convert("RGB")
    methods = [None, None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180,
               Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.TRANSPOSE,
               Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90]
    expected = stored if number == 1 else stored.transpose(methods[number])
    assert (turned == np.asarray(expected)).all(), number
    return number


def orientations():
    stream = io.BytesIO()
    synthetic_image(12, 9, 1).save(stream, "JPEG", quality=60)
    jpeg = stream.getvalue()
    cases = []
    for name, segments in jpeg_segments().items():
        cases.append({
            "name": name, "format": "JPEG", "before": segments.hex(), "after": "",
            "orientation": pillows_orientation(jpeg[:2] + segments + jpeg[2:])})
    for name, (before, after) in png_chunks().items():
        cases.append({
            "name": name, "format": "PNG", "before": before.hex(), "after": after.hex(),
            "orientation": pillows_orientation(png(13, 11, 8, 2, 12, before=before, after=after))})
    (FIXTURES / "png/plain.png").write_bytes(png(13, 11, 8, 2, 12))
    (FIXTURES / "jpeg/plain.jpg").write_bytes(jpeg)
    return cases


# Kinds of JPEG


def mpo():
    """A picture and a smaller one behind it, as cameras write previews."""
    stream = io.BytesIO()
    synthetic_image(37, 21, 1).save(
        stream, "MPO", save_all=True, append_images=[synthetic_image(12, 9, 1)])
    return stream.getvalue()


def jpeg_kinds():
    files = {"two_pictures": mpo()}
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/arithmetic"
        source = pathlib.Path(__file__).with_name("arithmetic_jpeg.c")
        subprocess.run(["cc", source, "-o", program, "-ljpeg"], check=True)
        for name, options in [("arithmetic", []), ("arithmetic_progressive", ["progressive"])]:
            files[name] = subprocess.run([program, *options], check=True, capture_output=True).stdout
    plain = (FIXTURES / "jpeg/plain.jpg").read_bytes()
    start, end = plain.find(b"\xff\xdb"), plain.find(b"\xff\xc0")
    # Tables in an image of their own first, as in abbreviated streams.
    files["tables_first"] = plain[:2] + plain[start:end] + b"\xff\xd9" + plain
    files["garbage_behind"] = plain + bytes(range(256))
    for transform in range(3):
        adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
        files[f"adobe_{transform}"] = plain[:2] + adobe + plain[2:]
        # Without JFIF's mark, Adobe's counts.
        files[f"adobe_{transform}_only"] = plain[:2] + adobe + plain[20:]
    goldens = {}
    for name, data in files.items():
        (FIXTURES / f"jpeg/{name}.jpg").write_bytes(data)
        goldens[f"{name}.jpg"] = golden(Image.open(io.BytesIO(data)).convert("RGB"))
    return goldens


# Damage


BASES = ["images/tiny_60x40.jpg", "images/odd_299x255_q30.jpg",
         "images/cup_500x375_422_progressive.jpg", "jpeg/cmyk_progressive.jpg",
         "jpeg/restart_422.jpg", "jpeg/restart_420_progressive.jpg", "jpeg/grey_progressive.jpg"]


def edited(data, edits):
    for at, removed, inserted in edits:
        data = data[:at] + bytes.fromhex(inserted) + data[at + removed:]
    return data


def scans(data):
    return [at for at in range(len(data) - 1) if data[at:at + 2] == b"\xff\xda"]


def damages():
    draws = random.Random(15)
    bases = {name: (FIXTURES / name).read_bytes() for name in BASES}
    cases = []

    def add(base, name, edits):
        data = edited(bases[base], edits)
        try:
            result = golden(Image.open(io.BytesIO(data)).convert("RGB"))
        except Exception:
            result = None
        cases.append({"base": base, "name": name, "edits": edits, "golden": result})

    for base, data in bases.items():
        starts = scans(data)
        middle = (starts[-1] + len(data)) // 2
        add(base, "early end", [[middle, len(data) - 2 - middle, ""]])
        add(base, "a hole", [[middle - 5, 5, ""]])
        add(base, "an end in between", [[middle, 0, "ffd9"]])
        add(base, "a restart in between", [[middle, 0, "ffd5"]])
        add(base, "behind the end", [[len(data), 0, "00ffd8ff12"]])
        for count in range(1, len(starts)):
            cut = data.rfind(b"\xff\xc4", starts[count - 1], starts[count])
            cut = cut if cut > 0 else starts[count]
            add(base, f"{count} of {len(starts)} scans", [[cut, len(data) - 2 - cut, ""]])
    data = bases["jpeg/restart_422.jpg"]
    marks = [at for at in range(len(data)) if data[at:at + 2] in (b"\xff\xd0", b"\xff\xd1")]
    add("jpeg/restart_422.jpg", "restarts in another order",
        [[marks[0] + 1, 1, "d1"], [marks[1] + 1, 1, "d0"]])
    for _ in range(120):
        base = draws.choice(BASES)
        first = scans(bases[base])[0]
        edits = []
        for _ in range(draws.randint(1, 3)):
            at = draws.randrange(first, len(bases[base]) - 60)
            edits.append(draws.choice([
                [at, 1, draws.randbytes(1).hex()], [at, draws.choice([1, 2, 10]), ""],
                [at, 0, "ff" + draws.choice(["d0", "d3", "d9", "00", "ff", "c4"])]]))
        add(base, "at random", edits)
    return cases


def write(name, data):
    lines = ",\n".join(json.dumps(case) for case in data)
    (FIXTURES / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    (FIXTURES / "png.json").write_text(json.dumps(png_goldens(), indent=1) + "\n")
    write("orientation.json", orientations())
    kinds = json.dumps(jpeg_kinds(), indent=1)
    (FIXTURES / "jpeg_kinds.json").write_text(kinds + "\n")
    write("damage.json", damages())
