"""Where a turn of the loop begins and ends.

A step is one turn of the loop that holds the backward call. The loop is found in the person's bytecode: the
innermost one around the call, in the innermost frame that stands in one. After the call, the turn is over when the
code comes by an instruction that lies before it again, or when it has left the loop. A function that calls itself in
there makes a turn of each call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType, FrameType

from retrograd.recorder.lines import Place, is_inside, is_own, leads_to, loops_around, own_frames

Chain = tuple[tuple[int, Place], ...]
"""The person's frames from the outermost inwards: which frame, and where it stands."""


@dataclass(frozen=True, slots=True)
class BackwardCall:
    """Where the person's code stood at a backward call, and the loop around it."""

    chain: Chain
    depth: int
    """Which frame of the chain holds the loop; -1 if none does."""
    first: int
    """Offset of the loop's first instruction."""
    last: int
    passed: bool = True
    """The code has gone on since. Until then, what PyTorch still does for the same call stands at the same place."""


def chain_of(frame: FrameType | None) -> Chain:
    """Return where the person's code stands now."""
    return tuple((id(own), (own.f_code, own.f_lasti)) for own in own_frames(frame))[::-1]


def backward_call(chain: Chain, passed: bool = True) -> BackwardCall:
    """Return what is known about a backward call from where the code stands at it."""
    for depth in range(len(chain) - 1, -1, -1):
        for first, last in loops_around(*chain[depth][1]):
            return BackwardCall(chain, depth, first, last, passed)
    return BackwardCall(chain, -1, 0, 0, passed)


def is_direct(frame: FrameType | None) -> bool:
    """Return whether the person's code called backward itself, and no other part of PyTorch did it for it."""
    while frame is not None and not is_own(frame.f_code):
        if not frame.f_code.co_filename.replace("\\", "/").endswith(_BACKWARD_FILES):
            return False
        frame = frame.f_back
    return True


_BACKWARD_FILES = (
    "torch/overrides.py",
    "torch/_tensor.py",
    "torch/autograd/__init__.py",
    "recorder/close.py",
)


def progress(chain: Chain, call: BackwardCall, *, of_this_turn: bool = True) -> int:
    """Return how the code at `chain` stands to the backward call: 1 later in the same turn, -1 when that is over.

    0 means that PyTorch is still at work for the call that called backward.

    Both stacks are the same from the outside in, up to the frame where something else is being done by now.

    Args:
        chain: Where the code stands.
        call: The backward call.
        of_this_turn: False if `call` was seen in a turn before, so that functions called in the loop have other
            frames by now.
    """
    for depth, ((frame, (code, offset)), (known, (known_code, known_offset))) in enumerate(
        zip(chain, call.chain, strict=False)
    ):
        other = frame != known and (of_this_turn or depth <= call.depth)
        if other or code is not known_code:
            # Another call from the same instruction: the loop around that has come round.
            return -1 if depth > 0 or call.depth >= 0 else 1
        if depth == call.depth and not is_inside(code, offset, (call.first, call.last)):
            return -1
        if offset != known_offset:
            if offset < known_offset or depth < call.depth:
                return -1
            if depth > call.depth and _recurs(code, (*chain[depth + 1 :], *call.chain[depth + 1 :])):
                return -1
            # Behind the call, but in another branch: that is where a later turn went.
            in_loop = depth == call.depth
            return 1 if not in_loop or leads_to(code, known_offset, offset, (call.first, call.last)) else -1
    return -1 if call.passed else 0


def is_in_loop(chain: Chain, call: BackwardCall) -> bool:
    """Return whether the code at `chain` stands in the loop around a backward call, also if no loop is known."""
    if call.depth < 0:
        return True
    known = call.chain[call.depth][1][0]
    return any(code is known and is_inside(code, offset, (call.first, call.last)) for _, (code, offset) in chain)


def _recurs(code: CodeType, inner: Chain) -> bool:
    """Return whether a function called itself, be it through others: each such call is a turn of its own."""
    return any(other is code for _, (other, _) in inner)


def turn_start(chains: Sequence[Chain], call: BackwardCall) -> int | None:
    """Return which of the events up to a backward call is the first of its loop, or None if there is no loop."""
    if call.depth < 0:
        return None
    frame, (code, _) = call.chain[call.depth]
    for number, chain in enumerate(chains):
        if len(chain) > call.depth:
            known, (known_code, offset) = chain[call.depth]
            if known == frame and known_code is code and call.first <= offset <= call.last:
                return number
    return None
