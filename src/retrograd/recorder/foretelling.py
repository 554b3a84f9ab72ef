"""Numbers that an optimizer makes of its count of steps, known ahead: those of Adam in turns that nobody watches."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retrograd.optimizers import OptimizerStep, Options, optimizer_steps, states_of
from retrograd.recording import Program, Reference, Step, value_of


def _adam(options: Options, count: float, _: float) -> tuple[float, ...]:
    beta1, beta2 = options["betas"]
    return -(options["lr"] / (1 - beta1**count)), (1 - beta2**count) ** 0.5


def _radam(options: Options, count: float, _: float) -> tuple[float, ...]:
    beta1, beta2 = options["betas"]
    first, second = 1 - beta1**count, 1 - beta2**count
    most = 2 / (1 - beta2) - 1
    rho = most - 2 * count * (beta2**count) / second
    if rho <= 5.0:
        return first, -(options["lr"] / first), -0.0
    rectified = ((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)) ** 0.5
    # With `foreach=True` both ways are always taken, of which one is nothing: without rectifying, and with it.
    return first, -0.0, -(second**0.5 * (options["lr"] * rectified / first)), second**0.5, rectified


def _momentum(options: Options, count: float) -> float:
    return options["betas"][0] * (1.0 - 0.5 * (0.96 ** (count * options["momentum_decay"])))


def _nadam(options: Options, count: float, product: float) -> tuple[float, ...]:
    lr, second = options["lr"], 1 - options["betas"][1] ** count
    momentum, following = _momentum(options, count), _momentum(options, count + 1)
    of_gradient = -lr * (1.0 - momentum) / (1.0 - product)
    return momentum, second, second**0.5, of_gradient, (-lr * following) / (1.0 - product * following)


Formula = Callable[[Options, float, float], tuple[float, ...]]
"""Options, a count of steps and, of NAdam, the product of its momenta -> numbers; this step is included in both."""

FORMULAS: Mapping[str, Formula] = {
    "Adam": _adam,
    "AdamW": _adam,
    "RAdam": _radam,
    "NAdam": _nadam,
    "Adamax": lambda options, count, _: (-(options["lr"] / (1 - options["betas"][0] ** count)),),
    "Adagrad": lambda options, count, _: (-(options["lr"] / (1 + (count - 1) * options["lr_decay"])),),
}
"""Class in `torch.optim` -> the numbers in the operations of its step.

They are written as PyTorch computes them. A number counts as one of these only where full steps had the same bits.
"""


@dataclass(frozen=True, slots=True)
class _Source:
    """What some numbers follow from: an optimizer's options, its count of steps and, of NAdam, a product."""

    formula: Formula
    options: Options
    count: Reference
    """The tensor that holds the count when a turn begins."""
    product: Reference | None
    """The tensor that holds the product then."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a source's tensors held when a full step began."""

    source: _Source
    count: float
    products: list[Any]
    """NumPy numbers of the tensor's dtype: what it holds there, and after each of the turns from there, as far as
    they were asked for."""

    def after(self, turns: int) -> tuple[float, ...]:
        """Return the numbers in the last of so many turns."""
        options, products = self.source.options, self.products
        while self.source.product is not None and len(products) <= turns:
            momentum = _momentum(options, self.count + len(products))
            products.append(products[-1] * products[-1].dtype.type(momentum))
        return self.source.formula(options, self.count + turns, float(products[min(turns, len(products) - 1)]))


_Role = tuple[int, int]
"""A source, and a place in what it gives."""

_Course = tuple[object, object]
"""The bits of a number in one full step and in the next one."""


class Foretelling:
    """The numbers of the turns after a full step."""

    def __init__(self, program: Program, step: Step) -> None:
        """Begin with a full step of the program."""
        self._program = program
        self._sources = [source for taken in optimizer_steps(program) for source in _sources(program, taken)]
        self._roles: dict[int, list[_Role]] = {}
        """Constants that vary, with the roles that gave their numbers in all full steps so far."""
        self._look(step)

    def learn(self, step: Step) -> bool:
        """Look at a later full step; return whether the numbers of the turns after it are known."""
        before, begun = self._values, self._begun
        self._look(step)
        varied = [number for number, value in self._values.items() if _bits(value) != _bits(before[number])]
        told = _Told(_given(begun, 1), _given(self._begun, 1))
        courses = {n: (_bits(before[n]), _bits(self._values[n])) for n in {*varied, *self._roles}}
        self._roles = {n: told.those_that_gave(course, self._roles.get(n)) for n, course in courses.items()}
        return all(self._roles.values())

    @property
    def foretold(self) -> Collection[int]:
        """The constants that are others in each turn."""
        return self._roles.keys()

    def constants(self, turns: int) -> dict[int, complex]:
        """Return the numbers, where they are not the program's own, of a turn so many after the last full step."""
        given = _given(self._begun, 1 + turns)
        values = self._values | {number: given[roles[0]] for number, roles in self._roles.items()}
        own = ((constant.number, constant.value) for constant in self._program.constants)
        return {number: values[number] for number, value in own if _bits(values[number]) != _bits(value)}

    def _look(self, step: Step) -> None:
        self._values = {constant.number: constant.value for constant in self._program.constants} | {**step.constants}
        """Of all constants, in the last full step."""
        self._begun = [_begun(step, source) for source in self._sources]


def _begun(step: Step, source: _Source) -> _Begun:
    product = None if source.product is None else value_of(step, source.product).array
    products = [0.0 if product is None else product[()]]
    return _Begun(source, float(value_of(step, source.count).array or 0.0), products)


def _given(begun: list[_Begun], turns: int) -> dict[_Role, complex]:
    return {
        (place, entry): number for place, each in enumerate(begun) for entry, number in enumerate(each.after(turns))
    }


class _Told:
    """What the roles gave in two full steps, one after the other.

    Parameters have the same count as a rule, so each constant goes with the roles of all of them. Constants with the
    same roles share one list, which is divided once.
    """

    def __init__(self, then: Mapping[_Role, complex], now: Mapping[_Role, complex]) -> None:
        self._course = {role: (_bits(then.get(role)), _bits(number)) for role, number in now.items()}
        self._all = [*now]
        self._divided: dict[int, dict[_Course, list[_Role]]] = {}

    def those_that_gave(self, course: _Course, among: list[_Role] | None) -> list[_Role]:
        """Return the roles that gave these two numbers; `among` all of them if it is None."""
        roles = self._all if among is None else among
        if id(roles) not in self._divided:
            parts = self._divided[id(roles)] = {}
            for role in roles:
                parts.setdefault(self._course[role], []).append(role)
        return self._divided[id(roles)].get(course, [])


def _sources(program: Program, taken: OptimizerStep) -> Iterator[_Source]:
    """Go through the groups of an optimizer, and the counts of their parameters' steps."""
    formula = FORMULAS.get(taken.kind)
    if formula is None:
        return
    begins = {reference.slot: reference for reference in program.start}
    states = {(number, key): begins[slot] for slot, number, key in states_of(program, taken)}
    first = 0
    for group in taken.groups:
        numbers = range(first, first + len(group.parameters))
        first += len(group.parameters)
        for number in numbers:
            count, product = states.get((number, "step")), states.get((number, "mu_product"))
            if count is not None and (product is not None or formula is not _nadam):
                yield _Source(formula, group.options, count, product)


def _bits(value: complex | None) -> object:
    return struct.pack("d", value) if isinstance(value, float) else (type(value), value)
