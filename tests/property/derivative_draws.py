"""For each row of the table, arguments drawn at random.

A row that is not here is one of an element-wise operation: its examples take tensors of any shapes that fit.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from derivative_examples import Example, written
from derivative_families import (
    Draw,
    Generator,
    alike,
    along,
    anything,
    axes,
    axis,
    broadcast,
    fitting,
    indexed,
    masked,
    number,
    one_of,
    over,
    product,
    scattered,
    shape,
)
from derivative_layers import (
    attention,
    average,
    batch_normed,
    convolution,
    cross_entropy,
    gated,
    groups_normed,
    highest,
    larger,
    layers_normed,
    leaky,
    likelihood,
    padded,
    padded_with_a_number,
    to_size,
    words,
)
from derivative_shapes import (
    diagonal,
    exchanged,
    expanded,
    joined,
    one_more,
    permuted,
    put,
    repeated,
    reshaped,
    rolled,
    selected,
    sliced,
    split,
    squeezed,
    stacked,
    strides,
    subscripted,
    triangle,
    unfolded,
)
from hypothesis import strategies as st
from torch.nn import functional as F


def norm(draw: Draw) -> Example:
    p, whole = one_of(draw, 1, 2, 3, float("inf")), shape(draw, least=1)
    dims = one_of(draw, None, axes(draw, whole) or None)
    return Example(lambda x: torch.linalg.vector_norm(x, p, dims), [whole])


def largest(draw: Draw) -> Example:
    whole = shape(draw, (1, 3), least=1)
    dim, up = axis(draw, whole), draw(st.booleans())
    count = number(draw, 0, whole[dim])
    return Example(lambda x: x.topk(count, dim, largest=up)[0], [whole])


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
    "ReshapeAliasBackward0": reshaped(lambda x, other: torch.ops.aten._reshape_alias(x, other, strides(other))),
    "ExpandBackward0": expanded,
    "TBackward0": lambda draw: Example(torch.t, [shape(draw, (0, 2))]),
    "TransposeBackward0": exchanged,
    "PermuteBackward0": permuted,
    "UnsqueezeBackward0": one_more,
    "SqueezeBackward0": squeezed(lambda x, _: x.squeeze(), "all"),
    "SqueezeBackward1": squeezed(lambda x, dim: x.squeeze(dim), "one"),
    "SqueezeBackward2": squeezed(lambda x, dims: x.squeeze(dims), "some"),
    "SqueezeBackward3": squeezed(lambda x, _: written(lambda y: y.squeeze_())(x), "all"),
    "SqueezeBackward4": squeezed(lambda x, dim: written(lambda y: y.squeeze_(dim))(x), "one"),
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
    "ZeroBackward0": anything(written(lambda y: (y * 1).zero_())),
    "FillBackward2": anything(written(lambda y: (y * 1).fill_(3.0))),
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
