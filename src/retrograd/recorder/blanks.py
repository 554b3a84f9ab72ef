"""Memory that was allocated and not written to, as `torch.empty` gives it: when does it matter what it holds?

Most of it is filled as a whole before anything reads it. Where it is filled piece by piece, what it held before shows
in between. And C++ code may fill it beneath all operations, as `F.ctc_loss` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor

from retrograd.contents import extent
from retrograd.recorder.seen import NOT_WRITTEN
from retrograd.recorder.turn import Turn
from retrograd.recording import Reference, hands_out_memory

_FILLING = {
    *("copy_", "fill_", "zero_", "normal_", "uniform_", "random_", "bernoulli_", "exponential_", "log_normal_"),
    *("cauchy_", "geometric_", "set_", "resize_"),
}
"""Operations that write to a tensor without reading it."""

_MOST = 1 << 28
"""So many bytes of such memory are kept at most."""


def allocates(name: str) -> bool:
    """Return whether an operation returns blank memory."""
    return hands_out_memory(name) and not grows(name)


def grows(name: str) -> bool:
    """Return whether an operation may put memory as it finds it behind what a tensor holds."""
    return name.startswith("aten::resize_.")


def find(turn: Turn, func: Any, given: Iterable[Tensor], written: list[Tensor]) -> None:
    """Keep what blank memory holds that an operation is about to read, or to write to in part."""
    for tensor in _used(turn, func, given, written):
        if tensor.untyped_storage().nbytes() > _MOST:
            turn.cannot_see("large memory that was used before all of it was written to")
        else:
            turn.found(tensor)


def _used(turn: Turn, func: Any, given: Iterable[Tensor], written: list[Tensor]) -> Iterator[Tensor]:
    name = func.overloadpacket.__name__
    if func.is_view or name.endswith("_like") or name.startswith("new_"):
        return
    fills = name in _FILLING or func._overloadname.endswith("out")
    for tensor in given:
        if turn.knows(tensor) and turn.storage_of(tensor).blank:
            whole = extent(tensor) == tensor.numel() * tensor.element_size() == tensor.untyped_storage().nbytes()
            if not (fills and whole and any(tensor is other for other in written)):
                yield tensor


def blank_again(turn: Turn, contents: int) -> None:
    """Find out which memory of a turn that was cut short nothing had been written to by then.

    Args:
        turn: Its operations are those up to there.
        contents: How many contents there were.
    """
    for number, ran in enumerate(turn.ran):
        if not allocates(ran.name):
            continue
        (slot,) = ran.outputs
        storage = turn.sights[slot].storage
        if ran.unstable and ran.made[0].buffer >= contents:
            ran.made, ran.unstable = (Reference(slot, NOT_WRITTEN),), False
        later = (reference for other in turn.ran[number:] for reference in other.writes)
        if not ran.unstable and not any(turn.sights[reference.slot].storage is storage for reference in later):
            storage.blank, storage.maker = True, number
