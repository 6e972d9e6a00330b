"""Containers, as far as a run's process is concerned: PID namespaces of their own, with a host name, that share
files with all others. Needs root and util-linux."""

import os
import pathlib
import subprocess

import harness


class Container:
    """A PID namespace that lives until `kill`."""

    def __init__(self, host):
        # Its first process reaps nothing and needs nothing: `sleep`.
        script = 'hostname "$1" && exec sleep 1000000'
        self.outer = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "sh", "-c", script, "sh", host],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not harness.wait_until(lambda: child(self.outer.pid) and name(child(self.outer.pid)) == "sleep"):
            raise SystemExit("no PID namespaces here: this needs root")
        self.first = child(self.outer.pid)

    def command(self, argv, pid=None):
        """What starts a program in it; its pid there is the one after `pid`, if that is free."""
        enter = ["nsenter", "--target", str(self.first), "--pid", "--uts", "--mount"]
        if pid is None:
            return enter + argv
        script = 'echo "$1" >/proc/sys/kernel/ns_last_pid; shift; "$@"; exit $?'
        return enter + ["sh", "-c", script, "sh", str(pid), *argv]

    def kill(self):
        """All processes in it end at once."""
        try:
            os.kill(self.first, 9)
        except ProcessLookupError:
            pass
        self.outer.wait()


def child(pid):
    """The first child of a process, or None."""
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return None
    return int(text.split()[0]) if text.split() else None


def name(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return None


def find(pid, comm="realitygap"):
    """The process of this name among one and its only children, or None."""
    while pid is not None:
        if name(pid) == comm[:15]:
            return pid
        pid = child(pid)
    return None


def identity(pid):
    """What the store knows a process by: its PID namespace, its pid there, its start; None when it has ended."""
    try:
        namespace = os.readlink(f"/proc/{pid}/ns/pid")
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(")") + 2:].split()
    if fields[0] in "ZX":
        return None
    inner = next(line.split()[-1] for line in status.splitlines() if line.startswith("NSpid:"))
    return namespace, int(inner), fields[19]
