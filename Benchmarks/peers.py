#!/usr/bin/env python3
"""Runs realitygap and the usual ways to do the same work on a CPU in turn, and prints ratios.

    Benchmarks/peers.py [--only NAME…] [--json FILE]

Makes its own Python environment outside the repository when it is missing. See
Benchmarks/README.md for what is measured and how.
"""

from comparison import environment

if __name__ == "__main__":
    environment.enter()
    from comparison import command

    raise SystemExit(command.main())
