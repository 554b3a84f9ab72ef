"""Sums over dimensions."""

from __future__ import annotations

from retrograd.derivatives.table.rows import row, simple

_PICKED = "scatter(restored(G, dim, keepdim, self), along(self, dim, restored(result1, dim, keepdim, self)), self)"
_PICKING = "gather(self, dim, restored(result1, dim, keepdim, self))"

ROWS = (
    row("SumBackward0", "sum(Tensor self, *, ScalarType? dtype=None) -> Tensor", "sum(self)", self="copies(G, self)"),
    row(
        "SumBackward1",
        "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        "sum(self, dim, keepdim)",
        self="copies(restored(G, dim, keepdim, self), self)",
    ),
    row(
        "MeanBackward0",
        "mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        "sum(self) / N",
        given={"N": "count(self)"},
        self="copies(G, self) / N",
    ),
    row(
        "MeanBackward1",
        "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        "sum(self, dim, keepdim) / N",
        given={"N": "count(self, dim)"},
        self="copies(restored(G, dim, keepdim, self), self) / N",
    ),
    row(
        "VarBackward0",
        "var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
        "sum((self - m) ** 2, dim, keepdim) / M",
        given={"m": "mean(self, dim, True)", "M": "count(self, dim) - either(correction, 1)"},
        self="restored(G, dim, keepdim, self) * 2 * (self - m) / M",
    ),
    row(
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
    row(
        "VarMeanBackward0",
        "var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)"
        " -> (Tensor, Tensor)",
        ("sum((self - m) ** 2, dim, keepdim) / M", "mean(self, dim, keepdim)"),
        given={"m": "mean(self, dim, True)", "M": "count(self, dim) - either(correction, 1)"},
        self="restored(G, dim, keepdim, self) * 2 * (self - m) / M"
        " + copies(restored(G1, dim, keepdim, self), self) / count(self, dim)",
    ),
    row(
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
    row(
        "AmaxBackward0",
        "amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
        "amax(self, dim, keepdim)",
        given={"hit": "self == restored(result, dim, keepdim, self)"},
        self="restored(G, dim, keepdim, self) * hit / sum(hit, dim, True)",
    ),
    row(
        "AminBackward0",
        "amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor",
        "amin(self, dim, keepdim)",
        given={"hit": "self == restored(result, dim, keepdim, self)"},
        self="restored(G, dim, keepdim, self) * hit / sum(hit, dim, True)",
    ),
    row(
        "MaxBackward0",
        "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        "amax(self, dim, keepdim)",
        self=_PICKED,
    ),
    row(
        "MinBackward0",
        "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        "amin(self, dim, keepdim)",
        self=_PICKED,
    ),
    row(
        "MaxBackward1",
        "max(Tensor self) -> Tensor",
        "amax(self)",
        self="G * (self == result) / sum(self == result)",
    ),
    row(
        "MinBackward1",
        "min(Tensor self) -> Tensor",
        "amin(self)",
        self="G * (self == result) / sum(self == result)",
    ),
    row(
        "MedianBackward1",
        "median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
        f"reshape({_PICKING}, result1)",
        self=_PICKED,
    ),
    row(
        "SortBackward0",
        "sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
        "gather(self, dim, result1)",
        self="scatter(G, along(self, dim, result1), self)",
    ),
    row(
        "SortBackward1",
        "sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False)"
        " -> (Tensor values, Tensor indices)",
        "gather(self, dim, result1)",
        self="scatter(G, along(self, dim, result1), self)",
    ),
    row(
        "TopkBackward0",
        "topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True)"
        " -> (Tensor values, Tensor indices)",
        "gather(self, dim, result1)",
        self="scatter(G, along(self, dim, result1), self)",
    ),
    row(
        "ProdBackward0",
        "prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
        "prod(self)",
        self="G * others(self)",
    ),
    row(
        "ProdBackward1",
        "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
        "prod(self, dim, keepdim)",
        self="restored(G, dim, keepdim, self) * others(self, dim)",
    ),
    row(
        "CumsumBackward0",
        "cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
        "cumsum(self, dim)",
        self="cumsum_back(G, dim)",
    ),
    row(
        "LogsumexpBackward0",
        "logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
        "logsumexp(self, dim, keepdim)",
        self="restored(G, dim, keepdim, self) * exp(self - restored(result, dim, keepdim, self))",
    ),
    simple(
        "TraceBackward0",
        "trace",
        "sum(diagonal(self))",
        "scatter(copies(G, diagonal(self)), diagonal(numbering(self)), self)",
    ),
)
