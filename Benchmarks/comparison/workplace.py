"""The files that the measurements share, made when they are first needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from comparison import photos
from comparison.peer_process import PeerFailed


@dataclass
class Workplace:
    """A temporary folder and the sizes of the run."""

    folder: Path
    threads: int
    seconds: float
    photo_source: Path | None
    photo_count: int
    notes: list[str] = field(default_factory=list)
    """What a reader of the result should know about the files."""

    def photos(self, share: float = 1.0) -> str:
        """A folder of `photo_count · share` JPEGs, at least 16."""
        count = max(round(self.photo_count * share), 16)
        made = self.folder / f"photos-{count}"
        if not made.exists():
            print(f"Making {count} photos", file=sys.stderr, flush=True)
            self.notes.append(photos.make(made, count, self.photo_source))
        return str(made)

    def compiled(self) -> str:
        """A folder for what torch.compile makes."""
        return str(self.folder / "inductor")

    def network(self, model: str, batch: int) -> str:
        """A folder with the model, random weights, as `comparison.export` writes it. Throws
        `PeerFailed`."""
        made = self.folder / f"{model}-{batch}"
        if not made.exists():
            made.mkdir()
            done = subprocess.run(
                [sys.executable, "-m", "comparison.export", model, str(batch), str(made)],
                cwd=Path(__file__).resolve().parents[1],
                capture_output=True,
                text=True,
            )
            if done.returncode:
                shutil.rmtree(made)
                raise PeerFailed(f"export of {model}: {done.stderr.strip().splitlines()[-1:]}")
        return str(made)
