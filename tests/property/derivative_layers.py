"""Layers of networks and losses, drawn at random: sizes, strides, padding, groups, weights that may be missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from derivative_examples import Example
from derivative_families import (
    Draw,
    Generator,
    Shape,
    fitting,
    how,
    number,
    one_of,
    places,
    shape,
)
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F


def gated(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim = number(draw, 0, len(whole) - 1)
    return Example(lambda x: F.glu(x, dim), [tuple(2 * max(n, 1) if p == dim else n for p, n in enumerate(whole))])


def leaky(draw: Draw) -> Example:
    whole = (number(draw), number(draw, 1), *shape(draw, (0, 2)))
    return Example(F.prelu, [whole, (one_of(draw, 1, whole[1]),)])


def convolution(draw: Draw) -> Example:
    count, groups, transposed = number(draw, 1, 3), number(draw, 1, 2), draw(st.booleans())
    batch, inward, outward = number(draw, 0, 2), groups * number(draw, 1, 2), groups * number(draw, 1, 2)
    kernel = tuple(number(draw, 1, 3) for _ in range(count))
    stride, dilation, padding = number(draw, 1, 2), number(draw, 1, 2), number(draw, 0, 1)
    size = tuple(number(draw, dilation * (k - 1) + 1, 6) for k in kernel)
    options = {"stride": stride, "dilation": dilation, "padding": padding, "groups": groups}
    if transposed:
        functions = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
        options |= {"output_padding": number(draw, 0, max(stride, dilation) - 1)}
        size = tuple(n + 2 for n in size)  # what padding cuts off must be there
        weight = (inward, outward // groups, *kernel)
    else:
        functions, weight = (F.conv1d, F.conv2d, F.conv3d), (outward, inward // groups, *kernel)
    bias = [(outward,)] if draw(st.booleans()) else []
    return Example(lambda *x: functions[count - 1](*x, **options), [(batch, inward, *size), weight, *bias])


def planes(draw: Draw, least: tuple[int, int], most: int = 6) -> Shape:
    return (number(draw, 0, 2), number(draw, 1, 2), *(number(draw, n, most) for n in least))


def highest(draw: Draw) -> Example:
    kernel, dilation = (number(draw, 1, 3), number(draw, 1, 3)), number(draw, 1, 2)
    options = {"stride": number(draw, 1, 3), "padding": number(draw, 0, min(kernel) // 2), "dilation": dilation}
    options["ceil_mode"] = draw(st.booleans())
    least = tuple(dilation * (k - 1) + 1 for k in kernel)
    return Example(lambda x: F.max_pool2d(x, kernel, **options), [planes(draw, least)])


def average(draw: Draw) -> Example:
    kernel = (number(draw, 1, 3), number(draw, 1, 3))
    options = {"stride": number(draw, 1, 3), "padding": number(draw, 0, min(kernel) // 2)}
    options |= {"ceil_mode": draw(st.booleans()), "count_include_pad": draw(st.booleans())}
    options["divisor_override"] = one_of(draw, None, 3)
    return Example(lambda x: F.avg_pool2d(x, kernel, **options), [planes(draw, kernel)])


def to_size(draw: Draw) -> Example:
    size = (number(draw, 1, 4), number(draw, 2, 4))  # PyTorch takes the mean if both are 1
    return Example(lambda x: F.adaptive_avg_pool2d(x, size), [planes(draw, (1, 1))])


def larger(draw: Draw) -> Example:
    if draw(st.booleans()):
        size = (number(draw, 1, 7), number(draw, 1, 7))
        return Example(lambda x: F.interpolate(x, size=size), [planes(draw, (1, 1), 4)])
    scale = one_of(draw, 0.5, 2, 1.5, (2, 0.7))
    return Example(lambda x: F.interpolate(x, scale_factor=scale), [planes(draw, (2, 2), 4)])


def padded(mode: str, count: int, most: int) -> Generator:
    def generate(draw: Draw) -> Example:
        size = [number(draw, 1) for _ in range(count)]
        pad = [number(draw, 0, min(most, n - 1) if mode == "reflect" else most) for n in reversed(size) for _ in (0, 1)]
        batch = (number(draw, 1, 2),) if draw(st.booleans()) else ()
        return Example(lambda x: F.pad(x, pad, mode=mode), [(*batch, number(draw, 1, 2), *size)])

    return generate


def padded_with_a_number(draw: Draw) -> Example:
    whole = shape(draw, (1, 3), least=2)
    pad = [number(draw, -1, 2) for _ in range(2 * number(draw, 1, len(whole)))]
    return Example(lambda x: F.pad(x, pad, value=3.0), [whole])


def optional(draw: Draw, *shapes: Shape) -> list[Shape | None]:
    """Draw for each whether it is there."""
    return [one if draw(st.booleans()) else None for one in shapes]


def filled(given: Sequence[Shape | None], tensors: Sequence[Tensor]) -> list[Tensor | None]:
    """Return the tensors at the places of those that are there."""
    left = iter(tensors)
    return [None if one is None else next(left) for one in given]


def layers_normed(draw: Draw) -> Example:
    inner = shape(draw, (1, 2), least=2)
    given = optional(draw, inner, inner)
    shapes = [(*shape(draw, (0, 2)), *inner), *(one for one in given if one is not None)]
    return Example(lambda x, *wb: F.layer_norm(x, inner, *filled(given, wb)), shapes)


def batch_normed(draw: Draw) -> Example:
    channels = number(draw, 1, 3)
    given, training = optional(draw, (channels,), (channels,)), draw(st.booleans())
    rest = shape(draw, (0, 2), least=1)

    def function(x: Tensor, *wb: Tensor) -> Tensor:
        kept = [None, None] if training else [torch.zeros(channels).to(x), torch.ones(channels).to(x)]
        return F.batch_norm(x, *kept, *filled(given, wb), training=training)

    return Example(function, [(number(draw, 2), channels, *rest), *(one for one in given if one is not None)])


def groups_normed(draw: Draw) -> Example:
    groups = number(draw, 1, 2)
    channels = groups * number(draw, 1, 2)
    given = optional(draw, (channels,), (channels,))
    given[1] = given[1] and given[0]  # PyTorch's backward fails with a bias and no weight
    whole = (number(draw, 1, 3), channels, number(draw, 2), *shape(draw, (0, 1), least=1))
    shapes = [whole, *(one for one in given if one is not None)]
    return Example(lambda x, *wb: F.group_norm(x, groups, *filled(given, wb)), shapes)


def attention(draw: Draw) -> Example:
    batch, heads, queries, keys, width = (number(draw, 1, 3) for _ in range(5))
    causal = draw(st.booleans())
    keys = queries if causal else keys
    options = {"is_causal": causal, "scale": one_of(draw, None, 0.3)}
    shapes = [(batch, heads, n, width) for n in (queries, keys, keys)]
    return Example(lambda *x: F.scaled_dot_product_attention(*x, **options), shapes)


def cross_entropy(function: Callable[..., Tensor], names: Sequence[str], **limits: float) -> Generator:
    """A loss of two tensors of a shape, with weights that are broadcast to it."""

    def generate(draw: Draw) -> Example:
        whole, reduction = shape(draw), how(draw)
        sizes = {name: fitting(draw, whole) for name in names if draw(st.booleans())}
        weights = {name: 0.5 + torch.arange(torch.Size(size).numel()).reshape(size) for name, size in sizes.items()}
        return Example(
            lambda x, y: function(x, y, reduction=reduction, **{name: w.to(x) for name, w in weights.items()}),
            [whole, whole],
            **limits,
        )

    return generate


def likelihood(draw: Draw, rest: Shape) -> Example:
    classes, reduction = number(draw, 1), how(draw)
    rows = number(draw, 1 if reduction == "mean" else 0, 3)
    target = places(draw, (rows, *rest), classes)
    if target.numel() > 1 and draw(st.booleans()):
        target.view(-1)[-1] = -100  # is not looked at
    weights = 0.5 + torch.arange(classes) if draw(st.booleans()) else None
    return Example(
        lambda x: F.nll_loss(x, target, None if weights is None else weights.to(x), reduction=reduction),
        [(rows, classes, *rest)],
    )


def words(draw: Draw) -> Example:
    count = number(draw, 1)
    where, padding = places(draw, shape(draw, (0, 2)), count), one_of(draw, None, 0, -1)
    return Example(lambda w: F.embedding(where, w, padding_idx=padding), [(count, number(draw))])
