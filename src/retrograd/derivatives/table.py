"""The table: for each backward node what its forward operation computes, and what it passes on.

A row reads

    _row(node, signature, result, argument=gradient, ...)

`signature` is the entry of PyTorch's derivatives.yaml that makes the node; the arguments of the operation have their
names from there. `result` is what the operation gives, and each `gradient` what the node passes on to that argument,
as formulas of `retrograd.derivatives.formulas`. In them `G` is the gradient that arrives, ∂loss/∂result; an operation
with several results has `G`, `G1`, … and `result`, `result1`, …. Where an argument was broadcast, the copies'
gradients are added up afterwards; that holds for every row and is not written.

A new row is proved by tests: that its entry exists, and that it agrees with float64 autograd and with differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retrograd.derivatives.formulas import Formula


@dataclass(frozen=True, slots=True)
class Derivative:
    """What one kind of backward node computes."""

    node: str
    """As PyTorch names it: `MmBackward0`."""
    source: str
    """The entry of derivatives.yaml: the signature of the forward operation."""
    results: tuple[Formula, ...]
    """What the forward operation gives; without a formula for results that only the node needs."""
    gradients: Mapping[str, Formula]
    """What is passed on to each argument that can have a gradient, in the order of the node's edges."""
    given: Mapping[str, Formula]
    """Abbreviations in the formulas, each of which may use those before it."""
    unless: Formula | None = None
    """When this holds, the formulas do not."""


def _row(
    node: str,
    source: str,
    result: str | tuple[str, ...],
    /,  # an operation may have an argument called source
    given: Mapping[str, str] | None = None,
    unless: str | None = None,
    **gradients: str,
) -> Derivative:
    results = (result,) if isinstance(result, str) else result
    return Derivative(
        node,
        source,
        tuple(map(Formula, results)),
        {name: Formula(text) for name, text in gradients.items()},
        {name: Formula(text) for name, text in (given or {}).items()},
        Formula(unless) if unless else None,
    )


def _simple(node: str, name: str, result: str, gradient: str) -> Derivative:
    """Return the row of a function of one tensor."""
    return _row(node, f"{name}(Tensor self) -> Tensor", result, self=gradient)


_N = {"N": "terms(self, reduction)"}

_PICKED = "scatter(restored(G, dim, keepdim, self), along(self, dim, restored(result1, dim, keepdim, self)), self)"
_PICKING = "gather(self, dim, restored(result1, dim, keepdim, self))"

_ROWS = (
    # ---------------------------------------------------------------- sums, products, powers
    _row(
        "AddBackward0",
        "add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
        "self + alpha * other",
        self="G",
        other="alpha * G",
    ),
    _row(
        "AddBackward1",
        "add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
        "self + alpha * other",
        self="G",
    ),
    _row(
        "SubBackward0",
        "sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
        "self - alpha * other",
        self="G",
        other="-alpha * G",
    ),
    _row(
        "SubBackward1",
        "sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
        "self - alpha * other",
        self="G",
    ),
    _row(
        "RsubBackward0",
        "rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor",
        "other - alpha * self",
        self="-alpha * G",
        other="G",
    ),
    _row(
        "RsubBackward1",
        "rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
        "other - alpha * self",
        self="-alpha * G",
    ),
    _row(
        "MulBackward0",
        "mul.Tensor(Tensor self, Tensor other) -> Tensor",
        "self * other",
        self="G * other",
        other="G * self",
    ),
    _row("MulBackward1", "mul.Scalar(Tensor self, Scalar other) -> Tensor", "self * other", self="G * other"),
    _row(
        "DivBackward0",
        "div.Tensor(Tensor self, Tensor other) -> Tensor",
        "self / other",
        self="G / other",
        other="-G * self / other**2",
    ),
    _row("DivBackward1", "div.Scalar(Tensor self, Scalar other) -> Tensor", "self / other", self="G / other"),
    _simple("NegBackward0", "neg", "-self", "-G"),
    _simple("ReciprocalBackward0", "reciprocal", "1 / self", "-G * result**2"),
    _row(
        "PowBackward0",
        "pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
        "self**exponent",
        self="G * exponent * self ** (exponent - 1) if exponent != 0 else zeros(self)",
    ),
    _row(
        "PowBackward1",
        "pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor",
        "self**exponent",
        self="where(exponent == 0, 0, G * exponent * self ** (exponent - 1))",
        exponent="where((self == 0) & (exponent >= 0), 0, G * result * log(self))",
    ),
    _row(
        "PowBackward2",
        "pow.Scalar(Scalar self, Tensor exponent) -> Tensor",
        "self**exponent",
        exponent="G * result * log(self) if self != 0 else where(exponent >= 0, 0, G * result * log(self))",
    ),
    _row(
        "AddcmulBackward0",
        "addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
        "self + value * tensor1 * tensor2",
        self="G",
        tensor1="G * value * tensor2",
        tensor2="G * value * tensor1",
    ),
    _row(
        "AddcdivBackward0",
        "addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor",
        "self + value * tensor1 / tensor2",
        self="G",
        tensor1="G * value / tensor2",
        tensor2="-G * value * tensor1 / tensor2**2",
    ),
    _row(
        "LerpBackward0",
        "lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor",
        "self + weight * (end - self)",
        self="G * (1 - weight)",
        end="G * weight",
    ),
    _row(
        "LerpBackward1",
        "lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor",
        "self + weight * (end - self)",
        self="G * (1 - weight)",
        end="G * weight",
        weight="G * (end - self)",
    ),
    # ---------------------------------------------------------------- functions of each entry
    _simple("ExpBackward0", "exp", "exp(self)", "G * result"),
    _simple("Exp2Backward0", "exp2", "2.0**self", "G * result * log(2)"),
    _simple("Expm1Backward0", "expm1", "expm1(self)", "G * (result + 1)"),
    _simple("LogBackward0", "log", "log(self)", "G / self"),
    _simple("Log2Backward0", "log2", "log(self) / log(2)", "G / (self * log(2))"),
    _simple("Log10Backward0", "log10", "log(self) / log(10)", "G / (self * log(10))"),
    _simple("Log1PBackward0", "log1p", "log1p(self)", "G / (self + 1)"),
    _simple("SqrtBackward0", "sqrt", "sqrt(self)", "G / (2 * result)"),
    _simple("RsqrtBackward0", "rsqrt", "1 / sqrt(self)", "-0.5 * G * result**3"),
    _simple("SinBackward0", "sin", "sin(self)", "G * cos(self)"),
    _simple("CosBackward0", "cos", "cos(self)", "-G * sin(self)"),
    _simple("TanBackward0", "tan", "tan(self)", "G * (1 + result**2)"),
    _simple("SinhBackward0", "sinh", "sinh(self)", "G * cosh(self)"),
    _simple("CoshBackward0", "cosh", "cosh(self)", "G * sinh(self)"),
    _simple("TanhBackward0", "tanh", "tanh(self)", "G * (1 - result**2)"),
    _simple("AsinBackward0", "asin", "asin(self)", "G / sqrt(1 - self**2)"),
    _simple("AcosBackward0", "acos", "acos(self)", "-G / sqrt(1 - self**2)"),
    _simple("AtanBackward0", "atan", "atan(self)", "G / (1 + self**2)"),
    _row(
        "Atan2Backward0",
        "atan2(Tensor self, Tensor other) -> Tensor",
        "arctan2(self, other)",
        self="G * other / (self**2 + other**2)",
        other="-G * self / (self**2 + other**2)",
    ),
    _simple("SigmoidBackward0", "sigmoid", "sigmoid(self)", "G * result * (1 - result)"),
    _simple("ErfBackward0", "erf", "erf(self)", "G * 2 / sqrt(pi) * exp(-(self**2))"),
    _simple("ErfcBackward0", "erfc", "1 - erf(self)", "-G * 2 / sqrt(pi) * exp(-(self**2))"),
    _simple("AbsBackward0", "abs", "abs(self)", "G * sign(self)"),
    _simple("SignBackward0", "sign", "sign(self)", "0 * G"),
    _simple("FloorBackward0", "floor", "floor(self)", "0 * G"),
    _simple("CeilBackward0", "ceil", "ceil(self)", "0 * G"),
    _simple("TruncBackward0", "trunc", "trunc(self)", "0 * G"),
    _simple("RoundBackward0", "round", "rint(self)", "0 * G"),
    _simple("FracBackward0", "frac", "self - trunc(self)", "G"),
    _simple("ReluBackward0", "relu", "where(self <= 0, 0, self)", "where(result <= 0, 0, G)"),
    _row(
        "LeakyReluBackward0",
        "leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor",
        "where(self > 0, self, negative_slope * self)",
        self="where(self > 0, G, negative_slope * G)",
    ),
    _row(
        "LeakyReluBackward1",
        "leaky_relu_(Tensor(a!) self, Scalar negative_slope=0.01) -> Tensor(a!)",
        "where(self > 0, self, negative_slope * self)",
        self="where(result > 0, G, negative_slope * G)",
    ),
    _row(
        "ThresholdBackward0",
        "threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor",
        "where(self > threshold, self, value)",
        self="where(self > threshold, G, 0)",
    ),
    _row(
        "EluBackward0",
        "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor",
        "where(self > 0, scale * self, scale * alpha * expm1(input_scale * self))",
        self="where(self > 0, G * scale, G * scale * alpha * input_scale * exp(input_scale * self))",
    ),
    _row(
        "EluBackward1",
        "elu_(Tensor(a!) self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor(a!)",
        "where(self > 0, scale * self, scale * alpha * expm1(input_scale * self))",
        self="where(result > 0, G * scale, G * input_scale * (result + scale * alpha))",
    ),
    _row(
        "CeluBackward0",
        "celu(Tensor self, Scalar alpha=1.0) -> Tensor",
        "where(self > 0, self, alpha * expm1(self / alpha))",
        self="where(self > 0, G, G * exp(self / alpha))",
    ),
    _row(
        "HardtanhBackward0",
        "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor",
        "minimum(maximum(self, min_val), max_val)",
        self="where((self > min_val) & (self < max_val), G, 0)",
    ),
    _row(
        "HardsigmoidBackward0",
        "hardsigmoid(Tensor self) -> Tensor",
        "minimum(maximum(self + 3, 0), 6) / 6",
        given={"sixth": "0.1666666716337204"},  # PyTorch's backward has 1/6 in float32 for every dtype
        self="where((self > -3) & (self < 3), G * sixth, 0)",
    ),
    _simple(
        "HardswishBackward0",
        "hardswish",
        "self * minimum(maximum(self + 3, 0), 6) / 6",
        "where(self <= -3, 0, where(self < 3, G * (self / 3 + 0.5), G))",
    ),
    _row(
        "SoftshrinkBackward0",
        "softshrink(Tensor self, Scalar lambd=0.5) -> Tensor",
        "where(self > lambd, self - lambd, where(self < -lambd, self + lambd, 0))",
        self="where((self > lambd) | (self < -lambd), G, 0)",
    ),
    _row(
        "SoftplusBackward0",
        "softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor",
        "where(self * beta > threshold, self, softplus(self * beta) / beta)",
        self="where(self * beta > threshold, G, G * sigmoid(self * beta))",
    ),
    _row(
        "LogSigmoidBackward0",
        "log_sigmoid_forward(Tensor self) -> (Tensor output, Tensor buffer)",
        "-softplus(-self)",
        self="G * sigmoid(-self)",
    ),
    _row(
        "SiluBackward0",
        "silu(Tensor self) -> Tensor",
        "self * s",
        given={"s": "sigmoid(self)"},
        self="G * (s + self * s * (1 - s))",
    ),
    _row(
        "MishBackward0",
        "mish(Tensor self) -> Tensor",
        "self * t",
        given={"t": "tanh(softplus(self))"},
        self="G * (t + self * (1 - t**2) * sigmoid(self))",
    ),
    _row(
        "GeluBackward0",
        "gelu(Tensor self, *, str approximate='none') -> Tensor",
        "0.5 * self * (1 + erf(self / sqrt(2))) if approximate == 'none' else 0.5 * self * (1 + t)",
        given={
            "t": "tanh(sqrt(2 / pi) * (self + 0.044715 * self**3)) if approximate == 'tanh' else 0",
            "u": "sqrt(2 / pi) * (1 + 3 * 0.044715 * self**2) if approximate == 'tanh' else 0",
        },
        self="G * (0.5 * (1 + erf(self / sqrt(2))) + self * exp(-(self**2) / 2) / sqrt(2 * pi))"
        " if approximate == 'none' else G * (0.5 * (1 + t) + 0.5 * self * (1 - t**2) * u)",
    ),
    _row(
        "GluBackward0",
        "glu(Tensor self, int dim=-1) -> Tensor",
        "a * sigmoid(b)",
        given={
            "a": "split(self, shape(self)[dim] // 2, dim)[0]",
            "b": "split(self, shape(self)[dim] // 2, dim)[1]",
        },
        self="cat([G * sigmoid(b), G * a * sigmoid(b) * (1 - sigmoid(b))], dim)",
    ),
    _row(
        "PreluKernelBackward0",
        "_prelu_kernel(Tensor self, Tensor weight) -> Tensor",
        "where(self > 0, self, weight * self)",
        self="where(self > 0, G, weight * G)",
        weight="where(self > 0, 0, self * G)",
    ),
    _row(
        "ClampBackward1",
        "clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor",
        "minimum(maximum(self, either(min, -inf)), either(max, inf))",
        self="where((self >= either(min, -inf)) & (self <= either(max, inf)), G, 0)",
    ),
    _row(
        "ClampMinBackward0",
        "clamp_min(Tensor self, Scalar min) -> Tensor",
        "maximum(self, min)",
        self="where(self >= min, G, 0)",
    ),
    _row(
        "ClampMaxBackward0",
        "clamp_max(Tensor self, Scalar max) -> Tensor",
        "minimum(self, max)",
        self="where(self <= max, G, 0)",
    ),
    _row(
        "MaximumBackward0",
        "maximum(Tensor self, Tensor other) -> Tensor",
        "maximum(self, other)",
        self="where(self == other, G / 2, where(self > other, G, 0))",
        other="where(self == other, G / 2, where(self > other, 0, G))",
    ),
    _row(
        "MinimumBackward0",
        "minimum(Tensor self, Tensor other) -> Tensor",
        "minimum(self, other)",
        self="where(self == other, G / 2, where(self < other, G, 0))",
        other="where(self == other, G / 2, where(self < other, 0, G))",
    ),
    _row(
        "LogaddexpBackward0",
        "logaddexp(Tensor self, Tensor other) -> Tensor",
        "maximum(self, other) + log1p(exp(-abs(self - other)))",
        self="G * sigmoid(self - other)",
        other="G * sigmoid(other - self)",
    ),
    _row(
        "XlogyBackward0",
        "xlogy.Tensor(Tensor self, Tensor other) -> Tensor",
        "where(self == 0, 0, self * log(other))",
        self="where((self == 0) & (other <= 0), 0, G * log(other))",
        other="G * self / other",
    ),
    _row(
        "HypotBackward0",
        "hypot(Tensor self, Tensor other) -> Tensor",
        "sqrt(self**2 + other**2)",
        self="G * self / result",
        other="G * other / result",
    ),
    _row(
        "WhereBackward0",
        "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor",
        "where(condition, self, other)",
        self="where(condition, G, 0)",
        other="where(condition, 0, G)",
    ),
    _row(
        "MaskedFillBackward0",
        "masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
        "where(mask, value, self)",
        self="where(mask, 0, G)",
    ),
    _row(
        "MaskedFillBackward1",
        "masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor",
        "where(mask, value, self)",
        self="where(mask, 0, G)",
        value="sum(where(mask, G, 0))",
    ),
    _row(
        "NativeDropoutBackward0",
        "native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)",
        "input * result1 * c",
        given={"c": "1 if not train else 0 if p == 1 else 1 / (1 - p)"},
        input="G * result1 * c",
    ),
    # ---------------------------------------------------------------- sums over dimensions
    _row("SumBackward0", "sum(Tensor self, *, ScalarType? dtype=None) -> Tensor", "sum(self)", self="copies(G, self)"),
    _row(
        "SumBackward1",
        "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        "sum(self, dim, keepdim)",
        self="copies(restored(G, dim, keepdim, self), self)",
    ),
    _row(
        "MeanBackward0",
        "mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        "sum(self) / N",
        given={"N": "count(self)"},
        self="copies(G, self) / N",
    ),
    _row(
        "MeanBackward1",
        "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        "sum(self, dim, keepdim) / N",
        given={"N": "count(self, dim)"},
        self="copies(restored(G, dim, keepdim, self), self) / N",
    ),
    _row(
        "VarBackward0",
        "var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
        "sum((self - m) ** 2, dim, keepdim) / M",
        given={"m": "mean(self, dim, True)", "M": "count(self, dim) - either(correction, 1)"},
        self="restored(G, dim, keepdim, self) * 2 * (self - m) / M",
    ),
    _row(
        "StdBackward0",
        "std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
        "sqrt(sum((self - m) ** 2, dim, keepdim) / M)",
        given={
            "m": "mean(self, dim, True)",
            "M": "count(self, dim) - either(correction, 1)",
            "s": "restored(result, dim, keepdim, self)",
        },
        self="where(s == 0, 0, restored(G, dim, keepdim, self) * (self - m) / (M * s))",
    ),
    _row(
        "VarMeanBackward0",
        "var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)"
        " -> (Tensor, Tensor)",
        ("sum((self - m) ** 2, dim, keepdim) / M", "mean(self, dim, keepdim)"),
        given={"m": "mean(self, dim, True)", "M": "count(self, dim) - either(correction, 1)"},
        self="restored(G, dim, keepdim, self) * 2 * (self - m) / M"
        " + copies(restored(G1, dim, keepdim, self), self) / count(self, dim)",
    ),
    _row(
        "LinalgVectorNormBackward0",
        "linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *,"
        " ScalarType? dtype=None) -> Tensor",
        "sqrt(sum(self**2, dim, keepdim)) if ord == 2 else sum(abs(self), dim, keepdim) if ord == 1"
        " else amax(abs(self), dim, keepdim) if ord == inf else sum(abs(self) ** ord, dim, keepdim) ** (1 / ord)",
        given={
            "g": "restored(G, dim, keepdim, self)",
            "n": "restored(result, dim, keepdim, self)",
        },
        unless="ord in (0, -inf)",
        self="where(n == 0, 0, g * self / n) if ord == 2 else g * sign(self) if ord == 1"
        " else g * sign(self) * (abs(self) == n) / sum(abs(self) == n, dim, True) if ord == inf"
        " else where(n == 0, 0, g * sign(self) * (abs(self) / n) ** (ord - 1))",
    ),
    _row(
        "AmaxBackward0",
        "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
        "amax(self, dim, keepdim)",
        given={"hit": "self == restored(result, dim, keepdim, self)"},
        self="restored(G, dim, keepdim, self) * hit / sum(hit, dim, True)",
    ),
    _row(
        "AminBackward0",
        "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
        "amin(self, dim, keepdim)",
        given={"hit": "self == restored(result, dim, keepdim, self)"},
        self="restored(G, dim, keepdim, self) * hit / sum(hit, dim, True)",
    ),
    _row(
        "MaxBackward0",
        "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        "amax(self, dim, keepdim)",
        self=_PICKED,
    ),
    _row(
        "MinBackward0",
        "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        "amin(self, dim, keepdim)",
        self=_PICKED,
    ),
    _row(
        "MaxBackward1",
        "max(Tensor self) -> Tensor",
        "amax(self)",
        self="G * (self == result) / sum(self == result)",
    ),
    _row(
        "MinBackward1",
        "min(Tensor self) -> Tensor",
        "amin(self)",
        self="G * (self == result) / sum(self == result)",
    ),
    _row(
        "MedianBackward1",
        "median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        f"reshape({_PICKING}, result1)",
        self=_PICKED,
    ),
    _row(
        "SortBackward0",
        "sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
        "gather(self, dim, result1)",
        self="scatter(G, along(self, dim, result1), self)",
    ),
    _row(
        "SortBackward1",
        "sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False)"
        " -> (Tensor values, Tensor indices)",
        "gather(self, dim, result1)",
        self="scatter(G, along(self, dim, result1), self)",
    ),
    _row(
        "TopkBackward0",
        "topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True)"
        " -> (Tensor values, Tensor indices)",
        "gather(self, dim, result1)",
        self="scatter(G, along(self, dim, result1), self)",
    ),
    _row(
        "ProdBackward0",
        "prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        "prod(self)",
        self="G * others(self)",
    ),
    _row(
        "ProdBackward1",
        "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        "prod(self, dim, keepdim)",
        self="restored(G, dim, keepdim, self) * others(self, dim)",
    ),
    _row(
        "CumsumBackward0",
        "cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
        "cumsum(self, dim)",
        self="cumsum_back(G, dim)",
    ),
    _row(
        "LogsumexpBackward0",
        "logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
        "logsumexp(self, dim, keepdim)",
        self="restored(G, dim, keepdim, self) * exp(self - restored(result, dim, keepdim, self))",
    ),
    _simple(
        "TraceBackward0",
        "trace",
        "sum(diagonal(self))",
        "scatter(copies(G, diagonal(self)), diagonal(numbering(self)), self)",
    ),
    # ---------------------------------------------------------------- products of matrices
    _row(
        "MmBackward0",
        "mm(Tensor self, Tensor mat2) -> Tensor",
        "self @ mat2",
        self="G @ T(mat2)",
        mat2="T(self) @ G",
    ),
    _row(
        "BmmBackward0",
        "bmm(Tensor self, Tensor mat2) -> Tensor",
        "self @ mat2",
        self="G @ T(mat2)",
        mat2="T(self) @ G",
    ),
    _row("MvBackward0", "mv(Tensor self, Tensor vec) -> Tensor", "self @ vec", self="outer(G, vec)", vec="T(self) @ G"),
    _row(
        "DotBackward0",
        "dot(Tensor self, Tensor tensor) -> Tensor",
        "self @ tensor",
        self="G * tensor",
        tensor="G * self",
    ),
    _row(
        "AddmmBackward0",
        "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        "beta * self + alpha * (mat1 @ mat2)",
        self="beta * G",
        mat1="alpha * (G @ T(mat2))",
        mat2="alpha * (T(mat1) @ G)",
    ),
    _row(
        "AddmvBackward0",
        "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        "beta * self + alpha * (mat @ vec)",
        self="beta * G",
        mat="alpha * outer(G, vec)",
        vec="alpha * (T(mat) @ G)",
    ),
    _row(
        "AddrBackward0",
        "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        "beta * self + alpha * outer(vec1, vec2)",
        self="beta * G",
        vec1="alpha * (G @ vec2)",
        vec2="alpha * (T(G) @ vec1)",
    ),
    _row(
        "BaddbmmBackward0",
        "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
        "beta * self + alpha * (batch1 @ batch2)",
        self="beta * G",
        batch1="alpha * (G @ T(batch2))",
        batch2="alpha * (T(batch1) @ G)",
    ),
    _row(
        "LinearBackward0",
        "linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
        "input @ T(weight) + either(bias, 0)",
        input="G @ weight",
        weight="T(reshape(G, [-1, shape(G)[-1]])) @ reshape(input, [-1, shape(input)[-1]])",
        bias="G",
    ),
    # ---------------------------------------------------------------- convolution, pooling, pictures
    _row(
        "ConvolutionBackward0",
        "convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation,"
        " bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor",
        "(convolve(input, weight, stride, padding, dilation, groups) if not transposed"
        " else convolve_back(input, grown(input, weight, stride, padding, dilation, output_padding, groups), weight,"
        " stride, padding, dilation, groups)) + offset(bias, input)",
        input="convolve_back(G, input, weight, stride, padding, dilation, groups) if not transposed"
        " else convolve(G, weight, stride, padding, dilation, groups)",
        weight="convolve_weight(G, input, weight, stride, padding, dilation, groups) if not transposed"
        " else convolve_weight(input, G, weight, stride, padding, dilation, groups)",
        bias="sum(G, but_channels(G))",
    ),
    _row(
        "MaxPool2DWithIndicesBackward0",
        "max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0,"
        " int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
        "pooled(self, spread(kernel_size, 2), stride, padding, dilation, ceil_mode)",
        self="scatter(G, planes(self, result1, 2), self)",
    ),
    _row(
        "AvgPool2DBackward0",
        "avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False,"
        " bool count_include_pad=True, int? divisor_override=None) -> Tensor",
        "averaged(self, spread(kernel_size, 2), stride, padding, ceil_mode, count_include_pad, divisor_override)",
        self="averaged_back(G, self, spread(kernel_size, 2), stride, padding, ceil_mode, count_include_pad,"
        " divisor_override)",
    ),
    _row(
        "AdaptiveAvgPool2DBackward0",
        "_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
        "adaptive_mean(self, output_size)",
        self="adaptive_mean_back(G, self)",
    ),
    _row(
        "UpsampleNearest2DBackward0",
        "upsample_nearest2d(Tensor self, SymInt[2] output_size, float? scales_h=None, float? scales_w=None) -> Tensor",
        "take(self, nearest(self, output_size, [scales_h, scales_w]))",
        self="scatter(G, nearest(self, output_size, [scales_h, scales_w]), self)",
    ),
    _row(
        "ConstantPadNdBackward0",
        "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
        "where(padded(numbering(self), pad) < 0, value, take(self, padded(numbering(self), pad)))",
        self="scatter(G, padded(numbering(self), pad), self)",
    ),
    _row(
        "ReflectionPad1DBackward0",
        "reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'reflect'))",
        self="scatter(G, padded(numbering(self), padding, 'reflect'), self)",
    ),
    _row(
        "ReflectionPad2DBackward0",
        "reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'reflect'))",
        self="scatter(G, padded(numbering(self), padding, 'reflect'), self)",
    ),
    _row(
        "ReplicationPad1DBackward0",
        "replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'edge'))",
        self="scatter(G, padded(numbering(self), padding, 'edge'), self)",
    ),
    _row(
        "ReplicationPad2DBackward0",
        "replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'edge'))",
        self="scatter(G, padded(numbering(self), padding, 'edge'), self)",
    ),
    # ---------------------------------------------------------------- normalisation, softmax, attention
    _row(
        "NativeLayerNormBackward0",
        "native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps)"
        " -> (Tensor, Tensor, Tensor)",
        (
            "n * either(weight, 1) + either(bias, 0)",
            "mean(input, axes_, True)",
            "1 / sqrt(mean((input - result1) ** 2, axes_, True) + eps)",
        ),
        given={
            "axes_": "last(input, normalized_shape)",
            "n": "input * result2 - result1 * result2",
            "g": "G * either(weight, 1)",
        },
        input="result2 * (g - mean(g, axes_, True) - n * mean(g * n, axes_, True))",
        weight="G * n",
        bias="G",
    ),
    _row(
        "FusedRmsNormBackward0",
        "_fused_rms_norm(Tensor input, int[] normalized_shape, Tensor? weight, float? eps) -> (Tensor, Tensor)",
        "n * either(weight, 1)",
        given={
            "axes_": "last(input, normalized_shape)",
            "n": "input * result1",
            "g": "G * either(weight, 1)",
        },
        input="result1 * (g - n * mean(g * n, axes_, True))",
        weight="G * n",
    ),
    _row(
        "NativeBatchNormBackward0",
        "native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var,"
        " bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
        "input * k + (offset(bias, input) - m * k)",
        given={
            "axes_": "but_channels(input)",
            "m": "channels(result1 if training else running_mean, input)",
            "r": "channels(result2 if training else 1 / sqrt(running_var + eps), input)",
            "k": "channels(either(weight, 1), input) * r",
            "n": "input * r - m * r",
            "g": "G * channels(either(weight, 1), input)",
        },
        input="r * (g - mean(g, axes_, True) - n * mean(g * n, axes_, True)) if training else g * r",
        weight="sum(G * n, axes_)",
        bias="sum(G, axes_)",
    ),
    _row(
        "NativeGroupNormBackward0",
        "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group,"
        " float eps) -> (Tensor, Tensor, Tensor)",
        "n * channels(either(weight, 1), input) + offset(bias, input)",
        given={
            "r": "reshape(result2, [N, group, 1])",
            "rows_": "groups(input, group) * r - reshape(result1, [N, group, 1]) * r",
            "n": "reshape(rows_, input)",
            "g": "groups(G * channels(either(weight, 1), input), group)",
        },
        input="reshape(r * (g - mean(g, 2, True) - rows_ * mean(g * rows_, 2, True)), input)",
        weight="sum(G * n, but_channels(input))",
        bias="sum(G, but_channels(input))",
    ),
    _row(
        "SoftmaxBackward0",
        "_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
        "softmax(self, dim)",
        self="result * (G - sum(G * result, dim, True))",
    ),
    _row(
        "SafeSoftmaxBackward0",
        "_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
        "where(amax(self, dim, True) == -inf, 0, softmax(self, dim))",
        self="result * (G - sum(G * result, dim, True))",
    ),
    _row(
        "LogSoftmaxBackward0",
        "_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
        "self - logsumexp(self, dim, True)",
        self="G - exp(result) * sum(G, dim, True)",
    ),
    _row(
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0.0,"
        " bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)",
        "p @ value",
        given={
            "c": "either(scale, shape(query)[-1] ** -0.5)",
            "p": "softmax(masked(query @ T(key) * c, attn_mask, is_causal), -1)",
            "d": "p * (G @ T(value) - sum(G @ T(value) * p, -1, True)) * c",
        },
        unless="dropout_p > 0 or shape(query)[1] != shape(key)[1]",
        query="d @ key",
        key="T(d) @ query",
        value="T(p) @ G",
    ),
    # ---------------------------------------------------------------- losses
    _row(
        "BinaryCrossEntropyWithLogitsBackward0",
        "binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None,"
        " int reduction=Mean) -> Tensor",
        # PyTorch computes it so, and where the two parts nearly cancel it loses digits.
        "reduced(((1 - target) * self + c * softplus(-self)) * either(weight, 1), reduction)",
        given={**_N, "c": "1 if pos_weight is None else (pos_weight - 1) * target + 1"},
        self="G * (sigmoid(self) - target) * either(weight, 1) / N if pos_weight is None else"
        " G * ((1 - target) * sigmoid(self) - pos_weight * target * sigmoid(-self)) * either(weight, 1) / N",
        target="-G * self * either(weight, 1) / N if pos_weight is None else"
        " G * (pos_weight * softplus(-self) - softplus(self)) * either(weight, 1) / N",
    ),
    _row(
        "BinaryCrossEntropyBackward0",
        "binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean) -> Tensor",
        "reduced(-(target * maximum(log(self), -100) + (1 - target) * maximum(log1p(-self), -100))"
        " * either(weight, 1), reduction)",
        given=_N,
        self="G * (self - target) / maximum(self * (1 - self), 1e-12) * either(weight, 1) / N",
        target="G * (log1p(-self) - log(self)) * either(weight, 1) / N",
    ),
    _row(
        "MseLossBackward0",
        "mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
        "reduced((self - target) ** 2, reduction)",
        given=_N,
        self="2 * G * (self - target) / N",
        target="-2 * G * (self - target) / N",
    ),
    _row(
        "SmoothL1LossBackward0",
        "smooth_l1_loss(Tensor self, Tensor target, int reduction=Mean, float beta=1.0) -> Tensor",
        "reduced(where(abs(d) < beta, 0.5 * d**2 / beta, abs(d) - 0.5 * beta), reduction)",
        given={**_N, "d": "self - target"},
        self="G * where(abs(d) < beta, d / beta, sign(d)) / N",
        target="-G * where(abs(d) < beta, d / beta, sign(d)) / N",
    ),
    _row(
        "HuberLossBackward0",
        "huber_loss(Tensor self, Tensor target, int reduction=Mean, float delta=1.0) -> Tensor",
        "reduced(where(abs(d) <= delta, 0.5 * d**2, delta * (abs(d) - 0.5 * delta)), reduction)",
        given={**_N, "d": "self - target"},
        self="G * where(abs(d) <= delta, d, delta * sign(d)) / N",
        target="-G * where(abs(d) <= delta, d, delta * sign(d)) / N",
    ),
    _row(
        "SoftMarginLossBackward0",
        "soft_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
        "reduced(log1p(exp(-target * self)), reduction)",
        given=_N,
        self="-G * target * sigmoid(-target * self) / N",
    ),
    _row(
        "NllLossBackward0",
        "nll_loss_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index)"
        " -> (Tensor output, Tensor total_weight)",
        (
            "-sum(where(hit, c * self, 0), -1) if reduction == 0 else"
            " -sum(where(hit, c * self, 0)) / (result1 if reduction == 1 else 1)",
            "result1 if reduction == 0 else sum(hit * c)",
        ),
        given={
            "hit": "one_hot(target, self, -1, ignore_index)",
            "c": "class_weights(self, weight, -1)",
        },
        self="-hit * c * (unsqueeze(G, -1) if reduction == 0 and shape(G) else G) / (result1 if reduction == 1 else 1)",
    ),
    _row(
        "NllLoss2DBackward0",
        "nll_loss2d_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index)"
        " -> (Tensor output, Tensor total_weight)",
        (
            "-sum(where(hit, c * self, 0), 1) if reduction == 0 else"
            " -sum(where(hit, c * self, 0)) / (result1 if reduction == 1 else 1)",
            "result1 if reduction == 0 else sum(hit * c)",
        ),
        given={
            "hit": "one_hot(target, self, 1, ignore_index)",
            "c": "class_weights(self, weight, 1)",
        },
        self="-hit * c * (unsqueeze(G, 1) if reduction == 0 else G) / (result1 if reduction == 1 else 1)",
    ),
    # ---------------------------------------------------------------- entries taken by index
    _row(
        "EmbeddingBackward0",
        "embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False,"
        " bool sparse=False) -> Tensor",
        "take(weight, rows(weight, indices))",
        unless="scale_grad_by_freq or sparse",
        weight="scatter(G, rows(weight, indices), weight) if padding_idx < 0 else"
        " scatter(where(unsqueeze(indices == padding_idx, -1), 0, G), rows(weight, indices), weight)",
    ),
    _row(
        "IndexBackward0",
        "index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
        "index(self, indices)",
        self="scatter(G, index(numbering(self), indices), self)",
    ),
    _row(
        "IndexSelectBackward0",
        "index_select(Tensor self, int dim, Tensor index) -> Tensor",
        "index_select(self, dim, index)",
        self="scatter(G, layers(self, dim, index), self)",
    ),
    _row(
        "GatherBackward0",
        "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
        "gather(self, dim, index)",
        self="scatter(G, along(self, dim, index), self)",
    ),
    _row(
        "MaskedSelectBackward0",
        "masked_select(Tensor self, Tensor mask) -> Tensor",
        "take(self, index(numbering(self), [mask]))",
        unless="shape(self) != shape(mask)",
        self="scatter(G, index(numbering(self), [mask]), self)",
    ),
    _row(
        "IndexPutBackward0",
        "index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
        "self + scatter(copies(values, at), at, self) if accumulate else put(self, at, values)",
        given={"at": "index(numbering(self), indices)"},
        self="G if accumulate else cleared(G, at)",
        values="take(G, at)",
    ),
    _row(
        "IndexAddBackward0",
        "index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
        "self + alpha * scatter(source, layers(self, dim, index), self)",
        self="G",
        source="alpha * index_select(G, dim, index)",
    ),
    _row(
        "IndexCopyBackward0",
        "index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
        "put(self, layers(self, dim, index), source)",
        self="cleared(G, layers(G, dim, index))",
        source="index_select(G, dim, index)",
    ),
    _row(
        "IndexFillBackward0",
        "index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
        "put(self, layers(self, dim, index), copies(value, layers(self, dim, index)))",
        self="cleared(G, layers(G, dim, index))",
    ),
    _row(
        "ScatterBackward0",
        "scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        "put(self, along(self, dim, index), src)",
        unless="shape(index) != shape(src)",
        self="cleared(G, along(G, dim, index))",
        src="gather(G, dim, index)",
    ),
    _row(
        "ScatterBackward1",
        "scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
        "put(self, along(self, dim, index), copies(value, index))",
        self="cleared(G, along(G, dim, index))",
    ),
    _row(
        "ScatterAddBackward0",
        "scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
        "self + scatter(src, along(self, dim, index), self)",
        unless="shape(index) != shape(src)",
        self="G",
        src="gather(G, dim, index)",
    ),
    # ---------------------------------------------------------------- shapes, parts, copies
    _row(
        "CloneBackward0",
        "clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
        "self",
        self="G",
    ),
    _row("AliasBackward0", "alias(Tensor(a) self) -> Tensor(a)", "self", self="G"),
    _row(
        "ToCopyBackward0",
        "_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None,"
        " bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
        "rounded(self)",
        self="rounded(G)",
    ),
    _row(
        "ViewBackward0",
        "view(Tensor(a) self, SymInt[] size) -> Tensor(a)",
        "reshape(self, size)",
        self="reshape(G, self)",
    ),
    _row(
        "UnsafeViewBackward0",
        "_unsafe_view(Tensor self, SymInt[] size) -> Tensor",
        "reshape(self, size)",
        self="reshape(G, self)",
    ),
    _row(
        "ReshapeAliasBackward0",
        "_reshape_alias(Tensor(a) self, SymInt[] size, SymInt[] stride) -> Tensor(a)",
        "reshape(self, size)",
        self="reshape(G, self)",
    ),
    _row(
        "ExpandBackward0",
        "expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
        "expand(self, size)",
        self="sum_to(G, self)",
    ),
    _row("TBackward0", "t(Tensor(a) self) -> Tensor(a)", "T(self)", self="T(G)"),
    _row(
        "TransposeBackward0",
        "transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
        "transpose(self, dim0, dim1)",
        self="transpose(G, dim0, dim1)",
    ),
    _row(
        "PermuteBackward0",
        "permute(Tensor(a) self, int[] dims) -> Tensor(a)",
        "permute(self, dims)",
        self="inverse_permute(G, dims)",
    ),
    _row(
        "UnsqueezeBackward0",
        "unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
        "unsqueeze(self, dim)",
        self="reshape(G, self)",
    ),
    _row("SqueezeBackward0", "squeeze(Tensor(a) self) -> Tensor(a)", "squeeze(self)", self="reshape(G, self)"),
    _row(
        "SqueezeBackward1",
        "squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
        "squeeze(self, dim)",
        self="reshape(G, self)",
    ),
    _row(
        "SqueezeBackward2",
        "squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
        "squeeze(self, dim)",
        self="reshape(G, self)",
    ),
    _row("SqueezeBackward3", "squeeze_(Tensor(a!) self) -> Tensor(a!)", "squeeze(self)", self="reshape(G, self)"),
    _row(
        "SqueezeBackward4",
        "squeeze_.dim(Tensor(a!) self, int dim) -> Tensor(a!)",
        "squeeze(self, dim)",
        self="reshape(G, self)",
    ),
    _row(
        "SliceBackward0",
        "slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
        "slice_(self, dim, start, end, step)",
        self="scatter(G, slice_(numbering(self), dim, start, end, step), self)",
    ),
    _row(
        "SelectBackward0",
        "select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
        "select(self, dim, index)",
        self="scatter(G, select(numbering(self), dim, index), self)",
    ),
    _row(
        "UnbindBackward0",
        "unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]",
        "unbind(self, dim)",
        self="stack(Gs, dim)",
    ),
    _row(
        "SplitBackward0",
        "split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
        "split(self, split_size, dim)",
        self="cat(Gs, dim)",
    ),
    _row(
        "UnsafeSplitBackward0",
        "unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
        "split(self, split_size, dim)",
        self="cat(Gs, dim)",
    ),
    _row(
        "SplitWithSizesBackward0",
        "split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
        "split(self, split_sizes, dim)",
        self="cat(Gs, dim)",
    ),
    _row(
        "CatBackward0",
        "cat(Tensor[] tensors, int dim=0) -> Tensor",
        "cat(tensors, dim)",
        tensors="cut(G, tensors, dim)",
    ),
    _row(
        "StackBackward0",
        "stack(Tensor[] tensors, int dim=0) -> Tensor",
        "stack(tensors, dim)",
        tensors="unbind(G, dim)",
    ),
    _row(
        "DiagonalBackward0",
        "diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
        "diagonal(self, offset, dim1, dim2)",
        self="scatter(G, diagonal(numbering(self), offset, dim1, dim2), self)",
    ),
    _row(
        "UnfoldBackward0",
        "unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
        "unfold(self, dimension, size, step)",
        self="scatter(G, unfold(numbering(self), dimension, size, step), self)",
    ),
    _row(
        "RepeatBackward0",
        "repeat(Tensor self, SymInt[] repeats) -> Tensor",
        "repeat(self, repeats)",
        self="scatter(G, repeat(numbering(self), repeats), self)",
    ),
    _row("FlipBackward0", "flip(Tensor self, int[] dims) -> Tensor", "flip(self, dims)", self="flip(G, dims)"),
    _row(
        "RollBackward0",
        "roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
        "roll(self, shifts, dims)",
        self="scatter(G, roll(numbering(self), shifts, dims), self)",
    ),
    _row(
        "TrilBackward0",
        "tril(Tensor self, SymInt diagonal=0) -> Tensor",
        "tril(self, diagonal)",
        self="tril(G, diagonal)",
    ),
    _row(
        "TriuBackward0",
        "triu(Tensor self, SymInt diagonal=0) -> Tensor",
        "triu(self, diagonal)",
        self="triu(G, diagonal)",
    ),
    _row("ZeroBackward0", "zero_(Tensor(a!) self) -> Tensor(a!)", "zeros(self)", self="0 * G"),
    _row(
        "FillBackward2",
        "fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)",
        "zeros(self) + value",
        self="0 * G",
    ),
    # ---------------------------------------------------------------- backward operations that are differentiated
    _row(
        "SigmoidBackwardBackward0",
        "sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor",
        "grad_output * output * (1 - output)",
        grad_output="G * output * (1 - output)",
        output="G * grad_output * (1 - 2 * output)",
    ),
    _row(
        "TanhBackwardBackward0",
        "tanh_backward(Tensor grad_output, Tensor output) -> Tensor",
        "grad_output * (1 - output**2)",
        grad_output="G * (1 - output**2)",
        output="-2 * G * grad_output * output",
    ),
    _row(
        "ThresholdBackwardBackward0",
        "threshold_backward(Tensor grad_output, Tensor self, Scalar threshold) -> Tensor",
        "where(self > threshold, grad_output, 0)",
        grad_output="where(self > threshold, G, 0)",
        self="0 * G",
    ),
    _row(
        "SoftplusBackwardBackward0",
        "softplus_backward(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold) -> Tensor",
        "where(self * beta > threshold, grad_output, grad_output * s)",
        given={"s": "sigmoid(self * beta)"},
        grad_output="where(self * beta > threshold, G, G * s)",
        self="where(self * beta > threshold, 0, G * grad_output * s * (1 - s) * beta)",
    ),
)

DERIVATIVES: Mapping[str, Derivative] = {row.node: row for row in _ROWS}
"""Every row, by the name of its node."""
