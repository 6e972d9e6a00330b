#!/usr/bin/env python3
"""Makes Tests/CommandTests/Fixtures/squeezenet1_1_logits.h5 from the full golden file.

    python Scripts/goldens/commands.py squeezenet1_1_logits.h5            (needs h5py)

The full file holds the reference logits of the 20 photographs of
Experiments/sample, in the order of their names; only its dataset `logits` [20, 1000] is kept.
"""

import pathlib
import sys

import h5py

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/CommandTests/Fixtures"

with h5py.File(sys.argv[1]) as source:
    logits = source["logits"][...].astype("<f4")
assert logits.shape == (20, 1000)
with h5py.File(FIXTURES / "squeezenet1_1_logits.h5", "w", track_order=False) as target:
    target.create_dataset("logits", data=logits, track_times=False)
