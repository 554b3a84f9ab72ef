"""Draw the picture of docs/sweeping.md: `python docs/images/sweep.py` records examples/twin.py, and sweeps it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from retrograd import plots, sweep

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Record the loop, sweep it, and draw that."""
    script = HERE.parents[1] / "examples" / "twin.py"
    with TemporaryDirectory() as folder:
        recording = Path(folder, "twin.retro")
        command = [sys.executable, "-m", "retrograd", "run", "-o", str(recording), str(script)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        result = sweep(recording, learning_rate="0.5:10:40", history=True)
        plots.save(plots.sweep_figure(result), HERE / "sweep-twin.png")


if __name__ == "__main__":
    main()
