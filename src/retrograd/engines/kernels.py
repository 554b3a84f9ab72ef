"""A function in C++ that makes many turns of many runs.

What is written here is only the loop round a turn: lanes outside, a vector of them at a time, turns inside, each lane
until its run has ended.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from retrograd.engines.forms import KINDS, PRELUDE, number
from retrograd.engines.runs import Meanwhile, Stop, idle
from retrograd.engines.toolchain import built

Function = Callable[..., None]
"""Takes state, numbers, first, steps, final, lowest, going, constants, outside, history, memory, lanes and turns, and
writes to the tensors among them."""

TENSORS = 11
"""So many of its arguments are tensors."""


@dataclass(frozen=True)
class Body:
    """A turn as it is written in C++."""

    before: str
    """Fetches the state of a vector of lanes."""
    turn: str
    """Computes a turn."""
    loss: str
    """The loss, as it is written."""
    update: str
    """Puts what the turn left in the place of the state."""
    after: str
    """Writes the state of those lanes back that `which` says."""
    functions: str = ""
    """What is written before the kernel."""
    outside: int = 0
    """How many numbers come from outside in each turn."""


@dataclass(frozen=True)
class Wanted:
    """What a kernel does besides turns."""

    stop: Stop
    dtype: torch.dtype
    history: bool = False
    """Whether it writes down the loss of each turn."""


def compiled(body: Body, wanted: Wanted, meanwhile: Meanwhile = idle) -> Function:
    """Return the function; compiled the first time, from a cache on disk later on.

    It runs without Python's lock, so that several threads may be in it at once.

    Raises:
        NotSweepableError: The compiler failed.
    """
    kernel = built(framed(body, wanted), meanwhile).kernel
    kernel.restype = None
    kernel.argtypes = [ctypes.c_void_p] * TENSORS + [ctypes.c_int64] * 2

    def function(*arguments: Any) -> None:
        tensors, sizes = arguments[:TENSORS], arguments[TENSORS:]
        kernel(*(tensor.data_ptr() for tensor in tensors), *sizes)

    return function


def framed(body: Body, wanted: Wanted) -> str:
    """Return the source of the function."""
    stop, dtype = wanted.stop, wanted.dtype
    ends = [""]
    if stop.until is not None:
        ends.append(f"going = going & (loss > V({number(_below(stop.until, dtype))}));")
    if stop.growth is not None:
        ends.append(f"going = going & (loss <= begin * V({number(stop.growth)}));")
    return _FRAME.format(
        prelude=PRELUDE, functions=body.functions, kind=KINDS[dtype], most=stop.max_steps, before=body.before,
        outside=_OUTSIDE.format(size=body.outside) if body.outside else "",
        next=f"at += {body.outside};" if body.outside else "",
        turn=body.turn, loss=body.loss, history=_HISTORY.format(most=stop.max_steps) if wanted.history else "",
        ends="\n            ".join(ends), update=body.update, after=body.after,
    )  # fmt: skip


_FRAME = """{prelude}
{functions}
extern "C" void kernel({kind}* state, const {kind}* numbers, const {kind}* first, int32_t* steps, {kind}* final,
                       {kind}* lowest, {kind}* still, const {kind}* constants, const {kind}* outside, {kind}* history,
                       {kind}* memory, int64_t lanes, int64_t turns)
{{
    using T = {kind};
    using V = at::vec::Vectorized<T>;
    constexpr int64_t width = V::size();
    constexpr int nobody = static_cast<int>((1ull << width) - 1);
    for (int64_t lane = 0; lane < lanes; lane += width) {{
        V going = V::loadu(still + lane) != V(0);
        if (going.zero_mask() == nobody) continue;
        {before}
        const V begin = V::loadu(first + lane);
        const auto leave = [&](V which) __attribute__((always_inline)) {{
            {after}
        }};
        V end = V::loadu(final + lane), low = V::loadu(lowest + lane), count(0);
        T already[width];
        for (int64_t i = 0; i < width; i++) already[i] = static_cast<T>({most} - steps[lane + i]);
        const V most = V::loadu(already);
        {outside}
        for (int64_t turn = 0; turn < turns; turn++) {{
            {turn}
            const V loss = {loss};
            {history}
            const V before = going;
            count = V::blendv(count, count + V(1), going);
            end = V::blendv(end, loss, going);
            low = V::blendv(low, V::blendv(low, loss, loss < low), going);
            going = going & (loss.abs() < V(std::numeric_limits<T>::infinity())) & (count < most);{ends}
            {update}
            const V ended = before ^ going;
            // Lanes that go on move those that have ended, too.
            if (ended.zero_mask() != nobody) leave(ended);
            if (going.zero_mask() == nobody) break;
            {next}
        }}
        leave(going);
        end.store(final + lane);
        low.store(lowest + lane);
        V::blendv(V(0), V(1), going).store(still + lane);
        count.store(already);
        for (int64_t i = 0; i < width; i++) steps[lane + i] += static_cast<int32_t>(already[i]);
    }}
}}
"""

_OUTSIDE = """// All lanes of a vector began together, so those that go on are at the same turn.
        const T* at = outside;
        for (int64_t i = 0; i < width; i++) {{
            if (still[lane + i] != 0) at = outside + steps[lane + i] * {size}L;
        }}"""

_HISTORY = """T losses[width], done[width], on[width];
            loss.store(losses);
            count.store(done);
            V::blendv(V(0), V(1), going).store(on);
            for (int64_t i = 0; i < width; i++) {{
                if (on[i] != 0) {{
                    history[(lane + i) * {most}L + steps[lane + i] + static_cast<int64_t>(done[i])] = losses[i];
                }}
            }}"""


def _below(number: float, dtype: torch.dtype) -> float:
    """Return the greatest number of a dtype that is not greater: a loss in that dtype is compared as in float64."""
    found = torch.tensor(number, dtype=dtype)
    if float(found) > number:
        found = torch.nextafter(found, torch.tensor(-torch.inf, dtype=dtype))
    return float(found)
