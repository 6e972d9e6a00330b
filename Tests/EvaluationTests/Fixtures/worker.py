"""A worker for tests, of the standard library alone: python3 worker.py MODE [TEXT].

Logits 0 to 9 of an image are its first ten numbers; the others are −9. TEXT decides the digest.
"""

import array
import hashlib
import json
import os
import struct
import sys
import time

mode = sys.argv[1]
text = sys.argv[2] if len(sys.argv) > 2 else "a"
source, output = sys.stdin.buffer, sys.stdout.buffer
if mode == "early":
    sys.exit("no such model")
if mode == "mute":
    time.sleep(60)
if mode == "chatty":
    print("loading", flush=True)
hello = {
    "realitygap_worker": 3 if mode == "newer" else 2, "name": f"test {text}",
    "digest": "none" if mode == "digest" else hashlib.sha256(text.encode()).hexdigest(),
    "classes": 10 if mode == "ten" else 1000, "versions": {"python": "3"}}
output.write(json.dumps(hello).encode() + b"\n")
output.flush()
while header := source.read(24):
    magic, number, n, height, width, channels = struct.unpack("<4s5I", header)
    assert magic == b"RGRQ", magic
    size = height * width * channels
    batch = array.array("f", source.read(4 * n * size))
    if mode == "die":
        sys.exit("out of memory")
    if mode == "killed":
        os.kill(os.getpid(), 9)
    if mode == "silent":
        time.sleep(60)
    if mode == "print":
        print("step 1 of 10: this does not belong here", flush=True)
    logits = array.array("f")
    for image in range(n - (mode == "fewer")):
        logits.extend(batch[image * size:image * size + 10])
        logits.extend([float("nan") if mode == "nan" else -9.0] * 990)
    classes = 500 if mode == "half" else 1000
    answer = struct.pack("<4s3I", b"RGAN", number, len(logits) // classes, classes) + logits.tobytes()
    if mode == "huge":
        answer = struct.pack("<4s3I", b"RGAN", number, 0xffffffff, 0xffffffff)
    if mode == "many":
        answer = struct.pack("<4s3I", b"RGAN", number, 200_000, 1000)
    lengths = {"cut": 100, "header": 10}
    output.write(answer[:lengths.get(mode)])
    if mode == "twice":
        output.write(answer)
    output.flush()
    if mode == "closes":
        os.close(1)
        time.sleep(60)
    if mode in lengths:
        sys.exit(0)
