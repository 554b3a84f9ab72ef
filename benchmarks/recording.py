"""What recording costs: time beside the bare loop, costs that come once, sizes, and how soon a file is open.

`python benchmarks/recording.py` prints the tables; `--write` puts them into README.md, which says how to read
them. To measure something else beside the recorder, add a line to `variants`.
"""

from __future__ import annotations

import argparse
import ast
import gc
import inspect
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import CodeType, SimpleNamespace
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

import retrograd
from retrograd import load, record
from retrograd.program import prove

try:
    from torch.utils._debug_mode import DebugMode
except ImportError:  # it is private, and may go
    DebugMode = None

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
GPT_SCRIPT = HERE.parent / "examples" / "gpt.py"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

Turned = Callable[[], None]
"""Is called when the loop begins, and after each turn."""

# ---------------------------------------------------------------- the loops


def notebook(turns: int, turned: Turned) -> None:
    """Run the loop of examples/convergence.py, for so many turns."""
    torch.manual_seed(0)

    x = torch.ones(5)
    y = torch.zeros(3)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)

    learning_rate = 0.1
    learning_step = 0
    loss_history = []

    turned()
    while learning_step < turns:
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

        loss.backward()

        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad

        w.grad.zero_()
        b.grad.zero_()

        loss_value = loss.item()
        loss_history.append(loss_value)

        learning_step += 1
        turned()


def gpt(turns: int, turned: Turned) -> None:
    """Run the very script examples/gpt.py, for so many turns."""
    definitions, loop = _halves(GPT_SCRIPT)
    names: dict[str, Any] = {"__name__": "gpt", "__file__": str(GPT_SCRIPT), "print": lambda *_: None}
    exec(definitions, names)
    turned()
    # The script takes the turns from the command line, and prints at the end of each.
    names |= {"sys": SimpleNamespace(argv=["gpt.py", str(turns)]), "print": lambda *_: turned()}
    exec(loop, names)


@cache
def _halves(script: Path) -> tuple[CodeType, CodeType]:
    """Return what a script does before its loop, and from there on; lines keep their numbers."""
    body = ast.parse(script.read_text(encoding="utf-8")).body
    first = next(number for number, statement in enumerate(body) if isinstance(statement, ast.For))
    halves = [compile(ast.Module(part, []), str(script), "exec") for part in (body[:first], body[first:])]
    return halves[0], halves[1]


@dataclass(frozen=True)
class Loop:
    """A loop, and how long it runs in one sample."""

    title: str
    run: Callable[[int, Turned], None]
    turns: int
    warm_up: int
    """Turns before those that count: PyTorch and the recorder learn something in them."""
    fewest: int
    """A variant that is very slow runs fewer turns, but not fewer than these."""


NOTEBOOK = Loop("the notebook's loop", notebook, turns=2000, warm_up=50, fewest=50)
GPT = Loop("a GPT of 1.8 million parameters", gpt, turns=12, warm_up=6, fewest=12)
LOOPS = {"notebook": NOTEBOOK, "gpt": GPT}

# ---------------------------------------------------------------- what the loops run under


class CountFunctions(TorchFunctionMode):
    """The least that anything can cost which sees the calls of the loop."""

    count = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


class CountOperations(TorchDispatchMode):
    """The least that anything can cost which sees every operation."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


@contextmanager
def after_recording(file: Path) -> Iterator[None]:
    """Record something first: nothing of it may stay."""
    with record(file):
        notebook(20, lambda: None)
    yield


def profiler(file: Path) -> AbstractContextManager[Any]:
    """Return PyTorch's profiler, which keeps no values."""
    return torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], record_shapes=True)


@dataclass(frozen=True)
class Variant:
    """Something to run a loop under."""

    title: str
    enter: Callable[[Path], AbstractContextManager[Any]]
    """Given a file that it may write."""
    share: int = 1
    """It is so slow that it runs only this part of the turns: 20 for a twentieth."""


BARE = Variant("bare", lambda file: nullcontext())


def variants() -> list[Variant]:
    """Return everything that is measured; `BARE` must be among it."""
    modes = ("sparse", "light") if "mode" in inspect.signature(record).parameters else ()
    return [
        BARE,
        Variant("`record()`, in memory", lambda file: record()),
        Variant("**`record(file)`, every value of every step**", record),
        *(Variant(f'`record(file, mode="{mode}")`', partial(record, mode=mode)) for mode in modes),
        Variant("bare, after a recording has ended", after_recording),
        Variant("a `TorchFunctionMode` that counts", lambda file: CountFunctions()),
        Variant("a `TorchDispatchMode` that counts", lambda file: CountOperations()),
        Variant("`set_detect_anomaly(True)`", lambda file: torch.autograd.set_detect_anomaly(True)),
        Variant("`torch.profiler`, `record_shapes=True`", profiler),
        *([Variant("`DebugMode()`", lambda file: DebugMode(), share=20)] if DebugMode else []),
    ]


# ---------------------------------------------------------------- ratios

CLOCKS = {"CPU": time.thread_time, "wall": time.perf_counter, "CPU, all threads": time.process_time}


class Stopwatch:
    """Reads the clocks when the loop comes to certain turns."""

    def __init__(self, *turns: int) -> None:
        self.readings: list[list[float]] = []
        self._turns, self._turn = turns, 0

    def __call__(self) -> None:
        """Take notice of a turn."""
        if self._turn in self._turns:
            self.readings.append([clock() for clock in CLOCKS.values()])
        self._turn += 1


@dataclass(frozen=True)
class Sample:
    """How long one loop took under one variant."""

    seconds: list[float]
    """For a turn, by each of `CLOCKS`."""
    ending: float
    """Seconds from the last turn until the person goes on."""


Round = dict[str, Sample]
"""A sample of each variant, by its title."""


def sample(variant: Variant, loop: Loop) -> Sample:
    """Run a loop under a variant."""
    turns = max(loop.turns // variant.share, loop.fewest)
    watch = Stopwatch(loop.warm_up, loop.warm_up + turns)
    gc.collect()  # of what the sample before left; it stays enabled
    with TemporaryDirectory() as folder:
        with variant.enter(Path(folder, "loop.retro")):
            loop.run(loop.warm_up + turns, watch)
        ended = time.perf_counter()
    begin, end = watch.readings
    return Sample([(b - a) / turns for a, b in zip(begin, end, strict=True)], ended - end[1])


def measure(loop: Loop, rounds: int) -> list[Round]:
    """Run a loop under each variant once in every round, in a new order each time."""
    done: list[Round] = []
    for variant in variants():
        sample(variant, replace(loop, turns=1, warm_up=1, fewest=1))  # first uses take seconds
    for number in range(rounds):
        say(f"{loop.title}: round {number + 1} of {rounds}")
        order = random.Random(number).sample(variants(), len(variants()))
        done.append({variant.title: sample(variant, loop) for variant in order})
    return done


def ratios(rounds: Sequence[Round]) -> list[list[str]]:
    """Return a row for each variant: its ratios to the bare loop by each clock, and how long its end took."""
    rows = []
    for title in [variant.title for variant in variants()]:
        pairs = [(done[title], done[BARE.title]) for done in rounds]
        by_clock = [[(one.seconds[n], bare.seconds[n]) for one, bare in pairs] for n in range(len(CLOCKS))]
        ending = milliseconds(median(one.ending for one, _ in pairs))
        rows.append([title, *map(beside, by_clock), ending])
    return rows


def beside(pairs: Sequence[tuple[float, float]]) -> str:
    """Return the median of the ratios, and in brackets the ratio of the least times."""
    least = min(one for one, _ in pairs) / min(other for _, other in pairs)
    return f"{number(median(one / other for one, other in pairs))} ({number(least)})"


# ---------------------------------------------------------------- costs that come once

IMPORTS = """
import json, time
began = time.perf_counter()
import torch
torch_there = time.perf_counter()
import retrograd.recorder
print(json.dumps([torch_there - began, time.perf_counter() - torch_there]))
"""

DISPATCH = """
import json, time
import torch
from torch.utils._python_dispatch import TorchDispatchMode
class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))
times = [time.perf_counter()]
for _ in range(2):
    with Mode():
        torch.ones(3) + 1
    times.append(time.perf_counter())
print(json.dumps([times[1] - times[0], times[2] - times[1]]))
"""

FIRST_TURNS = 6
"""The recorder watches about four turns closely before it knows the loop."""


def first_times(name: str) -> list[list[float]]:
    """Return what only a fresh process can tell: `_times` of a bare loop, a first and a second recording."""
    run = LOOPS[name].run
    with TemporaryDirectory() as folder:
        return [
            _times(run, nullcontext()),
            _times(run, record(Path(folder, "first.retro"))),
            _times(run, record(Path(folder, "second.retro"))),
        ]


def _times(run: Callable[[int, Turned], None], manager: AbstractContextManager[Any]) -> list[float]:
    """Return the seconds to begin, those until the loop begins, and those of its turns."""
    marks = [time.perf_counter()]
    with manager:
        marks.append(time.perf_counter())
        run(FIRST_TURNS, lambda: marks.append(time.perf_counter()))
    return [later - mark for mark, later in pairwise(marks)]


def bare_turn(name: str, recorded: str) -> float:
    """Return the least CPU seconds of a bare turn in a process that "recorded" before, or "never" did."""
    loop = replace(LOOPS[name], turns=LOOPS[name].turns // 2)
    if recorded == "recorded":
        with TemporaryDirectory() as folder, record(Path(folder, "before.retro")):
            loop.run(loop.warm_up, lambda: None)
    return min(sample(BARE, loop).seconds[0] for _ in range(5))


def once(repeats: int) -> list[list[str]]:
    """Return the rows of what is paid once, in milliseconds."""
    say("what comes once")
    imports = medians(in_python("-c", IMPORTS) for _ in range(repeats))
    dispatch = medians(in_python("-c", DISPATCH) for _ in range(repeats))
    loops = []
    for name in LOOPS:
        bare, first, second = zip(*(in_child("first_times", name) for _ in range(repeats)), strict=True)
        loops.append([medians(bare), medians(first), medians(second)])

    def cells(run: int, first: int, last: int | None) -> list[str]:
        return [", ".join(milliseconds(seconds) for seconds in loop[run][first:last]) for loop in loops]

    rows = [
        ["`import torch`", *[milliseconds(imports[0])] * 2],
        ["`import retrograd.recorder` after it", *[milliseconds(imports[1])] * 2],
        ["any dispatch mode, the first time in a process", *[milliseconds(dispatch[0])] * 2],
        ["… the second time", *[milliseconds(dispatch[1])] * 2],
        ["bare: what stands before the loop", *cells(0, 1, 2)],
        ["… a turn", *cells(0, -1, None)],
    ]
    for run, title in ((1, "first recording of a process"), (2, "second recording")):
        rows += [
            [f"{title}: to begin it", *cells(run, 0, 1)],
            ["… what stands before the loop", *cells(run, 1, 2)],
            [f"… turns 1 to {FIRST_TURNS}", *cells(run, 2, None)],
        ]
    return rows


def remains(repeats: int) -> list[str]:
    """Return the ratio of the bare loop in processes that recorded to the one in processes that never did."""
    say("what stays after a recording")
    cells = []
    for name in LOOPS:
        pairs = [[in_child("bare_turn", name, how) for how in ("recorded", "never")] for _ in range(repeats)]
        cells.append(beside([(one, other) for one, other in pairs]))
    return cells


# ---------------------------------------------------------------- sizes


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


# ---------------------------------------------------------------- what is done with a recording


def opening(turns: int, repeats: int) -> str:
    """Return how long `retrograd show` takes beside `import numpy`, both with the start of Python."""
    say("retrograd show")
    with TemporaryDirectory() as folder:
        file = str(Path(folder, "loop.retro"))
        with record(file):
            notebook(turns, lambda: None)
        show, numpy = ["-m", "retrograd", "show", file], ["-c", "import numpy"]
        for arguments in (show, numpy):
            _seconds(arguments)
        pairs = [(_seconds(show), _seconds(numpy)) for _ in range(repeats)]
    took = [milliseconds(median(times)) for times in zip(*pairs, strict=True)]
    return f"{beside(pairs)}: {took[0]} ms beside {took[1]} ms"


def _seconds(arguments: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def proving(loop: Loop, rounds: int) -> str:
    """Return how long proving every step takes beside the bare loop."""
    say(f"{loop.title}: proving it")
    pairs, verdict = [], ""
    for _ in range(rounds + 1):
        bare = sample(BARE, loop).seconds[1]
        with TemporaryDirectory() as folder:
            with record(Path(folder, "loop.retro")):
                loop.run(loop.turns, lambda: None)
            began = time.perf_counter()
            proof = prove(load(Path(folder, "loop.retro")))
            pairs.append(((time.perf_counter() - began) / loop.turns, bare))
        wrong = len(proof.differences) + len(proof.skipped)
        verdict = f"{wrong} findings" if wrong else "bitwise equal"
    return f"{beside(pairs[1:])}, {verdict}"


# ---------------------------------------------------------------- other processes


def in_child(question: str, *arguments: str) -> Any:
    """Return the answer of a fresh process to one of `QUESTIONS`."""
    return in_python(__file__, "--child", question, *arguments)


def in_python(*arguments: str) -> Any:
    """Return what Python, started with these arguments, prints as JSON."""
    command = [sys.executable, *arguments]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return json.loads(run.stdout)


QUESTIONS = {"first_times": first_times, "bare_turn": bare_turn, "peak_memory": peak_memory}

# ---------------------------------------------------------------- the report


def say(text: str) -> None:
    """Tell whoever waits what is being done."""
    print(text, file=sys.stderr, flush=True)


def medians(rows: Iterable[Sequence[float]]) -> list[float]:
    """Return the median of each column."""
    return [median(column) for column in zip(*rows, strict=True)]


def number(value: float) -> str:
    """Return a ratio with as many digits as mean something."""
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds, without the unit."""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Return what was measured on, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} CPU cores ({platform.machine()}, {platform.system()}), Python {platform.python_version()}, "
        f"PyTorch {torch.__version__} with one thread, retrograd {retrograd.__version__}; {date.today()}"
    )


def report(quick: bool) -> str:
    """Measure everything, and return it as Markdown."""
    rounds, repeats = (2, 1) if quick else (9, 5)
    loops = [replace(NOTEBOOK, turns=200), replace(GPT, turns=2, fewest=2)] if quick else [NOTEBOOK, GPT]
    # Small files and small processes first: the ratios leave a large one behind.
    memory = sizes(200 if quick else 1000, 2 if quick else 16, repeats)
    parts = [f"{machine()}. {rounds} rounds{', too few to quote: --quick' if quick else ''}."]
    first = once(repeats)
    stays = remains(repeats)
    for loop in loops:
        done = measure(loop, rounds)
        bare = milliseconds(median(one[BARE.title].seconds[0] for one in done))
        title = loop.title[0].upper() + loop.title[1:]
        parts.append(f"**{title}**, {loop.turns} turns; a bare one takes {bare} ms.")
        parts.append(table(["ratio to the bare loop", *CLOCKS, "its end, ms"], ratios(done)))
    titles = [loop.title for loop in LOOPS.values()]
    parts.append(table(["once, ms", *titles], first))
    parts.append(table(["size", *titles], memory))
    parts.append(
        table(
            ["afterwards", *titles],
            [
                ["bare in a process that recorded, beside one that never did", *stays],
                ["`retrograd show` beside `import numpy`", opening(1000, 3 if quick else 15), ""],
                [
                    "reading the file and proving every step, beside the bare loop",
                    *(proving(loop, rounds) for loop in loops),
                ],
            ],
        )
    )
    return "\n\n".join(parts)


def write(measured: str) -> None:
    """Replace what README.md has between its markers."""
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{README} has no {BEGIN} … {END}, so there is no place for the tables.")
    README.write_text(f"{before}{begin}\n\n{measured}\n\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Measure what recording costs.")
    parser.add_argument("--quick", action="store_true", help="two minutes instead of ten; not to be quoted")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md, too")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.child:
        question, *rest = arguments.child
        print(json.dumps(QUESTIONS[question](*rest)))
        return
    measured = report(arguments.quick)
    print(measured)
    if arguments.write:
        write(measured)


if __name__ == "__main__":
    main()
