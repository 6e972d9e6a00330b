"""Load on a dashboard, from this machine alone: damaged requests, many connections, slow clients.

    .build/release/realitygap serve --database FILE --port 6007 &
    python3 Scripts/stress/serve.py 6007 [REQUESTS]

Damages REQUESTS requests (100,000) at random and sends them; then asks on 200 connections at once; then opens
200 that send half a request, and asks beside them. Exit status 1 where the server does not go on as it should.
"""

import collections
import random
import socket
import sys
import threading
import time
import urllib.request

PORT = int(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
HOST = b" HTTP/1.1\r\nHost: localhost\r\n"
WHOLE = [
    b"GET /" + HOST + b"\r\n",
    b"GET /runs/1?x=%00&y=%ff" + HOST + b"\r\n",
    b"POST /photo?cell=1" + HOST + b"X-Photo: 1\r\nContent-Length: 20\r\n\r\n\xff\xd8\xff\xe0" + b"a" * 16,
    b"GET /images?cell=1&label=%C3" + HOST + b"Connection: close\r\n\r\n",
    b"HEAD /events" + HOST + b"\r\n",
    b"GET /images?cell=1" + HOST + b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
    b"GET /runs/2/curve?metric=train/loss&from=-1&to=1e9" + HOST + b"\r\n",
]


def damaged(request, source):
    data = bytearray(request)
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(data)) if data else 0
        kind = source.randrange(4)
        if kind == 0 and data:
            data[at] = source.randrange(256)
        elif kind == 1:
            del data[at:at + source.randint(1, 8)]
        elif kind == 2:
            data[at:at] = source.randbytes(source.randint(1, 8))
        else:
            data[at:at] = data[max(0, at - 10):at] * source.randint(1, 4)
    return bytes(data)


def connected():
    return socket.create_connection(("127.0.0.1", PORT), timeout=20)


def send(data, answers):
    try:
        with connected() as wire:
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)
            answers[wire.recv(64)[9:12].decode(errors="replace") or "closed"] += 1
    except OSError as error:
        answers[type(error).__name__] += 1


def damage():
    answers = collections.Counter()
    source, lock, left = random.Random(5), threading.Lock(), iter(range(COUNT))

    def work():
        while True:
            with lock:
                if next(left, None) is None:
                    return
                data = damaged(source.choice(WHOLE), source)
            send(data, answers)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{COUNT} damaged requests: {dict(answers.most_common())}")


def page():
    start = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/experiments", timeout=20) as answer:
        assert answer.status == 200
    return time.monotonic() - start


def main():
    damage()
    print(f"then a page: {page():.2f} s")
    wires = [connected() for _ in range(200)]
    start = time.monotonic()
    for wire in wires:
        wire.sendall(b"GET /experiments" + HOST + b"\r\n")
    answered = sum(wire.recv(65536).startswith(b"HTTP/1.1 200") for wire in wires)
    print(f"200 connections: {answered} answered in {time.monotonic() - start:.1f} s")
    for wire in wires:
        wire.close()
    slow = [connected() for _ in range(200)]
    for wire in slow:
        wire.sendall(b"GET / HT")
    print(f"a page beside 200 slow clients: {page():.2f} s")
    start = time.monotonic()
    ended = sum(wire.recv(64).startswith(b"HTTP/1.1 408") for wire in slow)
    print(f"slow clients: {ended} ended after {time.monotonic() - start:.0f} s")
    sys.exit(0 if answered == 200 and ended == 200 else 1)


main()
