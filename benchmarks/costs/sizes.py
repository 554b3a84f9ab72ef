"""What a recording takes on disk and in memory."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from costs.loops import GPT, LOOPS, NOTEBOOK, Loop
from costs.processes import in_child
from costs.tables import say
from retrograd import record


def peak_memory(name: str, how: str, turns: str) -> int:
    """Return the most bytes of memory that this process took at a time, with a loop run bare or recorded."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "loop.retro")
        with {"bare": nullcontext(), "memory": record(), "file": record(file)}[how]:
            LOOPS[name].run(int(turns), lambda: None)
    try:
        # Not ru_maxrss: on Linux it begins with the size of the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) << 10
    except OSError:
        import resource  # not on Windows

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def file_size(loop: Loop, turns: int) -> int:
    """Return the bytes of the file of so many turns."""
    with TemporaryDirectory() as folder:
        with record(Path(folder, "loop.retro")):
            loop.run(turns, lambda: None)
        return sum(path.stat().st_size for path in Path(folder).iterdir())


def sizes(turns: int, gpt_turns: int, repeats: int) -> list[list[str]]:
    """Return the rows of what a recording takes on disk and in memory."""
    say("sizes")
    rows = []
    counts = {NOTEBOOK: turns, GPT: gpt_turns}
    files = {loop: (file_size(loop, count), file_size(loop, 2 * count)) for loop, count in counts.items()}
    rows.append(
        ["bytes of the file for each further step"]
        + [f"{(two - one) / counts[loop]:,.0f}" for loop, (one, two) in files.items()]
    )
    rows.append(
        ["the whole file, source and program included"]
        + [f"{one / 1e6:.2f} MB after {counts[loop]} steps" for loop, (one, _) in files.items()]
    )
    peaks = {
        how: median(in_child("peak_memory", "gpt", how, str(gpt_turns)) for _ in range(repeats))
        for how in ("bare", "file", "memory")
    }
    extra = [
        f"{(peaks[how] - peaks['bare']) / 1e6:.0f} MB more {title}"
        for how, title in (("file", "with a file"), ("memory", "without"))
    ]
    bare = f"{peaks['bare'] / 1e6:.0f} MB bare"
    rows.append([f"peak memory of the process, {gpt_turns} steps", "", ", ".join([bare, *extra])])
    return rows
