"""For each row of the table, calls that make its node. A call is a function of float64 tensors that gives tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Example:
    """A way to make a node."""

    function: Callable[..., Any]
    shapes: Sequence[tuple[int, ...]]
    low: float = -2.0
    high: float = 2.0


def _unary(function: Callable[..., Any], low: float = -2.0, high: float = 2.0) -> list[Example]:
    return [Example(function, [shape], low, high) for shape in ((), (3,), (2, 3), (0,), (2, 0))]


def _binary(function: Callable[..., Any], low: float = -2.0, high: float = 2.0) -> list[Example]:
    pairs = [((3,), (3,)), ((2, 3), (3,)), ((2, 1), (3,)), ((), (2, 3)), ((), ()), ((0,), (1,)), ((4, 1, 3), (2, 1))]
    return [Example(function, pair, low, high) for pair in pairs]


def _one(function: Callable[..., Any], *shapes: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> list[Example]:
    return [Example(function, shapes, low, high)]


MASK = torch.tensor([[True, False, True], [False, False, True]])
TWICE = torch.full((2, 3), -2.0)
ZEROED = torch.tensor([[0.0, 1.0, 1.0], [1.0, 1.0, 0.0]], dtype=torch.float64)
CLASSES = torch.tensor([2, 0, -100, 1])
PLACES = torch.tensor([[0, 2, 2], [1, 0, 1]])
LAYERS = torch.tensor([1, 0, 1])


def written(change: Callable[[Tensor], Any]) -> Callable[[Tensor], Tensor]:
    """Return a function that changes a copy in place."""

    def changed(x: Tensor) -> Tensor:
        y = x.clone()
        result = change(y)
        return y if result is None else result

    return changed


def _reductions(function: Callable[..., Tensor], *shapes: tuple[int, ...], **limits: float) -> list[Example]:
    return [
        Example(lambda *x, how=how: function(*x, reduction=how), shapes, **limits) for how in ("none", "mean", "sum")
    ]


EXAMPLES: dict[str, list[Example]] = {
    "AddBackward0": [*_binary(torch.add), *_binary(lambda a, b: torch.add(a, b, alpha=3))],
    "SubBackward0": [*_binary(torch.sub), *_binary(lambda a, b: torch.sub(a, b, alpha=0.5))],
    "RsubBackward0": _binary(lambda a, b: torch.rsub(a, b, alpha=2)),
    "RsubBackward1": _unary(lambda x: 3 - x),
    "MulBackward0": [*_binary(torch.mul), *_unary(lambda x: x * 2.5), *_unary(lambda x: x * x)],
    "DivBackward0": [*_binary(torch.div, 0.5, 2), *_unary(lambda x: x / 4)],
    "SubBackward1": _unary(lambda x: torch.ops.aten.sub.Scalar(x, 2.5)),  # x - 2.5 makes the number a tensor first
    "MulBackward1": _unary(lambda x: torch.ops.aten.mul.Scalar(x, 2.5)),
    "DivBackward1": _unary(lambda x: torch.ops.aten.div.Scalar(x, 2.5)),
    "NegBackward0": _unary(torch.neg),
    "ReciprocalBackward0": _unary(torch.reciprocal, 0.5, 2),
    "PowBackward0": [e for p in (0, 1, 2, 3, 0.5, -1) for e in _unary(lambda x, p=p: x**p, 0.5, 2)],
    "PowBackward1": _binary(torch.pow, 0.5, 2),
    "PowBackward2": [*_unary(lambda x: 2.5**x), *_one(lambda x: 0.0**x, (2, 3))],
    "AddcmulBackward0": _one(lambda a, b, c: torch.addcmul(a, b, c, value=2), (2, 3), (3,), (2, 1)),
    "AddcdivBackward0": _one(lambda a, b, c: torch.addcdiv(a, b, c, value=2), (2, 3), (3,), (2, 1), low=0.5),
    "LerpBackward0": _one(lambda a, b: torch.lerp(a, b, 0.3), (2, 3), (3,)),
    "LerpBackward1": _one(torch.lerp, (2, 3), (3,), (2, 1)),
    "ExpBackward0": _unary(torch.exp),
    "Exp2Backward0": _unary(torch.exp2),
    "Expm1Backward0": _unary(torch.expm1),
    "LogBackward0": _unary(torch.log, 0.5, 2),
    "Log2Backward0": _unary(torch.log2, 0.5, 2),
    "Log10Backward0": _unary(torch.log10, 0.5, 2),
    "Log1PBackward0": _unary(torch.log1p, -0.5, 2),
    "SqrtBackward0": _unary(torch.sqrt, 0.5, 2),
    "RsqrtBackward0": _unary(torch.rsqrt, 0.5, 2),
    "SinBackward0": _unary(torch.sin),
    "CosBackward0": _unary(torch.cos),
    "TanBackward0": _unary(torch.tan, -1, 1),
    "SinhBackward0": _unary(torch.sinh),
    "CoshBackward0": _unary(torch.cosh),
    "TanhBackward0": _unary(torch.tanh),
    "AsinBackward0": _unary(torch.asin, -0.9, 0.9),
    "AcosBackward0": _unary(torch.acos, -0.9, 0.9),
    "AtanBackward0": _unary(torch.atan),
    "Atan2Backward0": _binary(torch.atan2, 0.5, 2),
    "SigmoidBackward0": _unary(torch.sigmoid),
    "ErfBackward0": _unary(torch.erf),
    "ErfcBackward0": _unary(torch.erfc),
    "AbsBackward0": [*_unary(torch.abs), *_one(lambda x: (x * ZEROED).abs(), (2, 3))],
    "SignBackward0": _unary(torch.sign),
    "FloorBackward0": _unary(torch.floor),
    "CeilBackward0": _unary(torch.ceil),
    "TruncBackward0": _unary(torch.trunc),
    "RoundBackward0": _unary(torch.round),
    "FracBackward0": _unary(torch.frac),
    "ReluBackward0": _unary(torch.relu),
    "LeakyReluBackward0": _unary(lambda x: F.leaky_relu(x, 0.1)),
    "LeakyReluBackward1": _unary(written(lambda y: F.leaky_relu_(y, 0.1))),
    "ThresholdBackward0": _unary(lambda x: F.threshold(x, 0.5, 7.0)),
    "EluBackward0": [
        *_unary(lambda x: F.elu(x, 1.5)),
        *_unary(F.selu),
        *_unary(lambda x: torch.ops.aten.elu(x, 1.5, 2, 3)),
    ],
    "EluBackward1": _unary(written(lambda y: torch.ops.aten.elu_(y, 1.5, 2, 3))),
    "CeluBackward0": _unary(lambda x: F.celu(x, 1.5)),
    "HardtanhBackward0": _unary(lambda x: F.hardtanh(x, -0.5, 1.0)),
    "HardsigmoidBackward0": _unary(F.hardsigmoid, -5, 5),
    "HardswishBackward0": _unary(F.hardswish, -5, 5),
    "SoftshrinkBackward0": _unary(lambda x: F.softshrink(x, 0.4)),
    "SoftplusBackward0": _unary(lambda x: F.softplus(x, 2.0, 3.0)),
    "LogSigmoidBackward0": _unary(F.logsigmoid),
    "SiluBackward0": _unary(F.silu),
    "MishBackward0": _unary(F.mish),
    "GeluBackward0": [*_unary(F.gelu), *_unary(lambda x: F.gelu(x, approximate="tanh"))],
    "GluBackward0": [*_one(F.glu, (3, 4)), *_one(lambda x: F.glu(x, 0), (2, 3))],
    "PreluKernelBackward0": _one(F.prelu, (2, 3), (3,)),
    "ClampBackward1": [*_unary(lambda x: x.clamp(-0.5, 1.0)), *_unary(lambda x: x.clamp(max=0.3))],
    "ClampMinBackward0": _unary(lambda x: torch.clamp_min(x, 0.3)),
    "ClampMaxBackward0": _unary(lambda x: torch.clamp_max(x, 0.3)),
    "MaximumBackward0": [
        *_binary(torch.maximum),
        *_unary(lambda x: torch.maximum(x, x.detach())),
        *_unary(lambda x: torch.maximum(x.detach(), x)),
    ],
    "MinimumBackward0": [
        *_binary(torch.minimum),
        *_unary(lambda x: torch.minimum(x, x.detach())),
        *_unary(lambda x: torch.minimum(x.detach(), x)),
    ],
    "LogaddexpBackward0": _binary(torch.logaddexp),
    "XlogyBackward0": _binary(torch.xlogy, 0.5, 2),
    "HypotBackward0": _binary(torch.hypot, 0.5, 2),
    "WhereBackward0": _one(lambda a, b: torch.where(MASK, a, b), (2, 3), (3,)),
    "MaskedFillBackward0": _one(lambda x: x.masked_fill(MASK, -1.0), (2, 3)),
    "MaskedFillBackward1": _one(lambda x, v: x.masked_fill(MASK, v), (2, 3), ()),
    "SumBackward0": _unary(torch.sum),
    "SumBackward1": [
        *_one(lambda x: x.sum(1), (2, 3)),
        *_one(lambda x: x.sum((0, -1), keepdim=True), (2, 3, 4)),
        *_one(lambda x: x.sum(0), (0, 2)),
    ],
    "MeanBackward0": _unary(torch.mean)[:3],
    "MeanBackward1": [*_one(lambda x: x.mean(1), (2, 3)), *_one(lambda x: x.mean((0, 2), keepdim=True), (2, 3, 4))],
    "VarBackward0": [*_one(torch.var, (5,)), *_one(lambda x: x.var(1, correction=0, keepdim=True), (2, 4))],
    "StdBackward0": [*_one(torch.std, (5,)), *_one(lambda x: x.std(1, correction=0), (2, 4))],
    "VarMeanBackward0": _one(lambda x: torch.var_mean(x, 1), (2, 4)),
    "LinalgVectorNormBackward0": [
        Example(lambda x, p=p, d=d, of=of: torch.linalg.vector_norm(of(x), p, d), [(2, 3)])
        for p in (2, 1, 3, float("inf"))
        for d in (None, 1)
        for of in (lambda x: x, lambda x: (x.sign() + x * 0) * ZEROED)  # also with ties and zeros
    ],
    "AmaxBackward0": [*_one(lambda x: x.amax(1), (2, 3)), *_one(lambda x: (x * 0).amax(), (2, 3))],
    "AminBackward0": [*_one(lambda x: x.amin(0, keepdim=True), (2, 3)), *_one(lambda x: (x * 0).amin(), (2, 3))],
    "MaxBackward0": [*_one(lambda x: x.max(1)[0], (2, 3)), *_one(lambda x: x.max(0, keepdim=True)[0], (2, 3))],
    "MinBackward0": _one(lambda x: x.min(1)[0], (2, 3)),
    "MaxBackward1": [*_one(torch.max, (2, 3)), *_one(lambda x: (x * 0).max(), (2, 3))],
    "MinBackward1": [*_one(torch.min, (2, 3)), *_one(lambda x: (x * 0).min(), (2, 3))],
    "MedianBackward1": _one(lambda x: x.median(1)[0], (2, 3)),
    "SortBackward0": _one(lambda x: x.sort(1, descending=True)[0], (2, 3)),
    "SortBackward1": _one(lambda x: torch.sort(x, dim=0, stable=True)[0], (3, 2)),
    "TopkBackward0": _one(lambda x: x.topk(2, 1)[0], (2, 3)),
    "ProdBackward0": [*_one(torch.prod, (4,)), *_one(lambda x: (x * torch.tensor([0.0, 1, 1])).prod(), (3,))],
    "ProdBackward1": _one(lambda x: x.prod(1), (2, 3)),
    "CumsumBackward0": _one(lambda x: x.cumsum(1), (2, 3)),
    "LogsumexpBackward0": [*_one(lambda x: x.logsumexp(1), (2, 3)), *_one(lambda x: x.logsumexp((0, 1), True), (2, 3))],
    "TraceBackward0": _one(torch.trace, (3, 4)),
    "MmBackward0": [*_one(torch.mm, (2, 3), (3, 4)), *_one(torch.mm, (2, 0), (0, 4)), *_one(torch.mm, (0, 3), (3, 2))],
    "BmmBackward0": _one(torch.bmm, (5, 2, 3), (5, 3, 4)),
    "MvBackward0": _one(torch.mv, (2, 3), (3,)),
    "DotBackward0": _one(torch.dot, (3,), (3,)),
    "AddmmBackward0": [
        *_one(torch.addmm, (4,), (2, 3), (3, 4)),
        *_one(lambda s, a, b: torch.addmm(s, a, b, beta=2, alpha=0.5), (2, 4), (2, 3), (3, 4)),
    ],
    "AddmvBackward0": _one(lambda s, a, b: torch.addmv(s, a, b, beta=2, alpha=0.5), (2,), (2, 3), (3,)),
    "AddrBackward0": _one(lambda s, a, b: torch.addr(s, a, b, beta=2, alpha=0.5), (2, 3), (2,), (3,)),
    "BaddbmmBackward0": _one(
        lambda s, a, b: torch.baddbmm(s, a, b, beta=2, alpha=0.5), (5, 2, 4), (5, 2, 3), (5, 3, 4)
    ),
    "ConvolutionBackward0": [
        *_one(lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1), (2, 2, 5, 6), (3, 2, 3, 3), (3,)),
        *_one(lambda x, w: F.conv1d(x, w, dilation=2, groups=2), (2, 4, 7), (6, 2, 3)),
        *_one(lambda x, w: F.conv3d(x, w), (1, 2, 3, 3, 3), (2, 2, 2, 2, 2)),
        *_one(
            lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1, groups=2),
            *((2, 4, 3, 3), (4, 3, 3, 3), (6,)),
        ),
        *_one(lambda x, w: F.conv_transpose1d(x, w, dilation=2, output_padding=1), (1, 2, 3), (2, 1, 1)),
    ],
    "MaxPool2DWithIndicesBackward0": [
        *_one(lambda x: F.max_pool2d(x, 2), (2, 3, 4, 5)),
        *_one(lambda x: F.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True), (2, 6, 5)),
    ],
    "AvgPool2DBackward0": [
        *_one(lambda x: F.avg_pool2d(x, 2), (2, 3, 4, 5)),
        *_one(lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False), (2, 3, 6, 5)),
        *_one(lambda x: F.avg_pool2d(x, 2, divisor_override=3), (1, 4, 4)),
    ],
    "AdaptiveAvgPool2DBackward0": [
        *_one(lambda x: F.adaptive_avg_pool2d(x, (2, 3)), (2, 3, 5, 7)),
        *_one(lambda x: F.adaptive_avg_pool2d(x, (2, 3)), (3, 5, 7)),
    ],
    "UpsampleNearest2DBackward0": [
        *_one(lambda x: F.interpolate(x, size=(5, 7)), (1, 2, 3, 4)),
        *_one(lambda x: F.interpolate(x, scale_factor=2), (1, 2, 3, 4)),
    ],
    "ConstantPadNdBackward0": [
        *_one(lambda x: F.pad(x, (1, 2), value=3.0), (2, 3)),
        *_one(lambda x: F.pad(x, (-1, 1, 2, 0)), (2, 3)),
    ],
    "ReflectionPad1DBackward0": _one(lambda x: F.pad(x, (2, 1), mode="reflect"), (2, 4)),
    "ReflectionPad2DBackward0": _one(lambda x: F.pad(x, (2, 1, 1, 0), mode="reflect"), (1, 2, 4, 4)),
    "ReplicationPad1DBackward0": _one(lambda x: F.pad(x, (2, 1), mode="replicate"), (2, 4)),
    "ReplicationPad2DBackward0": _one(lambda x: F.pad(x, (2, 1, 1, 0), mode="replicate"), (1, 2, 4, 4)),
    "NativeLayerNormBackward0": [
        *_one(lambda x, w, b: F.layer_norm(x, (3,), w, b), (2, 4, 3), (3,), (3,)),
        *_one(lambda x: F.layer_norm(x, (4, 3)), (2, 4, 3)),
    ],
    "NativeBatchNormBackward0": [
        *_one(lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), (4, 3, 2), (3,), (3,)),
        *_one(
            lambda x, w, b: F.batch_norm(x, torch.zeros(3).double(), torch.ones(3).double(), w, b),
            *((4, 3, 2, 2), (3,), (3,)),
        ),
        *_one(lambda x: F.batch_norm(x, None, None, training=True), (5, 3)),
    ],
    "NativeGroupNormBackward0": _one(lambda x, w, b: F.group_norm(x, 2, w, b), (3, 4, 5), (4,), (4,)),
    "AddBackward1": _one(lambda x, w: torch.ops.aten._fused_rms_norm(x, [3], w, 1e-5)[0], (2, 4, 3), (3,)),
    "SoftmaxBackward0": [*_one(lambda x: x.softmax(1), (2, 3)), *_one(lambda x: x.softmax(0), ())],
    "SafeSoftmaxBackward0": _one(lambda x: torch.ops.aten._safe_softmax(x, 1), (2, 3)),
    "LogSoftmaxBackward0": [*_one(lambda x: x.log_softmax(1), (2, 3)), *_one(lambda x: x.log_softmax(0), (2, 3))],
    "ScaledDotProductFlashAttentionForCpuBackward0": [
        *_one(F.scaled_dot_product_attention, (2, 2, 4, 3), (2, 2, 5, 3), (2, 2, 5, 3)),
        *_one(
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3),
            *((2, 2, 4, 3), (2, 2, 4, 3), (2, 2, 4, 3)),
        ),
    ],
    "BinaryCrossEntropyWithLogitsBackward0": [
        *_reductions(F.binary_cross_entropy_with_logits, (2, 3), (2, 3)),
        *_one(
            lambda x, y: F.binary_cross_entropy_with_logits(x, y, weight=torch.tensor([1.0, 2, 3]).double()),
            *((2, 3), (2, 3)),
        ),
        *_one(
            lambda x, y: F.binary_cross_entropy_with_logits(
                x, y, weight=torch.tensor([1.0, 2, 3]).double(), pos_weight=torch.tensor([3.0, 0.5, 1]).double()
            ),
            *((2, 3), (2, 3)),
        ),
    ],
    "BinaryCrossEntropyBackward0": [
        *_reductions(F.binary_cross_entropy, (2, 3), (2, 3), low=0.1, high=0.9),
        *_one(
            lambda x, y: F.binary_cross_entropy(x, y, weight=torch.tensor([1.0, 2, 3]).double()),
            *((2, 3), (2, 3)),
            low=0.1,
            high=0.9,
        ),
    ],
    "MseLossBackward0": _reductions(F.mse_loss, (2, 3), (2, 3)),
    "SmoothL1LossBackward0": _reductions(lambda x, y, **how: F.smooth_l1_loss(x, y, beta=0.5, **how), (2, 3), (2, 3)),
    "HuberLossBackward0": _reductions(lambda x, y, **how: F.huber_loss(x, y, delta=0.5, **how), (2, 3), (2, 3)),
    "SoftMarginLossBackward0": _reductions(lambda x, **how: F.soft_margin_loss(x, TWICE, **how), (2, 3)),
    "NllLossBackward0": [
        *_reductions(lambda x, **how: F.nll_loss(x, CLASSES, **how), (4, 3)),
        *_reductions(lambda x, **how: F.nll_loss(x, CLASSES, torch.tensor([1.0, 2, 3]).double(), **how), (4, 3)),
        *_one(lambda x: F.nll_loss(x, torch.tensor(1)), (3,)),
    ],
    "NllLoss2DBackward0": [
        *_reductions(lambda x, **how: F.nll_loss(x, torch.tensor([[[0, 2]], [[1, -100]]]), **how), (2, 3, 1, 2)),
        *_one(
            lambda x: F.nll_loss(x, torch.tensor([[[0, 2]], [[1, -100]]]), torch.tensor([1.0, 2, 3]).double()),
            (2, 3, 1, 2),
        ),
    ],
    "EmbeddingBackward0": [
        *_one(lambda w: F.embedding(PLACES, w), (4, 3)),
        *_one(lambda w: F.embedding(PLACES, w, padding_idx=2), (4, 3)),
    ],
    "IndexBackward0": [
        *_one(lambda x: x[PLACES], (4, 3)),
        *_one(lambda x: x[:, LAYERS], (4, 3)),
        *_one(lambda x: x[MASK], (2, 3)),
        *_one(lambda x: x[LAYERS, :, LAYERS], (4, 2, 3)),
    ],
    "IndexSelectBackward0": _one(lambda x: x.index_select(1, LAYERS), (2, 3)),
    "GatherBackward0": _one(lambda x: x.gather(1, PLACES), (2, 3)),
    "MaskedSelectBackward0": _one(lambda x: x.masked_select(MASK), (2, 3)),
    "IndexPutBackward0": [
        *_one(lambda x, v: x.index_put((PLACES,), v, accumulate=True), (4, 2), (2,)),
        *_one(lambda x, v: x.index_put((torch.tensor([0, 2]),), v), (4, 2), (2, 2)),
        *_one(lambda x, v: x.index_put((torch.tensor([0, 55]),), v), (60, 2), (2, 2)),
    ],
    "IndexAddBackward0": _one(lambda x, s: x.index_add(1, LAYERS, s, alpha=2), (2, 3), (2, 3)),
    "IndexCopyBackward0": _one(lambda x, s: x.index_copy(0, torch.tensor([2, 0]), s), (3, 2), (2, 2)),
    "IndexFillBackward0": _one(lambda x: x.index_fill(1, torch.tensor([0, 2]), 5.0), (2, 3)),
    "ScatterBackward0": _one(lambda x, s: x.scatter(1, torch.tensor([[0, 2], [1, 0]]), s), (2, 3), (2, 2)),
    "ScatterBackward1": _one(lambda x: x.scatter(1, torch.tensor([[0, 2], [1, 0]]), 5.0), (2, 3)),
    "ScatterAddBackward0": _one(lambda x, s: x.scatter_add(1, PLACES, s), (2, 3), (2, 3)),
    "CloneBackward0": _unary(torch.clone),
    "AliasBackward0": _unary(torch.ops.aten.alias),
    "ViewBackward0": [*_one(lambda x: x.view(3, 2), (2, 3)), *_one(lambda x: x.view(-1), (2, 0))],
    "UnsafeViewBackward0": _one(lambda x: torch.ops.aten._unsafe_view(x, [6]), (2, 3)),
    "ExpandBackward0": [*_one(lambda x: x.expand(4, -1, 3), (2, 1)), *_one(lambda x: x.expand(2, 3), ())],
    "TBackward0": [*_one(torch.t, (2, 3)), *_one(torch.t, (3,))],
    "TransposeBackward0": _one(lambda x: x.transpose(0, -1), (2, 3, 4)),
    "PermuteBackward0": _one(lambda x: x.permute(2, 0, -2), (2, 3, 4)),
    "UnsqueezeBackward0": [*_one(lambda x: x.unsqueeze(-1), (2, 3)), *_one(lambda x: x.unsqueeze(0), ())],
    "SqueezeBackward0": _one(lambda x: x.squeeze(), (2, 1, 3)),
    "SqueezeBackward1": [*_one(lambda x: x.squeeze(1), (2, 1, 3)), *_one(lambda x: x.squeeze(0), (2, 3))],
    "SqueezeBackward2": _one(lambda x: x.squeeze((0, 2)), (1, 2, 1)),
    "SqueezeBackward3": _one(written(lambda y: y.squeeze_()), (2, 1, 3)),
    "SqueezeBackward4": _one(written(lambda y: y.squeeze_(1)), (2, 1, 3)),
    "SliceBackward0": [
        *_one(lambda x: x[:, 1::2], (2, 5)),
        *_one(lambda x: x[-2:], (5,)),
        *_one(lambda x: x[3:1], (5,)),
    ],
    "SelectBackward0": [*_one(lambda x: x[:, -1], (2, 3)), *_one(lambda x: x[1], (3,))],
    "UnbindBackward0": _one(lambda x: x.unbind(1), (2, 3)),
    "SplitBackward0": _one(lambda x: x.split(2, 1), (2, 5)),
    "UnsafeSplitBackward0": _one(lambda x: torch.unsafe_split(x, 2, 1), (2, 5)),
    "SplitWithSizesBackward0": _one(lambda x: torch.split_with_sizes(x, [1, 3, 1], 1), (2, 5)),
    "CatBackward0": [
        *_one(lambda a, b: torch.cat([a, b], 1), (2, 3), (2, 1)),
        *_one(lambda a, b: torch.cat([a, b]), (0,), (2,)),
    ],
    "StackBackward0": _one(lambda a, b: torch.stack([a, b], 1), (2, 3), (2, 3)),
    "DiagonalBackward0": _one(lambda x: x.diagonal(1, 0, 2), (3, 2, 4)),
    "UnfoldBackward0": [*_one(lambda x: x.unfold(0, 3, 2), (7,)), *_one(lambda x: x.unfold(1, 2, 1), (2, 4))],
    "RepeatBackward0": _one(lambda x: x.repeat(2, 3, 1), (2, 3)),
    "FlipBackward0": _one(lambda x: x.flip(0, -1), (2, 3)),
    "RollBackward0": [*_one(lambda x: x.roll(1, 1), (2, 3)), *_one(lambda x: x.roll(2), (2, 3))],
    "TrilBackward0": _one(lambda x: x.tril(1), (3, 4)),
    "TriuBackward0": _one(lambda x: x.triu(-1), (3, 4)),
    "ZeroBackward0": _one(written(lambda y: (y * 1).zero_()), (2, 3)),
    "FillBackward2": _one(written(lambda y: (y * 1).fill_(3.0)), (2, 3)),
    "SigmoidBackwardBackward0": _one(torch.ops.aten.sigmoid_backward, (2, 3), (2, 3)),
    "TanhBackwardBackward0": _one(torch.ops.aten.tanh_backward, (2, 3), (2, 3)),
    "ThresholdBackwardBackward0": _one(lambda g, x: torch.ops.aten.threshold_backward(g, x, 0.2), (2, 3), (2, 3)),
    "SoftplusBackwardBackward0": _one(lambda g, x: torch.ops.aten.softplus_backward(g, x, 2.0, 1.0), (4, 5), (4, 5)),
    "ReshapeAliasBackward0": _one(lambda x: torch.ops.aten._reshape_alias(x, [3, 2], [2, 1]), (2, 3)),
    "ToCopyBackward0": _unary(lambda x: x.to(torch.float32).to(torch.float64)),
    "NativeDropoutBackward0": _one(lambda x: torch.native_dropout(x, 0.4, True)[0], (4, 5)),
}
