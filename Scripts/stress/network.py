"""Which commands open a socket: none but `serve` and `export mlflow`.

    python3 Scripts/stress/network.py

Runs every command once under strace and lists its calls of socket, connect, bind and sendto for anything but a file
system's path (AF_UNIX). `serve` may listen on 127.0.0.1 and connect nowhere; `export mlflow` may connect to the
address that it was given. Needs strace. Exit status 1 where a command does more.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import harness
from harness import EVALUATION, SAMPLE, TINY


WORKER = harness.ROOT / "Tests/EvaluationTests/Fixtures/worker.py"


def commands(folder):
    database = ["--database", folder / "runs.sqlite"]
    photo, weights, corrector = SAMPLE / "images/imagenet_00_243.jpg", SAMPLE / "squeezenet1_1.h5", SAMPLE / "corrector.h5"
    (folder / "sweep.yaml").write_text(f"version: 1\nname: network\ntrain: {TINY}\ngrid: {{ seed: [1, 2] }}\n")
    return [
        EVALUATION + ["--output", folder / "report"] + database,
        EVALUATION + ["--classifier", f"test=python3 {WORKER} works", "--models", "test", "--output", folder / "report"]
        + database,
        ["reproduce", "paper-tables", "--output", folder / "paper"],
        ["reproduce", "sample", "--limit", "2", "--draws", "1", "--output", folder / "report"] + database,
        ["classify", "--weights", weights, photo],
        ["canonical", photo, "--output", folder / "y.png"],
        ["distort", photo, "--seed", "1", "--output", folder / "x.png"],
        ["correct", photo, "--corrector", corrector, "--output", folder / "g.png"],
        ["export", "safetensors", weights, "--output", folder / "w.safetensors"],
        ["import", folder / "w.safetensors", "--output", folder / "w.h5"],
        ["inspect", folder / "w.h5"],
        ["train", TINY, "--images", SAMPLE / "images", "--steps", "4", "--output", folder / "training"] + database,
        ["sweep", folder / "sweep.yaml", "--images", SAMPLE / "images", "--steps", "2", "--output", folder / "sweep"]
        + database,
        ["adjust", corrector, "--set", "stn.tolerance=4", "--output", folder / "a.h5"],
        ["agreement", "--corrector", corrector, "--images", SAMPLE / "images", "--draws", "1"]
        + database,
        ["report", "sample", "--output", folder / "full"] + database,
        ["compare", "1", "2"] + database,
        ["runs"] + database,
        ["runs", "show", "1"] + database,
        ["database", "check"] + database,
        ["database", "vacuum"] + database,
        ["simulate-prints", "--data", SAMPLE, "--limit", "2", "--size", "1.5in", "--output", folder / "prints"],
        ["export", "csv", "--output", folder / "csv"] + database,
        ["export", "tensorboard", "--output", folder / "events"] + database,
        ["export", "onnx", corrector, "--output", folder / "g.onnx"],
        ["schema", "train"],
        ["serve", "--export", folder / "site"] + database,
        ["--version", "--verbose"],
    ]


def trace(arguments, log, until=None):
    """Runs a command under strace; returns its status and what it did with sockets."""
    process = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=socket,connect,bind,listen,sendto,sendmsg", "-o", log,
         *harness.command(arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if until:
        until()
        os.kill(int(subprocess.check_output(["pgrep", "-P", str(process.pid)])), signal.SIGINT)
    said = process.communicate(timeout=300)[1]
    lines = [re.sub(r"^\d+\s+", "", line.strip()) for line in open(log, errors="replace")]
    calls = [line for line in lines if re.match(r"\w+\(", line) and "AF_UNIX" not in line]
    # A descriptor that no socket of the network gave is none of its own.
    inet = any("AF_INET" in line or "AF_NETLINK" in line for line in calls)
    return process.returncode, calls if inet else [], said


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    findings = []
    with harness.Folder("network") as folder:
        log = folder / "strace.log"
        for arguments in commands(folder):
            status, calls, said = trace(arguments, log)
            name = " ".join(str(a) for a in arguments[:2])
            print(f"{name[:40]:40} exit {status}, {len(calls)} calls", flush=True)
            if calls:
                findings.append(f"{name}: {calls[:3]}")
            if status != 0:
                findings.append(f"{name}: exit {status}: {said.strip()[-200:]}")
        port, database = free_port(), ["--database", folder / "runs.sqlite"]

        def ask():
            def answers():
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
                        wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        return wire.recv(20).startswith(b"HTTP/1.1 200")
                except OSError:
                    return False
            if not harness.wait_until(answers, 30):
                findings.append("serve does not answer")
        status, calls, _ = trace(["serve", "--port", str(port)] + database, log, ask)
        binds = [c for c in calls if c.startswith("bind(") and "AF_INET" in c]
        connects = [c for c in calls if c.startswith("connect(") and "AF_INET" in c]
        print(f"serve: binds {binds}, connects {connects}")
        if connects or not binds or any("127.0.0.1" not in c or str(port) not in c for c in binds):
            findings.append(f"serve: {binds + connects}")
        status, calls, said = trace(
            ["export", "mlflow", "--tracking-uri", f"http://127.0.0.1:{port}"] + database, log)
        connects = [c for c in calls if c.startswith("connect(") and "AF_INET" in c]
        print(f"export mlflow: exit {status}, connects {connects}; {said.strip()[-120:]}")
        if not connects or any("127.0.0.1" not in c or f"htons({port})" not in c for c in connects):
            findings.append(f"export mlflow: {connects}")
    for finding in findings:
        print("FOUND:", finding)
    print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
