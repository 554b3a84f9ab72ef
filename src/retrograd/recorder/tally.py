"""Turns that are only counted: their losses and times, and what their gradients' norms follow from.

The loop's thread appends numbers and bytes, nothing else. They become steps when the file is written, which another
thread does, or when the next step is recorded in full.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from retrograd.contents import MEMORY, is_plain
from retrograd.recorder.passing import Passing
from retrograd.recorder.session import Session
from retrograd.recording import Step
from retrograd.store import Repeated

_COPIED = 1 << 12
"""Gradients of so many bytes together are copied, and their norms found later: this is faster than one operation."""

_NUMPY = {torch.float32: "<f4", torch.float64: "<f8"}


class Tally:
    """The turns since the last full step."""

    def __init__(self, passing: Passing, session: Session, light: bool, turns: int) -> None:
        self._passing, self._session = passing, session
        self.kept = array("d")
        """Loss and time of each turn."""
        self.limit = 2 * turns
        """As long as this `kept` may become."""
        self.norms = Norms(passing.leaves()) if light else None
        self.unsound = False
        """A norm was no finite number."""
        self._numbers = array("q")
        """Of the turns that are steps by now."""

    def steps(self) -> Sequence[Repeated | Step]:
        """Return the steps that have come since this was asked last. The writer lets one thread at a time ask."""
        first, last = len(self._numbers), len(self.kept) // 2
        if first == last:
            return ()
        number = self._session.steps
        kept = self.kept[2 * first : 2 * last]
        losses, times = kept[::2], kept[1::2]
        self._numbers.extend(range(number, number + last - first))
        began = self._session.began
        steps: Sequence[Repeated | Step]
        if self.norms is None:
            executable = self._passing.executable
            steps = [
                executable(number + n, now - began, loss)
                for n, (loss, now) in enumerate(zip(losses, times, strict=True))
            ]
        else:
            norms = self.norms.between(first, last)
            self.unsound = self.unsound or not all(math.isfinite(sum(each)) for each in norms)
            steps = [
                Repeated(number + n, None, "none", b"", (), now - began, loss, each)
                for n, (loss, now, each) in enumerate(zip(losses, times, norms, strict=True))
            ]
        self._session.have_passed(steps)
        return steps

    def again(self) -> list[Repeated | Step]:
        """Return the steps so that they can be executed, if they follow from what is known."""
        if not self._passing.can_be_executed:
            return []
        began, executable = self._session.began, self._passing.executable
        numbers = zip(self._numbers, self.kept[::2], self.kept[1::2], strict=False)
        return [executable(n, now - began, loss) for n, loss, now in numbers]


class Norms:
    """The norms of the gradients of each turn."""

    def __init__(self, leaves: Sequence[Callable[[], Tensor | None]]) -> None:
        self._leaves = leaves
        gradients = [getattr(leaf(), "grad", None) for leaf in leaves]
        there = [g for g in gradients if g is not None and g.dtype in _NUMPY and is_plain(g) and g.is_contiguous()]
        self._sizes = [g.nbytes for g in there]
        small = len(there) == len(leaves) and sum(self._sizes) <= _COPIED
        self._dtypes = [g.dtype for g in there] if small else None
        self._bytes, self._width = bytearray(), sum(self._sizes)
        self._found = array("d")
        self._odd: dict[int, tuple[float, ...]] = {}

    def take(self, turn: int) -> None:
        """Take what is there after a turn's backward call."""
        if self._dtypes is None:
            self._found[turn * len(self._leaves) :] = array("d", self.now())
            return
        parts = []
        for leaf, size, dtype in zip(self._leaves, self._sizes, self._dtypes, strict=True):
            tensor = leaf()
            gradient = None if tensor is None else tensor.grad
            if (
                gradient is None
                or gradient.nbytes != size
                or gradient.dtype is not dtype
                or not gradient.is_contiguous()
            ):
                self._odd[turn] = self.now()
                parts = [bytes(self._width)]
                break
            parts.append(MEMORY[(at := gradient.data_ptr()) : at + size])
        self._bytes[turn * self._width :] = b"".join(parts)

    def now(self) -> tuple[float, ...]:
        """Return the norm of each gradient."""
        gradients = [getattr(leaf(), "grad", None) for leaf in self._leaves]
        there = [gradient.detach() for gradient in gradients if gradient is not None]
        norms = torch._foreach_norm(there) if there else []  # type: ignore[attr-defined]
        found = iter([norm.item() for norm in norms])
        return tuple([math.nan if gradient is None else next(found) for gradient in gradients])

    def between(self, first: int, last: int) -> list[tuple[float, ...]]:
        """Return the norms of some turns."""
        width = len(self._leaves)
        if self._dtypes is None:
            found = self._found[first * width : last * width]
            return [tuple(found[n * width : (n + 1) * width]) for n in range(last - first)]
        rows = np.frombuffer(bytes(self._bytes[first * self._width : last * self._width]), "u1")
        rows = rows.reshape(last - first, self._width)
        columns, at = [], 0
        for size, dtype in zip(self._sizes, self._dtypes, strict=True):
            numbers = np.ascontiguousarray(rows[:, at : at + size]).view(_NUMPY[dtype]).astype("f8")
            with np.errstate(over="ignore", invalid="ignore"):
                columns.append(np.sqrt((numbers * numbers).sum(1)).tolist())
            at += size
        norms = list(zip(*columns, strict=True)) if columns else [()] * (last - first)
        return [self._odd.get(first + n, each) for n, each in enumerate(norms)]
