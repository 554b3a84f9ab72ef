"""How an operation on vectors over the runs is written in C++, with PyTorch's vector classes.

`exp`, `log`, `log1p` and `tanh` are those of the GNU C library's vector part where there is one, which are faster, and
stay within 4 units in the last place; `exp` of float32 is written out where the processor has AVX-512. All others are
those of SLEEF, as in PyTorch's own kernels: within 1 unit, or as PyTorch states it.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from retrograd.errors import NotSweepableError

aten = torch.ops.aten

KINDS = {torch.float32: "float", torch.float64: "double"}


def number(value: float) -> str:
    """Return a number as it is written in C++."""
    if value != value:
        return "std::numeric_limits<T>::quiet_NaN()"
    if value in (float("inf"), float("-inf")):
        return f"{'-' if value < 0 else ''}std::numeric_limits<T>::infinity()"
    return f"static_cast<T>({float(value)!r})"


def vector(value: float | bool) -> str:
    """Return a number as a vector."""
    if isinstance(value, bool):
        return f"(V(0) {'==' if value else '!='} V(0))"
    return f"V({number(value)})"


def spelled(function: Any, arguments: tuple[str, ...], numbers: tuple[float | None, ...]) -> str:
    """Return an operation as it is written in C++.

    Args:
        function: PyTorch's function.
        arguments: How its arguments are written.
        numbers: Those of them that are numbers.

    Raises:
        NotSweepableError: It has no form here.
    """
    form = _FORMS.get(function)
    last = numbers[-1] if numbers else None
    if function is torch.pow and last in (2, 3):
        form = " * ".join(["{0}"] * int(last))  # type: ignore[arg-type]
    if function is torch.div and last is not None and _is_power_of_two(last):
        return f"{arguments[0]} * {vector(1 / last)}"
    if form is None:
        raise NotSweepableError(f"torch.{getattr(function, '__name__', function)} has no form in C++ here")
    return form.format(*arguments)


def _is_power_of_two(value: float) -> bool:
    """Return whether dividing by a number is the same as multiplying by its inverse, to the last bit."""
    return math.isfinite(value) and abs(math.frexp(value)[0]) == 0.5 and 2.0**-100 < abs(value) < 2.0**100


_FORMS: dict[Any, str] = {
    None: "{0}",
    torch.add: "{0} + {1}",
    torch.sub: "{0} - {1}",
    torch.mul: "{0} * {1}",
    torch.div: "{0} / {1}",
    torch.neg: "{0}.neg()",
    torch.exp: "exp_of({0})",
    torch.expm1: "{0}.expm1()",
    torch.log: "log_of({0})",
    torch.log1p: "log1p_of({0})",
    torch.tanh: "tanh_of({0})",
    torch.sigmoid: "V(1) / (V(1) + exp_of({0}.neg()))",
    torch.relu: "at::vec::clamp_min({0}, V(0))",
    torch.sqrt: "{0}.sqrt()",
    torch.rsqrt: "{0}.rsqrt()",
    torch.abs: "{0}.abs()",
    torch.sign: "V::blendv(V::blendv(V(0), V(-1), {0} < V(0)), V(1), {0} > V(0))",
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
    torch.logical_not: "{0} ^ (V(0) == V(0))",
    torch.where: "V::blendv({2}, {1}, {0})",
}
"""How each function of one entry is written."""


ENTRY_BY_ENTRY: dict[Any, Any] = {
    aten.mul.Tensor: torch.mul, aten.mul.Scalar: torch.mul, aten.div.Tensor: torch.div, aten.div.Scalar: torch.div,
    aten.exp.default: torch.exp, aten.log.default: torch.log, aten.log1p.default: torch.log1p,
    aten.expm1.default: torch.expm1, aten.tanh.default: torch.tanh, aten.sigmoid.default: torch.sigmoid,
    aten.relu.default: torch.relu, aten.neg.default: torch.neg, aten.sqrt.default: torch.sqrt,
    aten.rsqrt.default: torch.rsqrt, aten.abs.default: torch.abs, aten.sin.default: torch.sin,
    aten.cos.default: torch.cos, aten.sign.default: torch.sign, aten.reciprocal.default: torch.reciprocal,
    aten.erf.default: torch.erf, aten.maximum.default: torch.maximum, aten.minimum.default: torch.minimum,
    aten.pow.Tensor_Scalar: torch.pow, aten.pow.Tensor_Tensor: torch.pow, aten.where.self: torch.where,
    aten.gt.Scalar: torch.gt, aten.ge.Scalar: torch.ge, aten.lt.Scalar: torch.lt, aten.le.Scalar: torch.le,
    aten.eq.Scalar: torch.eq, aten.ne.Scalar: torch.ne, aten.gt.Tensor: torch.gt, aten.lt.Tensor: torch.lt,
    aten.ge.Tensor: torch.ge, aten.le.Tensor: torch.le, aten.eq.Tensor: torch.eq, aten.ne.Tensor: torch.ne,
    aten.logical_and.default: torch.logical_and, aten.logical_or.default: torch.logical_or,
    aten.logical_not.default: torch.logical_not,
}  # fmt: skip
"""Operations that take each entry by itself, with the function of one entry."""

PRELUDE = """
#include <ATen/cpu/vec/vec.h>
#include <limits>
#include <type_traits>

using Floats = at::vec::Vectorized<float>;
using Doubles = at::vec::Vectorized<double>;
#if defined(__GLIBC__) && defined(__x86_64__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 35)
#if defined(CPU_CAPABILITY_AVX512)
#define RETROGRAD_LIBMVEC_FLOATS(name) \\
    extern "C" __m512 _ZGVeN16v_##name##f(__m512); \\
    static inline Floats name##_of(Floats x) { return _ZGVeN16v_##name##f(x); }
#define RETROGRAD_LIBMVEC_DOUBLES(name) \\
    extern "C" __m512d _ZGVeN8v_##name(__m512d); \\
    static inline Doubles name##_of(Doubles x) { return _ZGVeN8v_##name(x); }
#elif defined(CPU_CAPABILITY_AVX2)
#define RETROGRAD_LIBMVEC_FLOATS(name) \\
    extern "C" __m256 _ZGVdN8v_##name##f(__m256); \\
    static inline Floats name##_of(Floats x) { return _ZGVdN8v_##name##f(x); }
#define RETROGRAD_LIBMVEC_DOUBLES(name) \\
    extern "C" __m256d _ZGVdN4v_##name(__m256d); \\
    static inline Doubles name##_of(Doubles x) { return _ZGVdN4v_##name(x); }
#endif
#endif
#if !defined(RETROGRAD_LIBMVEC_FLOATS)
#define RETROGRAD_LIBMVEC_FLOATS(name) static inline Floats name##_of(Floats x) { return x.name(); }
#define RETROGRAD_LIBMVEC_DOUBLES(name) static inline Doubles name##_of(Doubles x) { return x.name(); }
#endif
#define RETROGRAD_LIBMVEC(name) RETROGRAD_LIBMVEC_FLOATS(name) RETROGRAD_LIBMVEC_DOUBLES(name)

#if defined(CPU_CAPABILITY_AVX512)
// After Cephes' expf, within 1 unit in the last place. A call of a library would write all registers to memory.
static inline Floats exp_of(Floats a) {
    // Of NaN and a number, these give the second operand.
    const __m512 x = _mm512_min_ps(_mm512_set1_ps(130.f), _mm512_max_ps(_mm512_set1_ps(-150.f), a));
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 0);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);  // ln 2 in two parts, the first with few digits
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
    __m512 p = _mm512_set1_ps(1.9875691500e-4f);
    for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
        p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(c));
    p = _mm512_add_ps(_mm512_fmadd_ps(p, _mm512_mul_ps(r, r), r), _mm512_set1_ps(1.f));
    return _mm512_scalef_ps(p, n);
}
#else
RETROGRAD_LIBMVEC_FLOATS(exp)
#endif
RETROGRAD_LIBMVEC_DOUBLES(exp)
RETROGRAD_LIBMVEC(log)
RETROGRAD_LIBMVEC(log1p)
RETROGRAD_LIBMVEC(tanh)
"""
