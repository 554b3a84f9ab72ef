"""The proof of a sparse recording, made when the loop has ended: do the steps that nobody watched follow?

It runs in the person's process, so it must leave no trace there: not in random numbers, output, or exit status.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from types import FrameType

import torch
from torch.utils._python_dispatch import _disable_current_modes

from retrograd.program import Proof, prove
from retrograd.recording import Recording


def proof_in_words(recording: Recording, seconds: float) -> str:
    """Prove a recording for at most so many seconds, or until Ctrl-C; return what came of it as a sentence."""
    until = perf_counter() + seconds
    with _interrupt_noted() as interrupted, _out_of_sight():
        proof = prove(recording, lambda: interrupted() or perf_counter() > until)
    ended = "it was interrupted" if interrupted() else f"the {seconds:g} seconds for it were over"
    return _said(proof, ended)


def _said(proof: Proof, ended: str) -> str:
    wrong = [*proof.differences, *proof.skipped]
    if wrong:
        more = f", and {len(wrong) - 1} more; retrograd show --prove lists them" if len(wrong) > 1 else ""
        return f"the proof {'fails' if proof.differences else 'is incomplete'}: {wrong[0]}{more}"
    if proof.stopped_at is not None:
        return f"the proof ended before step {proof.stopped_at}, for {ended}; retrograd show --prove goes through all"
    return (
        f"the proof holds: all {proof.steps} steps, executed again from the recording alone, give bitwise "
        f"what was recorded ({proof.compared} values)"
    )


@contextmanager
def _interrupt_noted() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C end the proof and nothing else: the loop is over, and must end as it ended."""
    seen: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield lambda: False
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(seen)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _out_of_sight() -> Iterator[None]:
    """Compute where the person's modes do not look, and leave the default random generator as it is."""
    state = torch.get_rng_state()
    try:
        with ExitStack() as stack:
            stack.enter_context(torch._C.DisableTorchFunction())  # type: ignore[attr-defined]
            stack.enter_context(_disable_current_modes())
            stack.enter_context(torch.autocast("cpu", enabled=False))
            yield
    finally:
        torch.set_rng_state(state)
