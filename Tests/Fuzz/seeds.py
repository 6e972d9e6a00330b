#!/usr/bin/env python3
"""Writes the seeds of the fuzzed targets, one folder a target, into FOLDER: seeds.py FOLDER

Most are fixtures of the tests as they are; what no fixture is of, such as archives and requests, is made
here. The same bytes come out every time. Needs the standard library alone.
"""

import hashlib
import io
import json
import pathlib
import sqlite3
import struct
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS, IMAGES = ROOT / "Tests/WeightFilesTests/Fixtures", ROOT / "Tests/ImagingTests/Fixtures"
PHOTOS = ROOT / "Tests/DatasetsTests/Fixtures"
# Longer ones cost executions and teach nothing new.
LARGEST = 40_000


def files(folder, *patterns):
    found = [path for pattern in patterns for path in sorted(folder.rglob(pattern))]
    return [path.read_bytes() for path in found if 0 < path.stat().st_size <= LARGEST]


def pickles():
    """The pickles of archives, and those that legacy files begin with."""
    found = [b"\x80\x02]q\x00(K\x01K\x02e.", b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01."]
    for content in files(WEIGHTS, "*.pth"):
        start = content.find(b"\x80\x02")
        if content[:2] == b"PK" and start > 0:
            found.append(content[start:start + 4096])
    return found + files(WEIGHTS, "*.pickle")


def archive(members, form=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue().rstrip(b"\0") + bytes(1024)


def archives():
    photo = (IMAGES / "jpeg/plain.jpg")
    photo = photo.read_bytes() if photo.exists() else files(IMAGES, "plain.jpg")[0]
    plain = [("a.jpg", photo), ("sub/b.jpg", photo)]
    long = [("x" * 120 + "/" + "y" * 80 + ".jpg", photo)]
    return [
        archive(plain), archive(plain + [("c.jpg", "a.jpg")]),
        archive(long, tarfile.GNU_FORMAT), archive(long, tarfile.PAX_FORMAT),
        archive([("n01440764.tar", archive(plain))]),
        archive([("0001.jpg", photo), ("0001.cls", b"3"), ("0002.jpg", photo), ("0002.cls", b"7")]),
    ]


def databases():
    out = files(ROOT / "Tests/Fuzz/Seeds/sqlite", "*.db")
    out.append((ROOT / "Tests/TrackingTests/Fixtures/version1.db").read_bytes())
    path = pathlib.Path(sys.argv[1]) / "little.sqlite"
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE t (a, b)")
    database.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * i) for i in range(20)])
    database.commit()
    database.close()
    out.append(path.read_bytes())
    path.unlink()
    return out


def labels():
    return [
        b"file,label\ntall.jpg,3\nwide.jpg,5\n",
        b"file;wnid;name\ntall.jpg;n01440764;tench\nturned.jpg;n01443537;goldfish\n",
        b"\xef\xbb\xbfsep=;\r\nfile;index\r\n\"tall.jpg\";0\r\n",
        b"file,label,left,top,right,bottom\ntall.jpg,3,1,2,30,40\nwide.jpg,5,,,,\n",
        b"file,label,x1,y1,x2,y2,x3,y3,x4,y4\ntall.jpg,3,1,1,30,2,31,40,2,41\n",
        b"tall.jpg,3\nturned.jpg,4\nwide.jpg,5\n",
    ]


def predictions():
    return [
        b"item,predicted\na.jpg,3\nb.jpg,n01440764\n",
        b"item,label,predicted,draw,label_rank,probability,label_probability\n"
        b"a.jpg,3,3,0,0,0.9,0.9\na.jpg,3,4,1,2,5e-1,0.1\n",
    ]


def drawn():
    """Parameters of one distortion, of each kind."""
    affine = {
        "rotation": -0.47, "translate": [2, -11], "scale": 0.93, "shear": 0.07, "brightness": 1.04,
        "contrast": 0.84, "saturation": 1.0, "hue": 0.02,
        "order": ["contrast", "brightness", "hue", "saturation"], "interpolation": "nearest"}
    corruption = {"corruption": "gaussian_noise", "severity": 3, "noise": 17}
    return [json.dumps(value).encode() for value in (affine, corruption, {"print": 1}, {})]


def hellos():
    hello = {
        "realitygap_worker": 2, "name": "test", "digest": hashlib.sha256(b"a").hexdigest(),
        "classes": 1000, "versions": {"python": "3"}}
    line = json.dumps(hello).encode() + b"\n"
    answer = b"".join(
        b"RGAN" + struct.pack("<3I", batch, 2, 1000) + bytes(8000) for batch in range(2))
    return [line, line + answer, line + b"RGAN" + struct.pack("<3I", 0, 4, 1000)]


def requests():
    paths = [
        "/", "/runs", "/runs/1", "/runs/1?metric=train/loss", "/compare?run=1&run=2", "/experiments",
        "/experiment/sample", "/images?cell=1&model=a&search=x", "/look?item=1", "/thumbnail?item=1",
        "/parts/compare?run=1", "/parts/confusions?cell=1", "/events", "/assets/style.css", "/%2e%2e/x",
        "/workers", "/curves?run=1&name=train%2Floss",
    ]
    plain = [
        f"GET {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close".encode() for path in paths]
    photo = files(IMAGES, "plain.jpg")[0]
    post = (
        b"POST /photo?x=1 HTTP/1.1\nHost: 127.0.0.1\nX-Photo: 1\nContent-Length: %d\n\n" % len(photo)
    ) + photo
    return plain + [post]


def answers():
    found = {"experiment": {"experiment_id": "1", "lifecycle_stage": "active"}}
    info = {"run_id": "4c5d", "artifact_uri": "mlflow-artifacts:/1/4c5d/artifacts"}
    history = {"metrics": [{"key": "train/loss", "value": 1.5, "timestamp": "1", "step": "1"}]}
    missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}
    ok, gone = b"\x08", b"\x03"
    known = [found, {"runs": [{"info": info}]}, history, {}, {}, {}, {}]
    fresh = [{"experiment_id": "1"}, {}, {"run": {"info": info}}, {}, {}, {}, {}]
    return [
        b"\0".join(ok + json.dumps(part).encode() for part in known),
        gone + json.dumps(missing).encode() + b"\0"
        + b"\0".join(ok + json.dumps(part).encode() for part in fresh),
        b"\0".join(
            ok + json.dumps(part).encode()
            for part in [found, {"runs": [{"info": info}]}, history | {"next_page_token": "x"}]),
    ]


def yaml(*patterns):
    return [content for pattern in patterns for content in files(ROOT, pattern)]


def exif():
    little = struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 0x0112, 3, 1, 6) + bytes(4)
    big = struct.pack(">2sHIHHHIHH", b"MM", 42, 8, 1, 0x0112, 3, 1, 6, 0) + bytes(4)
    xmp = b'<x:xmpmeta tiff:Orientation="6"><tiff:Orientation>3</tiff:Orientation>'
    return [little, big, b"Exif\0\0" + little, xmp]


def hdf5_answers():
    """What the process that reads an HDF5 file says, one answer after another (HDF5Message.swift)."""
    def number(value):
        return struct.pack("<q", value)

    def text(value):
        return number(len(value.encode())) + value.encode()

    def value(body):
        return b"\1" + number(len(body)) + body

    def listed(parts):
        return number(len(parts)) + b"".join(parts)

    def dataset(name, extents, kind, problem=None):
        return (text(name) + listed([number(extent) for extent in extents]) + kind
                + (b"\1" + text(problem) if problem else b"\0"))

    floats, integers = text("float32"), text("integer") + number(64) + b"\1"
    opened = value(b"\1")
    contents = value(
        listed([dataset("a", [2, 3], floats), dataset("b.c", [], text("float16"))])
        + listed([text("d") + text("/e") + b"\0"]))
    steps = value(listed([dataset("moments/G/a/steps", [1], integers)]) + listed([]))
    numbers = value(listed([number(2), number(3)])) + struct.pack("<6f", *range(6))
    one = value(listed([])) + struct.pack("<f", 1)
    attributes = value(listed([
        text("kind") + b"\0" + listed([text("realitygap corrector")]),
        text("step") + b"\1" + listed([number(7)]),
        text("rate") + b"\2" + listed([struct.pack("<d", 0.5)])]))
    state = value(listed([
        text("kind") + b"\0" + listed([text("realitygap training state")]),
        text("step") + b"\1" + listed([number(7)]), text("run") + b"\1" + listed([number(1)]),
        text("identity") + b"\0" + listed([text("x")])]))
    error = b"\2" + number(len(text("broken")) + 1) + text("broken") + b"\0"
    return [
        error, opened + error, opened + contents + numbers + one + attributes,
        opened + contents + one, opened + attributes + contents, opened + state + contents,
        opened + state + steps + value(number(1)) + number(5), opened + value(number(0) + number(0)),
    ]


SEEDS = {
    "pth": lambda: files(WEIGHTS, "*.pth", "*.pt"),
    "pickle": pickles,
    "safetensors": lambda: files(WEIGHTS, "*.safetensors"),
    "hdf5": lambda: files(WEIGHTS, "*.h5"),
    "hdf5-answers": hdf5_answers,
    "jpeg": lambda: files(IMAGES, "*.jpg"),
    "png": lambda: files(IMAGES, "*.png"),
    "webp": lambda: files(IMAGES, "*.webp"),
    "ppm": lambda: [b"P6\n2 1\n255\n\1\2\3\4\5\6", b"P6 # c\n1 1 255 abc"],
    "exif": exif,
    "tar": archives,
    "csv": lambda: labels() + predictions() + [b'a,"b""c\nd",e\r\n\r\n1\t2\n'],
    "labels": labels,
    "predictions": predictions,
    "manifest": lambda: [
        b'{"simulated": true, "files": {"a.jpg": {}}, "left_out": {"c.jpg": "damaged"}}',
        b'{"simulated": false}'],
    "parameters": drawn,
    "json": lambda: drawn() + [b'[1, -2, 1.5e3, "a\\u00e9", null, true, {"b": [18446744073709551615]}]'],
    "yaml": lambda: yaml("Experiments/*.yaml") + [b"a: &x [1, 2]\nb: *x\nc: {d: ~, e: 1.5}\n"],
    "training": lambda: yaml("Experiments/train-*.yaml", "Scripts/mpi/*.yaml"),
    "experiment": lambda: yaml("Experiments/[!t]*.yaml", "Experiments/table*.yaml"),
    "sweep": lambda: yaml("Experiments/sweep-*.yaml"),
    "set": lambda: [b"version: 1\nimages: images\nfolders: wnid\nclasses: present\n"],
    "distortion": lambda: yaml("Sources/Datasets/Resources/distortions/*.yaml",
                               "Sources/Datasets/Resources/prints/*.yaml"),
    "sqlite": databases,
    "worker": hellos,
    "request": requests,
    "mlflow": answers,
}


def main():
    folder = pathlib.Path(sys.argv[1])
    for target, make in SEEDS.items():
        place = folder / target
        place.mkdir(parents=True, exist_ok=True)
        contents = make()
        if not contents:
            sys.exit(f"seeds.py: no seed for {target}")
        for content in contents:
            (place / hashlib.sha1(content).hexdigest()).write_bytes(content)


if __name__ == "__main__":
    main()
