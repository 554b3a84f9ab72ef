"""For each row of the table, arguments drawn at random.

A row that is not here is one of an element-wise operation: its examples take tensors of any shapes that fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from derivative_examples import Example, _written
from derivative_families import (
    Draw,
    Generator,
    Shape,
    alike,
    along,
    anything,
    axes,
    axis,
    broadcast,
    fitting,
    how,
    indexed,
    mask,
    masked,
    number,
    one_of,
    over,
    places,
    product,
    scattered,
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


def norm(draw: Draw) -> Example:
    p, whole = one_of(draw, 1, 2, 3, float("inf")), shape(draw, least=1)
    dims = one_of(draw, None, axes(draw, whole) or None)
    return Example(lambda x: torch.linalg.vector_norm(x, p, dims), [whole])


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


def subscripted(draw: Draw) -> Example:
    a, b, c = number(draw, 1), number(draw), number(draw, 1)
    one, other = places(draw, (3,), a), places(draw, (3,), c)
    which = mask(draw, (a, b))
    key = one_of(
        draw,
        (one,),
        (slice(None), slice(None), other),
        (which,),
        (one, slice(None), other),
        (one[:, None], slice(None), other),
    )
    return Example(lambda x: x[key], [(a, b, c)])


def put(draw: Draw) -> Example:
    rows, width, added = number(draw, 1), number(draw), draw(st.booleans())
    index = places(draw, (number(draw, 0, 3 if added else rows),), rows, each_once=not added)
    return Example(
        lambda x, v: x.index_put((index,), v, accumulate=added), [(rows, width), fitting(draw, (len(index), width))]
    )


def reshaped(function: Callable[[Tensor, Shape], Tensor]) -> Generator:
    """A shape, and another one with as many entries."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw)
        other = one_of(draw, whole[::-1], (1, *whole), (torch.Size(whole).numel(),))
        return Example(lambda x: function(x, other), [whole])

    return generate


def expanded(draw: Draw) -> Example:
    whole = shape(draw)
    return Example(lambda x: x.expand(whole), [fitting(draw, whole)])


def squeezed(function: Callable[[Tensor, Any], Tensor], which: str) -> Generator:
    """Axes of length 1 between others; all of them, one, or some are taken away."""

    def generate(draw: Draw) -> Example:
        whole = tuple(one_of(draw, 0, 1, 1, 2, 3) for _ in range(number(draw, 0 if which == "all" else 1, 4)))
        dims = axis(draw, whole) if which == "one" else tuple(axes(draw, whole))
        return Example(lambda x: function(x, dims), [whole])

    return generate


def sliced(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim, begin, end, step = axis(draw, whole), number(draw, -6, 6), number(draw, -6, 6), number(draw, 1, 3)
    return Example(lambda x: torch.ops.aten.slice.Tensor(x, dim, begin, end, step), [whole])


def selected(draw: Draw) -> Example:
    whole = shape(draw, (1, 3), least=1)
    dim = axis(draw, whole)
    index = number(draw, -whole[dim], whole[dim] - 1)
    return Example(lambda x: x.select(dim, index), [whole])


def split(function: Callable[[Tensor, Any, int], Any], sizes: bool = False) -> Generator:
    def generate(draw: Draw) -> Example:
        parts = [number(draw) for _ in range(number(draw, 1, 3))]
        size = parts if sizes else number(draw, 1, 3)
        rest, dim = shape(draw, (0, 2)), number(draw, 0, 1)
        whole = (sum(parts), *rest) if dim == 0 or not rest else (rest[0], sum(parts), *rest[1:])
        return Example(lambda x: function(x, size, dim if rest else 0), [whole])

    return generate


def joined(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim = number(draw, 0, len(whole) - 1)
    shapes = [(*whole[:dim], number(draw), *whole[dim + 1 :]) for _ in range(number(draw, 1, 3))]
    return Example(lambda *x: torch.cat(x, dim), shapes)


def stacked(draw: Draw) -> Example:
    whole = shape(draw)
    dim = number(draw, -len(whole) - 1, len(whole))
    return Example(lambda *x: torch.stack(x, dim), [whole] * number(draw, 1, 3))


def diagonal(draw: Draw) -> Example:
    whole = shape(draw, (2, 3))
    one, other = draw(st.permutations(range(len(whole))))[:2]
    offset = number(draw, -5, 5)
    return Example(lambda x: x.diagonal(offset, one, other), [whole])


def unfolded(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim = number(draw, 0, len(whole) - 1)
    size, step = number(draw, 0, whole[dim]), number(draw, 1, 3)
    return Example(lambda x: x.unfold(dim, size, step), [whole])


def repeated(draw: Draw) -> Example:
    whole = shape(draw)
    times = [number(draw, 0, 3) for _ in range(len(whole) + number(draw, 0, 1))]
    return Example(lambda x: x.repeat(times), [whole])


def rolled(draw: Draw) -> Example:
    whole = shape(draw)
    dims = axes(draw, whole, 0)
    shifts = [number(draw, -5, 5) for _ in dims] or number(draw, -5, 5)
    return Example(lambda x: x.roll(shifts, dims), [whole])


def triangle(function: Callable[[Tensor, int], Tensor]) -> Generator:
    def generate(draw: Draw) -> Example:
        offset = number(draw, -4, 4)
        return Example(lambda x: function(x, offset), [shape(draw, (2, 3))])

    return generate


def permuted(draw: Draw) -> Example:
    whole = shape(draw)
    dims = [n - len(whole) if draw(st.booleans()) else n for n in draw(st.permutations(range(len(whole))))]
    return Example(lambda x: x.permute(dims), [whole])


def exchanged(draw: Draw) -> Example:
    whole = shape(draw)
    one, other = axis(draw, whole), axis(draw, whole)
    return Example(lambda x: x.transpose(one, other), [whole])


def one_more(draw: Draw) -> Example:
    whole = shape(draw)
    dim = number(draw, -len(whole) - 1, len(whole))
    return Example(lambda x: x.unsqueeze(dim), [whole])


def largest(draw: Draw) -> Example:
    whole = shape(draw, (1, 3), least=1)
    dim, up = axis(draw, whole), draw(st.booleans())
    count = number(draw, 0, whole[dim])
    return Example(lambda x: x.topk(count, dim, largest=up)[0], [whole])


def _strides(shape_: Shape) -> list[int]:
    return list(torch.empty(shape_, device="meta").stride())


DRAWS: dict[str, Generator] = {
    "AddcmulBackward0": broadcast(lambda a, b, c: torch.addcmul(a, b, c, value=2), 3),
    "AddcdivBackward0": broadcast(lambda a, b, c: torch.addcdiv(a, b, c, value=2), 3, low=0.5),
    "LerpBackward0": broadcast(lambda a, b: torch.lerp(a, b, 0.3), 2),
    "LerpBackward1": broadcast(torch.lerp, 3),
    "AddBackward1": anything(lambda x: torch.ops.aten.add.Scalar(x, 2.5)),
    "GluBackward0": gated,
    "PreluKernelBackward0": leaky,
    "WhereBackward0": masked(torch.where, 2),
    "MaskedFillBackward0": masked(lambda where, x: x.masked_fill(where, -1.0)),
    "MaskedFillBackward1": masked(lambda where, x: x.masked_fill(where, x.sum())),
    "MaskedSelectBackward0": masked(lambda where, x: x.masked_select(where)),
    "SumBackward1": over(lambda x, dims, kept: torch.ops.aten.sum.dim_IntList(x, dims, kept)),
    "MeanBackward0": anything(torch.mean),
    "MeanBackward1": over(lambda x, dims, kept: torch.ops.aten.mean.dim(x, dims, kept), scalars=False),
    "VarBackward0": over(lambda x, dims, kept: x.var(dims, correction=1, keepdim=kept), 2, 1, scalars=False),
    "StdBackward0": over(lambda x, dims, kept: x.std(dims, correction=0, keepdim=kept), 2, 1, scalars=False),
    "VarMeanBackward0": over(lambda x, dims, kept: torch.var_mean(x, dims, keepdim=kept), 2, 1, scalars=False),
    "LinalgVectorNormBackward0": norm,
    "AmaxBackward0": over(lambda x, dims, kept: x.amax(dims, kept), 1),
    "AminBackward0": over(lambda x, dims, kept: x.amin(dims, kept), 1),
    "MaxBackward0": along(lambda x, dim: x.max(dim)[0], 1),
    "MinBackward0": along(lambda x, dim: x.min(dim, keepdim=True)[0], 1),
    "MedianBackward1": along(lambda x, dim: x.median(dim)[0], 1),
    "MaxBackward1": anything(torch.max, 1),
    "MinBackward1": anything(torch.min, 1),
    "SortBackward0": along(lambda x, dim: x.sort(dim, descending=True)[0]),
    "SortBackward1": along(lambda x, dim: torch.sort(x, dim=dim, stable=True)[0]),
    "TopkBackward0": largest,
    "ProdBackward0": anything(torch.prod),
    "ProdBackward1": along(lambda x, dim: x.prod(dim)),
    "CumsumBackward0": along(lambda x, dim: x.cumsum(dim)),
    "LogsumexpBackward0": over(lambda x, dims, kept: x.logsumexp(dims, kept), scalars=False),
    "TraceBackward0": product(torch.trace, "ij"),
    "MmBackward0": product(torch.mm, "ij", "jk"),
    "BmmBackward0": product(torch.bmm, "bij", "bjk"),
    "MvBackward0": product(torch.mv, "ij", "j"),
    "DotBackward0": product(torch.dot, "i", "i"),
    "AddmmBackward0": product(torch.addmm, "ij", "jk", scaled=True, first="ik"),
    "AddmvBackward0": product(torch.addmv, "i", "ij", "j", scaled=True),
    "AddrBackward0": product(torch.addr, "i", "j", scaled=True, first="ij"),
    "BaddbmmBackward0": product(torch.baddbmm, "bij", "bjk", scaled=True, first="bik"),
    "ConvolutionBackward0": convolution,
    "MaxPool2DWithIndicesBackward0": highest,
    "AvgPool2DBackward0": average,
    "AdaptiveAvgPool2DBackward0": to_size,
    "UpsampleNearest2DBackward0": larger,
    "ConstantPadNdBackward0": padded_with_a_number,
    "ReflectionPad1DBackward0": padded("reflect", 1, 3),
    "ReflectionPad2DBackward0": padded("reflect", 2, 3),
    "ReplicationPad1DBackward0": padded("replicate", 1, 3),
    "ReplicationPad2DBackward0": padded("replicate", 2, 3),
    "NativeLayerNormBackward0": layers_normed,
    "NativeBatchNormBackward0": batch_normed,
    "NativeGroupNormBackward0": groups_normed,
    "SoftmaxBackward0": along(lambda x, dim: x.softmax(dim)),
    "SafeSoftmaxBackward0": along(torch.ops.aten._safe_softmax, scalars=False),
    "LogSoftmaxBackward0": along(lambda x, dim: x.log_softmax(dim)),
    "ScaledDotProductFlashAttentionForCpuBackward0": attention,
    "BinaryCrossEntropyWithLogitsBackward0": cross_entropy(
        F.binary_cross_entropy_with_logits, ["weight", "pos_weight"]
    ),
    "BinaryCrossEntropyBackward0": cross_entropy(F.binary_cross_entropy, ["weight"], low=0.1, high=0.9),
    "MseLossBackward0": alike(F.mse_loss, reduced=True),
    "SmoothL1LossBackward0": alike(lambda x, y, **how: F.smooth_l1_loss(x, y, beta=0.5, **how), reduced=True),
    "HuberLossBackward0": alike(lambda x, y, **how: F.huber_loss(x, y, delta=0.5, **how), reduced=True),
    "SoftMarginLossBackward0": alike(
        lambda x, **how: F.soft_margin_loss(x, torch.full_like(x, -1.0), **how), 1, reduced=True
    ),
    "NllLossBackward0": lambda draw: likelihood(draw, ()),
    "NllLoss2DBackward0": lambda draw: likelihood(draw, (number(draw, 1, 2), number(draw, 1, 2))),
    "EmbeddingBackward0": words,
    "IndexBackward0": subscripted,
    "IndexSelectBackward0": indexed(lambda x, dim, index: x.index_select(dim, index)),
    "GatherBackward0": scattered(lambda x, dim, index: x.gather(dim, index)),
    "IndexPutBackward0": put,
    "IndexAddBackward0": indexed(lambda x, dim, index, s: x.index_add(dim, index, s, alpha=2), source=True),
    "IndexCopyBackward0": indexed(lambda x, dim, index, s: x.index_copy(dim, index, s), each_once=True, source=True),
    "IndexFillBackward0": indexed(lambda x, dim, index: x.index_fill(dim, index, 5.0)),
    "ScatterBackward0": scattered(lambda x, dim, index, s: x.scatter(dim, index, s), each_once=True, source=True),
    "ScatterBackward1": scattered(lambda x, dim, index: x.scatter(dim, index, 5.0)),
    "ScatterAddBackward0": scattered(lambda x, dim, index, s: x.scatter_add(dim, index, s), source=True),
    "ViewBackward0": reshaped(lambda x, other: x.view(other)),
    "UnsafeViewBackward0": reshaped(lambda x, other: torch.ops.aten._unsafe_view(x, other)),
    "ReshapeAliasBackward0": reshaped(lambda x, other: torch.ops.aten._reshape_alias(x, other, _strides(other))),
    "ExpandBackward0": expanded,
    "TBackward0": lambda draw: Example(torch.t, [shape(draw, (0, 2))]),
    "TransposeBackward0": exchanged,
    "PermuteBackward0": permuted,
    "UnsqueezeBackward0": one_more,
    "SqueezeBackward0": squeezed(lambda x, _: x.squeeze(), "all"),
    "SqueezeBackward1": squeezed(lambda x, dim: x.squeeze(dim), "one"),
    "SqueezeBackward2": squeezed(lambda x, dims: x.squeeze(dims), "some"),
    "SqueezeBackward3": squeezed(lambda x, _: _written(lambda y: y.squeeze_())(x), "all"),
    "SqueezeBackward4": squeezed(lambda x, dim: _written(lambda y: y.squeeze_(dim))(x), "one"),
    "SliceBackward0": sliced,
    "SelectBackward0": selected,
    "UnbindBackward0": along(lambda x, dim: x.unbind(dim), 1, scalars=False),
    "SplitBackward0": split(lambda x, size, dim: x.split(size, dim)),
    "UnsafeSplitBackward0": split(lambda x, size, dim: torch.unsafe_split(x, size, dim)),
    "SplitWithSizesBackward0": split(lambda x, sizes, dim: torch.split_with_sizes(x, sizes, dim), sizes=True),
    "CatBackward0": joined,
    "StackBackward0": stacked,
    "DiagonalBackward0": diagonal,
    "UnfoldBackward0": unfolded,
    "RepeatBackward0": repeated,
    "FlipBackward0": over(lambda x, dims, _: x.flip(dims)),
    "RollBackward0": rolled,
    "TrilBackward0": triangle(torch.tril),
    "TriuBackward0": triangle(torch.triu),
    "ZeroBackward0": anything(_written(lambda y: (y * 1).zero_())),
    "FillBackward2": anything(_written(lambda y: (y * 1).fill_(3.0))),
    "SigmoidBackwardBackward0": alike(torch.ops.aten.sigmoid_backward),
    "TanhBackwardBackward0": alike(torch.ops.aten.tanh_backward),
    "ThresholdBackwardBackward0": alike(lambda g, x: torch.ops.aten.threshold_backward(g, x, 0.2)),
    "SoftplusBackwardBackward0": alike(lambda g, x: torch.ops.aten.softplus_backward(g, x, 2.0, 1.0)),
    "NativeDropoutBackward0": anything(lambda x: torch.native_dropout(x, 0.4, True)[0], least=1),
}


def element_wise(draw: Draw, examples: Sequence[Example]) -> Example:
    """Draw tensors that are broadcast for an operation that works on each entry by itself."""
    calls = [e.function for e in examples]
    general = [e for e in examples if calls.count(e.function) >= 3]  # the others have a shape written in them
    example = draw(st.sampled_from(general))
    whole = shape(draw)
    return Example(
        example.function,
        [fitting(draw, whole) for _ in example.shapes] if len(example.shapes) > 1 else [whole],
        example.low,
        example.high,
    )
