"""Arguments of operations, drawn at random: shapes, empty ones and scalars too, and families of calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from derivative_examples import Example
from hypothesis import strategies as st
from torch import Tensor

Shape = tuple[int, ...]
Draw = st.DrawFn
MOST = 4
"""The longest axis that is drawn."""


def number(draw: Draw, least: int = 0, most: int = MOST) -> int:
    return draw(st.integers(least, most))


def shape(draw: Draw, axes: tuple[int, int] = (0, 3), least: int = 0) -> Shape:
    return tuple(number(draw, least) for _ in range(number(draw, *axes)))


def fitting(draw: Draw, whole: Shape) -> Shape:
    """Draw a shape that is broadcast to another one."""
    if 0 in whole:
        return whole  # PyTorch does not always broadcast to nothing
    kept = whole[number(draw, 0, len(whole)) :]
    return tuple(n if draw(st.booleans()) else 1 for n in kept)


def axis(draw: Draw, whole: Shape) -> int:
    """Draw an axis, counted from the front or from the back; a scalar has one, too."""
    count = max(len(whole), 1)
    return number(draw, -count, count - 1)


def axes(draw: Draw, whole: Shape, least: int = 1) -> list[int]:
    """Draw some axes, each once."""
    if not whole:
        return []
    found = draw(st.lists(st.integers(0, len(whole) - 1), min_size=least, max_size=len(whole), unique=True))
    return [n - len(whole) if draw(st.booleans()) else n for n in found]


def places(draw: Draw, count: Shape, below: int, each_once: bool = False) -> Tensor:
    """Draw whole numbers below another one."""
    if each_once:
        return torch.tensor(draw(st.permutations(range(below)))[: count[0]], dtype=torch.int64)
    numbers = draw(
        st.lists(st.integers(0, below - 1), min_size=torch.Size(count).numel(), max_size=torch.Size(count).numel())
    )
    return torch.tensor(numbers, dtype=torch.int64).reshape(count)


def mask(draw: Draw, whole: Shape) -> Tensor:
    return places(draw, whole, 2).bool()


def how(draw: Draw) -> str:
    return draw(st.sampled_from(["none", "mean", "sum"]))


def one_of(draw: Draw, *things: Any) -> Any:
    return draw(st.sampled_from(things))


# ---------------------------------------------------------------- families

Generator = Callable[[Draw], Example]


def anything(function: Callable[..., Any], least: int = 0, **limits: float) -> Generator:
    """One tensor of any shape."""
    return lambda draw: Example(function, [shape(draw, least=least)], **limits)


def broadcast(function: Callable[..., Any], operands: int, **limits: float) -> Generator:
    """Several tensors that are broadcast against each other."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw)
        return Example(function, [fitting(draw, whole) for _ in range(operands)], **limits)

    return generate


def alike(function: Callable[..., Any], operands: int = 2, reduced: bool = False, **limits: float) -> Generator:
    """Several tensors of one shape, and with `reduced` a reduction."""

    def generate(draw: Draw) -> Example:
        options = {"reduction": how(draw)} if reduced else {}
        return Example(lambda *x: function(*x, **options), [shape(draw)] * operands, **limits)

    return generate


def masked(function: Callable[..., Any], operands: int = 1) -> Generator:
    """A mask, and tensors that are broadcast with it."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw)
        where = mask(draw, whole)
        return Example(lambda *x: function(where, *x), [fitting(draw, whole) for _ in range(operands)])

    return generate


def along(function: Callable[[Tensor, int], Any], least: int = 0, scalars: bool = True) -> Generator:
    """One axis of a tensor, at least so long; the others may be empty."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw, (0 if scalars else 1, 3))
        dim = axis(draw, whole)
        if whole:
            whole = tuple(max(n, least) if place == dim % len(whole) else n for place, n in enumerate(whole))
        return Example(lambda x: function(x, dim), [whole])

    return generate


def over(
    function: Callable[[Tensor, list[int], bool], Any], least: int = 0, others: int = 0, scalars: bool = True
) -> Generator:
    """Several axes of a tensor, which may be kept. They are at least so long, and so are the others."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw, (0 if scalars else 1, 3), others)
        dims, kept = axes(draw, whole), draw(st.booleans())
        places_ = {dim % len(whole) for dim in dims}
        whole = tuple(max(n, least) if place in places_ else n for place, n in enumerate(whole))
        return Example(lambda x: function(x, dims, kept), [whole])

    return generate


def product(
    function: Callable[..., Tensor], *letters: str, scaled: bool = False, first: str | None = None
) -> Generator:
    """Matrices whose axes are named by letters; before them, perhaps, one that is broadcast to the result."""

    def generate(draw: Draw) -> Example:
        lengths = {letter: number(draw) for letter in "bijk"}
        shapes = [tuple(lengths[letter] for letter in word) for word in letters]
        if first is not None:
            shapes.insert(0, fitting(draw, tuple(lengths[letter] for letter in first)))
        options = {"beta": one_of(draw, 1, 2, 0.5), "alpha": one_of(draw, 1, 3, 0.5)} if scaled else {}
        return Example(lambda *x: function(*x, **options), shapes)

    return generate


def indexed(function: Callable[..., Any], each_once: bool = False, source: bool = False) -> Generator:
    """Layers along an axis, by their numbers; with `source`, a tensor that is put there."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw, (1, 3))
        dim = number(draw, 0, len(whole) - 1)
        whole = tuple(max(n, 1) if place == dim else n for place, n in enumerate(whole))
        index = places(draw, (number(draw),), whole[dim], each_once)
        put = tuple(len(index) if place == dim else n for place, n in enumerate(whole))
        return Example(lambda x, *s: function(x, dim, index, *s), [whole, put] if source else [whole])

    return generate


def scattered(function: Callable[..., Any], each_once: bool = False, source: bool = False) -> Generator:
    """An entry along an axis for each place of an index that is no larger than the tensor elsewhere."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw, (1, 3))
        dim = number(draw, 0, len(whole) - 1)
        whole = tuple(max(n, 1) if place == dim else n for place, n in enumerate(whole))
        small = tuple(number(draw, 0, n) for n in whole)
        if each_once:
            line = places(draw, (small[dim],), whole[dim], each_once=True)
            index = line.reshape([-1 if place == dim else 1 for place in range(len(whole))]).expand(small)
        else:
            index = places(draw, small, whole[dim])
        return Example(lambda x, *s: function(x, dim, index, *s), [whole, small] if source else [whole])

    return generate
