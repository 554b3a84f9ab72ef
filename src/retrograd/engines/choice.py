"""Which engine takes which work, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from retrograd.engines.devices import CPU, gpus_of, refuse_missing
from retrograd.engines.loop import run_in_turn
from retrograd.engines.runs import Answer, Meanwhile, Progress, idle
from retrograd.engines.work import Work
from retrograd.errors import NotSweepableError, SweepError

ENGINES = ("auto", "loop", "batch", "compiled")

FEW = 20_000
"""Up to so many turns in all, the loop itself is done in about a second, before anything else has begun."""

MANY = 1_000_000_000
"""From so many single numbers on, compiling takes less time than it saves."""


@dataclass(frozen=True)
class Choice:
    """An engine, and why it was chosen."""

    name: str
    reason: str


def choose(wanted: str, work: Work, runs: int, meanwhile: Meanwhile = idle) -> Choice:
    """Return the engine for a sweep.

    Args:
        wanted: One of `ENGINES`.
        work: Some of its runs.
        runs: How many runs there are in all.
        meanwhile: What is done while something is compiled.

    Raises:
        NotSweepableError: The engine that was asked for cannot run this loop.
        SweepError: It does not compute on the device that was asked for, or there is none.
    """
    if work.device != CPU:
        return _on_a_gpu(wanted, work)
    turns = runs * work.stop.max_steps
    if wanted == "loop":
        return Choice("loop", "asked for")
    if wanted == "auto" and turns <= FEW:
        bitwise = ", and bitwise the script's" * (not gpus_of(work.course.at(0).program))
        return Choice("loop", f"{turns} turns at most: done before anything else is ready{bitwise}")
    obstacle = _obstacle(work)
    if wanted == "batch":
        if obstacle is not None:
            raise NotSweepableError(f"{obstacle} (engine='loop' makes the runs one after another)")
        return Choice("batch", "asked for")
    if wanted == "auto" and obstacle is not None:
        return Choice("loop", f"many runs at once are not possible: {obstacle}")
    if wanted == "auto" and turns * _entries(work) < MANY:
        return Choice("batch", f"{_count(turns)} turns at most: done before a compiler would be")
    form, obstacle = ("", obstacle) if obstacle is not None else _compiled(work, meanwhile)
    if obstacle is None:
        return Choice(
            "compiled", f"{'asked for' if wanted == 'compiled' else _count(turns) + ' turns at most'}; {form}"
        )
    if wanted == "compiled":
        raise NotSweepableError(f"{obstacle} (engine='batch' does without a compiler)")
    return Choice("batch", f"{_count(turns)} turns at most; not compiled: {obstacle}")


def run(choice: Choice, work: Work, progress: Progress) -> Answer:
    """Make runs with the engine that was chosen."""
    if choice.name == "loop":
        return run_in_turn(work, progress)
    # Tracing brings in much of PyTorch, which a small sweep need not wait for.
    if choice.name == "compiled":
        from retrograd.engines.pool import run_compiled

        return run_compiled(work, progress)
    from retrograd.engines.batch import run_together

    return run_together(work, progress)


def _on_a_gpu(wanted: str, work: Work) -> Choice:
    if wanted not in ("auto", "batch"):
        raise SweepError(
            f"the engine `{wanted}` computes on the CPU, and {work.device} was asked for. On a GPU there is the engine "
            "`batch` only (engine='batch', --engine batch); or leave the device out"
        )
    refuse_missing(work.device)
    obstacle = _obstacle(work)
    if obstacle is not None:
        raise NotSweepableError(f"{obstacle} (not on {work.device}, therefore; leave the device out)")
    return Choice("batch", "asked for" if wanted == "batch" else f"the only one that computes on {work.device}")


def _obstacle(work: Work) -> str | None:
    """Return why runs cannot be made many at once, or None."""
    from retrograd.engines.batch import run_together

    few = work.part(0, 2)
    few = replace(few, stop=replace(few.stop, max_steps=min(2, few.stop.max_steps)), history=False, parameters=False)
    try:
        run_together(few)
    except NotSweepableError as error:
        return str(error)
    return None


def _compiled(work: Work, meanwhile: Meanwhile) -> tuple[str, str | None]:
    """Return how the compiled turns are written, and why there are none."""
    from retrograd.engines.compiling import kernel_for

    try:
        return kernel_for(work, meanwhile).form, None
    except NotSweepableError as error:
        return "", str(error)


def _entries(work: Work) -> int:
    """Return how many single numbers a turn computes."""
    from retrograd.engines.batch import Batches
    from retrograd.engines.lanes import entries_of

    course = work.course
    return entries_of(Batches(work).flow(len(course.opening) if course.turn is not None else 0))


def _count(number: int) -> str:
    return f"{number:.1e}".replace("e+0", "e").replace("e+", "e") if number >= 100_000 else str(number)
