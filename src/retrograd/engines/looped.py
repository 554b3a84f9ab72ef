"""A turn of nests as it is written in C++: loops over entries, each of which is one vector of lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retrograd.engines.forms import spelled, vector
from retrograd.engines.kernels import Body
from retrograd.engines.nests import Access, Buffer, Combine, Nest, NotNestedError, Operand, View
from retrograd.engines.plans import ROWS, Plan, Stage, buffers_of, passed_on, stored

LANES_AT_MOST = 16
"""The widest vectors that there are have so many lanes."""


@dataclass(frozen=True)
class Loops:
    """A turn as it is written, and how many numbers its memory has to hold."""

    body: Body
    memory: int


def looped(plan: Plan, carried: Sequence[tuple[View | Tensor, tuple[int, int]]], states: int, numbers: int) -> Loops:
    """Return the turn.

    Args:
        plan: How it runs.
        carried: What the turn leaves for each piece of the state, and where that piece begins and how long it is.
        states: How many entries the state has.
        numbers: How many numbers differ from run to run.

    Raises:
        NotSweepableError: An operation has no form in C++ here.
    """
    writing = _Writing(plan, states, numbers)
    turn = "\n            ".join(writing.stage(stage) for stage in plan.stages)
    update = "\n            ".join(filter(None, (writing.carried(view, *span) for view, span in carried)))
    before = _BEFORE.format(states=states, numbers=numbers) + writing.pointers
    loss = plan.turn.loss
    outside = sum(buffer.entries for buffer in buffers_of(plan.turn) if buffer.kind == "outside")
    return Loops(
        Body(
            before, turn, writing.read(Access(loss.buffer, (), loss.offset), {}), update,
            _AFTER.format(states=states), _FUNCTIONS, outside,
        ),
        writing.size * LANES_AT_MOST,
    )  # fmt: skip


class _Writing:
    def __init__(self, plan: Plan, states: int, numbers: int) -> None:
        self._plan, self._rows = plan, plan.turn.rows
        pointers = []
        self.size = states + numbers
        for buffer in buffers_of(plan.turn):
            name = f"b{buffer.number}"
            if buffer.kind == "constant":
                pointers.append(f"const T* const {name} = constants + {buffer.place};")
            elif buffer.kind in ("state", "number"):
                place = buffer.place + (states if buffer.kind == "number" else 0)
                pointers.append(f"T* const {name} = memory + {place} * width;")
            elif buffer.kind == "made":
                pointers.append(f"T* const {name} = memory + {self.size} * width;")
                self.size += stored(buffer, plan)
        self.pointers = "".join(f"\n        {pointer}" for pointer in pointers)

    # ------------------------------------------------------------ one entry

    def read(self, access: Access, names: dict[int, str], rows: int | None = None) -> str:
        """Return an entry as a vector."""
        buffer = access.buffer
        if buffer.number in names:
            return names[buffer.number]
        place = self._place(access, rows)
        if buffer.kind in ("constant", "outside"):
            start = f"at[{buffer.place} + {place}]" if buffer.kind == "outside" else f"b{buffer.number}[{place}]"
            return f"(V({start}) != V(0))" if buffer.truth else f"V({start})"
        return f"V::loadu(b{buffer.number} + ({place}) * width)"

    def _place(self, access: Access, rows: int | None, but: Sequence[int] = ()) -> str:
        """Return where an entry is, by the loops' counters.

        Args:
            access: How it is reached.
            rows: Which of the counters is that of the rows, if the loops go through some rows only.
            but: Counters that are left out.
        """
        terms = [str(access.offset)] if access.offset else []
        if rows is not None and access.strides[rows] and self._is_whole(access.buffer):
            terms.append(f"begin_row * {access.strides[rows]}")
        terms += [f"i{d} * {s}" if s > 1 else f"i{d}" for d, s in enumerate(access.strides) if s and d not in but]
        return " + ".join(terms) or "0"

    def _is_whole(self, buffer: Buffer) -> bool:
        return buffer.kind != "made" or buffer.number in self._plan.whole or self._rows not in buffer.axes

    # ------------------------------------------------------------ loops

    def stage(self, stage: Stage) -> str:
        """Return nests that run one behind the other."""
        if not stage.along_rows:
            return "\n            ".join(self._group(group, None) for group in stage.groups)
        extent, some = self._plan.extent, min(ROWS, self._plan.extent)
        clears = [self._clear(nest) for group in stage.groups for nest in group]
        groups = "\n                ".join(self._group(group, self._plan.along(group[0])) for group in stage.groups)
        rest = extent % some
        return _ROWS.format(
            clears="\n            ".join(filter(None, clears)), groups=groups, some=some, last=extent - rest,
            rest=f"some_rows(std::integral_constant<int, {rest}>(), {extent - rest});" if rest else "",
        )  # fmt: skip

    def _clear(self, nest: Nest) -> str:
        """Return what a sum over all rows begins with."""
        if nest.combine is None or not self._over_rows(nest):
            return ""
        kept = [d for d, stride in enumerate(nest.out.strides) if stride]
        out = Access(nest.out.buffer, tuple(nest.out.strides[d] for d in kept), nest.out.offset)
        line = f"{_START[nest.combine]}.store(b{out.buffer.number} + ({self._place(out, None)}) * width);"
        return _loops([str(nest.extents[d]) for d in kept], line)

    def _over_rows(self, nest: Nest) -> bool:
        rows = self._plan.along(nest)
        return nest.combine is not None and rows is not None and not nest.out.strides[rows]

    def _group(self, group: Sequence[Nest], rows: int | None) -> str:
        nest = group[0]
        extents = ["rows" if d == rows else str(n) for d, n in enumerate(nest.extents)]
        if nest.combine is None:
            return _loops(extents, self._entries(group, rows))
        return self._product(nest, extents, rows) or self._joined(nest, nest.combine, extents, rows)

    def _entries(self, group: Sequence[Nest], rows: int | None) -> str:
        lines = []
        names: dict[Nest, str] = {}
        for position, nest in enumerate(group):
            lines.append(f"const V t{position} = {self._computed(nest, names, rows)};")
            names[nest] = f"t{position}"
            if self._is_read_elsewhere(nest, group):
                lines.append(self._store(f"t{position}", nest.out, rows))
        return "\n".join(lines)

    def _computed(self, nest: Nest, names: dict[Nest, str], rows: int | None) -> str:
        """Return what a nest computes each time round."""
        operands = [self._operand(operand, nest, names, rows) for operand in nest.operands]
        if nest.function not in _TRUTHS and not (nest.function is None and nest.out.buffer.truth):
            for place, operand in enumerate(nest.operands):
                if isinstance(operand, Access) and operand.buffer.truth:
                    operands[place] = f"V::blendv(V(0), V(1), {operands[place]})"
        numbers = tuple(None if isinstance(o, Access) else float(o) for o in nest.operands)
        return spelled(nest.function, tuple(operands), numbers)

    def _operand(self, operand: Operand, nest: Nest, names: dict[Nest, str], rows: int | None) -> str:
        if not isinstance(operand, Access):
            return vector(operand)
        for maker, name in names.items():
            if passed_on(maker, operand, nest):
                return name
        return self.read(operand, {}, rows)

    def _is_read_elsewhere(self, nest: Nest, group: Sequence[Nest]) -> bool:
        number = nest.out.buffer.number
        if any(
            isinstance(v, View) and v.buffer.number == number for v in (self._plan.turn.loss, *self._plan.turn.outputs)
        ):
            return True
        return any(
            operand.buffer.number == number and not (other in group and passed_on(nest, operand, other))
            for other in self._plan.turn.nests for operand in other.operands if isinstance(operand, Access)
        )  # fmt: skip

    def _store(self, name: str, out: Access, rows: int | None) -> str:
        return f"{name}.store(b{out.buffer.number} + ({self._place(out, rows)}) * width);"

    def _joined(self, nest: Nest, combine: Combine, extents: Sequence[str], rows: int | None) -> str:
        """Return a sum, or the greatest or least entry."""
        strides = nest.out.strides
        inner = [d for d, stride in enumerate(strides) if not stride]
        outer = [d for d, stride in enumerate(strides) if stride]
        start = self.read(nest.out, {}, rows) if self._over_rows(nest) else _START[combine]
        one = self._computed(nest, {}, rows)
        lines = [f"V all = {start};"]
        lines.append(_loops([extents[d] for d in inner], f"all = {_JOIN[combine].format('all', one)};", inner))
        lines.append(self._store("all", nest.out, rows))
        return _loops([extents[d] for d in outer], "\n".join(lines), outer)

    def _product(self, nest: Nest, extents: Sequence[str], rows: int | None) -> str | None:
        """Return a sum of products as a product of matrices, or None if it is none."""
        if nest.function is not torch.mul or nest.combine != "add":
            return None
        a, b = nest.operands
        if not (isinstance(a, Access) and isinstance(b, Access)) or a.buffer.truth or b.buffer.truth:
            return None
        out = nest.out.strides
        kinds = [(a.strides[d] != 0, b.strides[d] != 0, out[d] != 0) for d in range(len(out))]
        inner = [d for d, kind in enumerate(kinds) if not kind[2]]
        if len(inner) != 1 or not all(kinds[inner[0]][:2]):
            return None
        left = [d for d, kind in enumerate(kinds) if kind == (True, False, True)]
        right = [d for d, kind in enumerate(kinds) if kind == (False, True, True)]
        n, m, k = left[-1] if left else None, right[-1] if right else None, inner[0]
        own = [d for d in (n, m, k) if d is not None]
        others = [d for d in range(len(out)) if d not in own]

        def at(strides: Sequence[int], d: int | None) -> int:
            return strides[d] if d is not None else 0

        sizes = ", ".join("1" if d is None else extents[d] for d in (n, m, k))
        steps = (at(a.strides, n), at(a.strides, k), at(b.strides, k), at(b.strides, m), at(out, n), at(out, m))
        call = (
            f"product<T, {sizes}, {', '.join(map(str, steps))}, {str(self._over_rows(nest)).lower()}>"
            f"({self._factor(a, rows, own)}, {self._factor(b, rows, own)}, "
            f"b{nest.out.buffer.number} + ({self._place(nest.out, rows, own)}) * width);"
        )
        return _loops([extents[d] for d in others], call, others)

    def _factor(self, access: Access, rows: int | None, own: Sequence[int]) -> str:
        place, buffer = self._place(access, rows, own), access.buffer
        if buffer.kind == "outside":
            return f"Same<T>{{at + {buffer.place} + {place}}}"
        if buffer.kind == "constant":
            return f"Same<T>{{b{buffer.number} + {place}}}"
        return f"Own<T>{{b{buffer.number} + ({place}) * width}}"

    # ------------------------------------------------------------ the state

    def carried(self, view: View | Tensor, place: int, count: int) -> str:
        """Return how a piece of the state becomes what the turn left."""
        if not isinstance(view, View):
            entries = view.detach().double().reshape(-1)
            if not bool((entries == entries[0]).all()):
                raise NotNestedError("a turn leaves constants in the place of the state")
            return f"for (int i = 0; i < {count}; i++) {_put(place, 'i', vector(float(entries[0])))}"
        if view.buffer.kind == "state":
            if view.buffer.place == place:
                return ""
            raise NotNestedError("a turn moves pieces of its state about")
        loops = [str(n) for n in view.shape]
        index, step = [], 1
        for d in reversed(range(len(view.shape))):
            index.append(f"i{d} * {step}")
            step *= view.shape[d]
        value = self.read(Access(view.buffer, view.strides, view.offset), {})
        return _loops(loops, _put(place, " + ".join(index) or "0", value))


def _put(place: int, index: str, value: str) -> str:
    return f"({value}).store(memory + ({place} + {index}) * width);"


_TRUTHS = (torch.logical_and, torch.logical_or, torch.logical_not, torch.where)
"""Functions that take true and false; to others these are 1 and 0."""

_START: dict[Combine, str] = {
    "add": "V(0)",
    "maximum": "V(-std::numeric_limits<T>::infinity())",
    "minimum": "V(std::numeric_limits<T>::infinity())",
}
_JOIN: dict[Combine, str] = {
    "add": "{0} + {1}",
    "maximum": "at::vec::maximum({0}, {1})",
    "minimum": "at::vec::minimum({0}, {1})",
}


def _loops(extents: Sequence[str], inside: str, names: Sequence[int] | None = None) -> str:
    """Return loops, one inside the other, round some lines."""
    names = range(len(extents)) if names is None else names
    heads = [f"for (int i{d} = 0; i{d} < {n}; i{d}++) {{" for d, n in zip(names, extents, strict=True)]
    return f"{{ {' '.join(heads)}\n{inside}\n{'}' * len(heads)} }}"


_BEFORE = """for (int64_t n = 0; n < {states}; n++) V::loadu(state + n * lanes + lane).store(memory + n * width);
        for (int64_t n = 0; n < {numbers}; n++) {{
            V::loadu(numbers + n * lanes + lane).store(memory + ({states} + n) * width);
        }}"""

_AFTER = """for (int64_t n = 0; n < {states}; n++) {{
                T* const there = state + n * lanes + lane;
                V::blendv(V::loadu(there), V::loadu(memory + n * width), which).store(there);
            }}"""

_ROWS = """{clears}
            {{
                auto some_rows = [&](auto how_many, const int64_t begin_row) {{
                constexpr int rows = decltype(how_many)::value;
                {groups}
                }};
                for (int64_t row = 0; row < {last}; row += {some}) {{
                    some_rows(std::integral_constant<int, {some}>(), row);
                }}
                {rest}
            }}"""

_FUNCTIONS = """
template <class T> struct Own {  // entries that are vectors of lanes
    const T* p;
    inline at::vec::Vectorized<T> operator[](int64_t i) const {
        return at::vec::Vectorized<T>::loadu(p + i * at::vec::Vectorized<T>::size());
    }
};
template <class T> struct Same {  // entries that are the same in all lanes
    const T* p;
    inline at::vec::Vectorized<T> operator[](int64_t i) const { return at::vec::Vectorized<T>(p[i]); }
};

// A few rows and columns of a product, whose sums stay in registers.
template <class T, int n, int m, int k, int an, int ak, int bk, int bm, int on, int om, bool more, class A, class B>
static inline __attribute__((always_inline)) void tile(A a, B b, T* out, int i, int j)
{
    using V = at::vec::Vectorized<T>;
    V sums[n][m];
    #pragma GCC unroll 16
    for (int r = 0; r < n; r++) {
        #pragma GCC unroll 16
        for (int c = 0; c < m; c++) {
            if constexpr (more) sums[r][c] = V::loadu(out + ((i + r) * on + (j + c) * om) * V::size());
            else sums[r][c] = V(0);
        }
    }
    for (int e = 0; e < k; e++) {
        V right[m];
        #pragma GCC unroll 16
        for (int c = 0; c < m; c++) right[c] = b[e * bk + (j + c) * bm];
        #pragma GCC unroll 16
        for (int r = 0; r < n; r++) {
            const V left = a[(i + r) * an + e * ak];
            #pragma GCC unroll 16
            for (int c = 0; c < m; c++) sums[r][c] = at::vec::fmadd(left, right[c], sums[r][c]);
        }
    }
    #pragma GCC unroll 16
    for (int r = 0; r < n; r++) {
        #pragma GCC unroll 16
        for (int c = 0; c < m; c++) sums[r][c].store(out + ((i + r) * on + (j + c) * om) * V::size());
    }
}

template <class T, int n, int m, int k, int an, int ak, int bk, int bm, int on, int om, bool more, class A, class B>
static inline void product(A a, B b, T* out)
{
    constexpr int tm = m < 4 ? m : 4, tn = n < 16 / tm ? n : (tm == 4 ? 4 : 8);
    constexpr int rn = n % tn, rm = m % tm;
    for (int i = 0; i + tn <= n; i += tn) {
        for (int j = 0; j + tm <= m; j += tm) tile<T, tn, tm, k, an, ak, bk, bm, on, om, more>(a, b, out, i, j);
        if constexpr (rm > 0) tile<T, tn, rm, k, an, ak, bk, bm, on, om, more>(a, b, out, i, m - rm);
    }
    if constexpr (rn > 0) {
        for (int j = 0; j + tm <= m; j += tm) tile<T, rn, tm, k, an, ak, bk, bm, on, om, more>(a, b, out, n - rn, j);
        if constexpr (rm > 0) tile<T, rn, rm, k, an, ak, bk, bm, on, om, more>(a, b, out, n - rn, m - rm);
    }
}
"""
