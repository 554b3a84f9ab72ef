"""A turn taken apart into single numbers, as a function in C++ that makes many turns without leaving the registers.

PyTorch ships what is needed: its vector classes, and the tool chain with which its compiler builds kernels for the CPU,
flags, instruction set, cache on disk and all. What is written here is only the loop: lanes outside, turns inside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import torch

from retrograd.engines.runs import Stop
from retrograd.engines.scalars import Lane, Scalars
from retrograd.errors import NotSweepableError

Function = Callable[..., None]
"""Takes state, numbers, first, steps, final, lowest, going, lanes and turns, and writes to the tensors among them."""

KINDS = {torch.float32: "float", torch.float64: "double"}


def no_compiler() -> str | None:
    """Return why nothing can be compiled here, or None."""
    wanted = os.environ.get("CXX")
    candidates = [wanted] if wanted else ["g++", "clang++"]
    if not any(shutil.which(candidate) for candidate in candidates):
        return f"there is no C++ compiler here ({' and '.join(candidates)} not found), so nothing can be compiled"
    return None


def compiled(scalars: Scalars, carried: tuple[int, ...], stop: Stop, dtype: torch.dtype, numbers: int) -> Function:
    """Return the function; compiled the first time, from PyTorch's cache on disk later on.

    Args:
        scalars: What a turn is.
        carried: For each entry of the state, where the turn leaves the next one.
        stop: When a run ends.
        dtype: What is computed in.
        numbers: How many numbers differ from run to run.

    Raises:
        NotSweepableError: An operation has no form in C++ here, or the compiler failed.
    """
    source = written(scalars, carried, stop, dtype, numbers)
    kind = KINDS[dtype]
    pointers = [f"{kind}*", f"const {kind}*", f"const {kind}*", "int32_t*", f"{kind}*", f"{kind}*", f"{kind}*"]
    try:
        from torch._inductor.codecache import CppPythonBindingsCodeCache

        return CppPythonBindingsCodeCache.load_pybinding([*pointers, "int64_t", "int64_t"], source)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if "error" in line.lower()]
        reason = (lines or [str(error).strip().partition("\n")[0] or type(error).__name__])[0]
        raise NotSweepableError(f"the C++ compiler failed: {reason}") from error


def written(scalars: Scalars, carried: tuple[int, ...], stop: Stop, dtype: torch.dtype, numbers: int) -> str:
    """Return the source of the function.

    Raises:
        NotSweepableError: An operation has no form in C++ here.
    """
    if dtype not in KINDS:
        raise NotSweepableError(f"{dtype} has no form in C++ here")
    state = len(carried)
    before = [f"auto v{n} = V::loadu(state + {n} * lanes + lane);" for n in range(state)]
    before += [f"const auto v{state + n} = V::loadu(numbers + {n} * lanes + lane);" for n in range(numbers)]
    turn = []
    for place, (function, arguments) in enumerate(scalars.steps):
        turn.append(f"const auto v{scalars.inputs + place} = {_spelled(function, arguments)};")
    loss = _argument(scalars.outputs[0])
    turn += [
        f"const V loss = {loss};",
        "count = V::blendv(count, count + V(1), going);",
        "end = V::blendv(end, loss, going);",
        "low = V::blendv(low, V::blendv(low, loss, loss < low), going);",
        "going = going & (loss.abs() < V(std::numeric_limits<T>::infinity())) & (count < most);",
    ]
    if stop.until is not None:
        turn.append(f"going = going & (loss > V({_number(_below(stop.until, dtype))}));")
    if stop.growth is not None:
        turn.append(f"going = going & (loss <= begin * V({_number(stop.growth)}));")
    turn += [f"const V w{n} = {_argument(scalars.outputs[place])};" for n, place in enumerate(carried)]
    turn += [f"v{n} = w{n};" for n in range(state)]
    turn.append("if (going.zero_mask() == nobody) break;")
    after = [f"v{n}.store(state + {n} * lanes + lane);" for n in range(state)]
    return _FRAME.format(
        kind=KINDS[dtype],
        most=stop.max_steps,
        before="\n        ".join(before),
        turn="\n            ".join(turn),
        after="\n        ".join(after),
    )


_FRAME = """
#include <torch/csrc/inductor/cpp_prefix.h>
#include <limits>

extern "C" void kernel({kind}* state, const {kind}* numbers, const {kind}* first, int32_t* steps,
                       {kind}* final, {kind}* lowest, {kind}* still, int64_t lanes, int64_t turns)
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
        V end = V::loadu(final + lane), low = V::loadu(lowest + lane), count(0);
        T already[width];
        for (int64_t i = 0; i < width; i++) already[i] = static_cast<T>({most} - steps[lane + i]);
        const V most = V::loadu(already);
        for (int64_t turn = 0; turn < turns; turn++) {{
            {turn}
        }}
        {after}
        end.store(final + lane);
        low.store(lowest + lane);
        V::blendv(V(0), V(1), going).store(still + lane);
        count.store(already);
        for (int64_t i = 0; i < width; i++) steps[lane + i] += static_cast<int32_t>(already[i]);
    }}
}}
"""


def _number(value: float) -> str:
    if value != value:
        return "std::numeric_limits<T>::quiet_NaN()"
    if value in (float("inf"), float("-inf")):
        return f"{'-' if value < 0 else ''}std::numeric_limits<T>::infinity()"
    return f"static_cast<T>({float(value)!r})"


def _argument(entry: Any) -> str:
    return f"v{entry.number}" if isinstance(entry, Lane) else f"V({_number(float(entry))})"


def _spelled(function: Any, arguments: tuple[Any, ...]) -> str:
    form = _FORMS.get(function)
    if function is torch.pow and not isinstance(arguments[1], Lane) and arguments[1] in (2, 3):
        form = " * ".join(["{0}"] * int(arguments[1]))
    if form is None:
        raise NotSweepableError(f"torch.{getattr(function, '__name__', function)} has no form in C++ here")
    return form.format(*map(_argument, arguments))


_FORMS: dict[Any, str] = {
    torch.add: "{0} + {1}",
    torch.sub: "{0} - {1}",
    torch.mul: "{0} * {1}",
    torch.div: "{0} / {1}",
    torch.neg: "{0}.neg()",
    torch.exp: "{0}.exp()",
    torch.expm1: "{0}.expm1()",
    torch.log: "{0}.log()",
    torch.log1p: "{0}.log1p()",
    torch.tanh: "{0}.tanh()",
    torch.sigmoid: "V(1) / (V(1) + {0}.neg().exp())",
    torch.relu: "at::vec::clamp_min({0}, V(0))",
    torch.sqrt: "{0}.sqrt()",
    torch.rsqrt: "{0}.rsqrt()",
    torch.abs: "{0}.abs()",
    torch.sin: "{0}.sin()",
    torch.cos: "{0}.cos()",
    torch.reciprocal: "{0}.reciprocal()",
    torch.erf: "{0}.erf()",
    torch.pow: "{0}.pow({1})",
    torch.maximum: "at::vec::maximum({0}, {1})",
    torch.minimum: "at::vec::minimum({0}, {1})",
    torch.clamp_min: "at::vec::clamp_min({0}, {1})",
    torch.clamp_max: "at::vec::clamp_max({0}, {1})",
    torch.gt: "{0} > {1}",
    torch.ge: "{0} >= {1}",
    torch.lt: "{0} < {1}",
    torch.le: "{0} <= {1}",
    torch.eq: "{0} == {1}",
    torch.ne: "{0} != {1}",
    torch.logical_and: "{0} & {1}",
    torch.logical_or: "{0} | {1}",
    torch.where: "V::blendv({2}, {1}, {0})",
}
"""How an operation on vectors is written with PyTorch's vector classes."""


def _below(number: float, dtype: torch.dtype) -> float:
    """Return the greatest number of a dtype that is not greater: a loss in that dtype is compared as in float64."""
    found = torch.tensor(number, dtype=dtype)
    if float(found) > number:
        found = torch.nextafter(found, torch.tensor(-torch.inf, dtype=dtype))
    return float(found)
