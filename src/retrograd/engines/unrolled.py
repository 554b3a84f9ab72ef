"""A turn of single numbers as it is written in C++: one line for each, the state in registers."""

from __future__ import annotations

from typing import Any

from retrograd.engines.forms import spelled, vector
from retrograd.engines.kernels import Body
from retrograd.engines.scalars import Lane, Scalars


def unrolled(scalars: Scalars, carried: tuple[int | None, ...], numbers: int) -> Body:
    """Return the turn.

    Args:
        scalars: What a turn is.
        carried: For each entry of the state, where the turn leaves the next one; None if it stays as it is.
        numbers: How many numbers differ from run to run.

    Raises:
        NotSweepableError: An operation has no form in C++ here.
    """
    state = len(carried)
    before = [f"auto v{n} = V::loadu(state + {n} * lanes + lane);" for n in range(state)]
    before += [f"const auto v{state + n} = V::loadu(numbers + {n} * lanes + lane);" for n in range(numbers)]
    turn = [
        f"const auto v{scalars.inputs + place} = {_operation(function, arguments)};"
        for place, (function, arguments) in enumerate(scalars.steps)
    ]
    changed = [(n, place) for n, place in enumerate(carried) if place is not None]
    update = [f"const V w{n} = {_argument(scalars.outputs[place])};" for n, place in changed]
    update += [f"v{n} = w{n};" for n, _ in changed]
    after = [
        f"V::blendv(V::loadu(state + {n} * lanes + lane), v{n}, which).store(state + {n} * lanes + lane);"
        for n, place in enumerate(carried) if place is not None
    ]  # fmt: skip
    inner, outer = "\n            ", "\n        "
    return Body(
        outer.join(before), inner.join(turn), _argument(scalars.outputs[0]), inner.join(update), inner.join(after)
    )


def _operation(function: Any, arguments: tuple[Any, ...]) -> str:
    numbers = tuple(None if isinstance(argument, Lane) else argument for argument in arguments)
    return spelled(function, tuple(map(_argument, arguments)), numbers)


def _argument(entry: Any) -> str:
    return f"v{entry.number}" if isinstance(entry, Lane) else vector(entry)
