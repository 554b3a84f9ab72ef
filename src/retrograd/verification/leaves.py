"""Each leaf's gradient beside the whole step in float64: by autograd on its forward operations, and by differences.

The recorded graph says what the loss is a function of: each node's forward operation, with the results of the nodes
behind it for the arguments that a gradient is passed on to, and with the recorded values for all others. So whatever
was detached or done under no_grad stays what it was, and a tensor that is overwritten after its use does no harm.

How far off rounding can have brought the loop's gradient is measured by Monte Carlo arithmetic (Parker, 1997): the
result of each operation is changed at random by as much as the loop's dtype may have rounded it, a few times over, and
what that does to the gradient is what rounding does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from torch import Tensor

from retrograd.derivatives.binding import dtypes_in
from retrograd.derivatives.matching import calls_of
from retrograd.derivatives.rounding import PRECISIONS, SPREAD, Precision, precision_of
from retrograd.errors import NotKeptError, RetrogradError
from retrograd.recording import Event, Reference
from retrograd.verification.comparisons import EPS64, Comparison, Place, with_tolerance
from retrograd.verification.formulas import Bounds, Scene, call_of
from retrograd.verification.numerically import STEP, Local, asked_in

SAMPLES = 4
"""So often the step is run with its operations changed at random, if it is small."""

SMALL = 100_000
"""A step whose parameters have fewer entries is run that often, a larger one twice."""

MOST_ENTRIES = 32
"""A leaf of at most so many entries is compared entry by entry with differences, a larger one along a direction."""

MOST_RUNS = 100
"""So many runs of the forward pass differences may take in a small step."""

FEW_RUNS = 8
"""And in a large one."""


@dataclass(slots=True, eq=False)
class Leaf:
    """A leaf, and what one backward call brought to it."""

    number: int
    """Of the event that shows what came."""
    line: int | None
    slot: int
    name: str
    gradient: Reference
    arrived: np.ndarray
    tolerance: np.ndarray
    edges: tuple[tuple[int, int], ...]
    """Nodes, by their event, and the edges that it came over."""


def leaves_in(
    scene: Scene,
    notes: Callable[[str], None],
    bounds: Bounds,
    functions: Mapping[int, Local],
    surrogates: set[str],
    seed: int,
) -> Iterator[Comparison]:
    """Compare the gradient that each backward call brought to each leaf.

    Args:
        scene: The step, with every value.
        notes: Is told what is not compared.
        bounds: How far off the gradients of the nodes may be.
        functions: What each node differentiates, by its event.
        surrogates: Nodes that pass on something else than a derivative, on purpose; behind them nothing is compared.
        seed: Of what is random.
    """
    for number, nodes in enumerate(calls_of(scene.program)):
        call = call_of(scene.program, nodes[0])
        whole = _Whole(scene, call, nodes, functions, surrogates, seed + number)
        if not whole.leaves and not whole.behind:
            continue
        for name, leaves in whole.behind.items():
            notes(f"{name}: what is behind it ({_several(leaves)}) is compared node by node only")
        if len(whole.seeds) != _roots(call):
            notes("a backward call from tensors that depend on one another: its leaves are compared node by node only")
            continue
        try:
            with _one_thread(whole.entries < SMALL):
                yield from whole.comparisons(notes, bounds)
        except (NotKeptError, RuntimeError, RetrogradError, KeyError, TypeError) as error:
            reason = str(error).partition("\n")[0][:100]
            notes(f"the step cannot be run in float64 ({reason}), so its leaves are compared node by node only")


def _several(leaves: int) -> str:
    return "1 leaf" if leaves == 1 else f"{leaves} leaves"


def _roots(call: Event) -> int:
    """Return how many tensors a backward call was called on."""
    return len(call.inputs) - len(asked_in(call))


@contextmanager
def _one_thread(wanted: bool) -> Iterator[None]:
    """Compute with one thread: small operations wait longer for a second one than they take."""
    before = torch.get_num_threads()
    if wanted:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Whole:
    """What one backward call differentiated, in float64."""

    def __init__(
        self,
        scene: Scene,
        call: Event,
        nodes: Sequence[Event],
        functions: Mapping[int, Local],
        surrogates: set[str],
        seed: int,
    ) -> None:
        self._scene, self._call, self._functions = scene, call, functions
        self._generator = torch.Generator().manual_seed(seed)
        ran = [event for event in nodes if event.kind == "backward"]
        cut = [e for e in ran if e.number not in functions or (e.node is not None and e.node.name in surrogates)]
        unknown = {event.number for event in cut}
        # Backward runs a node before those behind it, so the other way round each finds its arguments.
        self._nodes = [event for event in reversed(ran) if event.number not in unknown]
        leaves = list(_leaves(scene, call, nodes, functions))
        self.behind: dict[str, int] = {}
        """Nodes that are not known as functions of their arguments: how many leaves are behind each kind."""
        lost: set[int] = set()
        for event in cut:
            found = _behind(event, nodes, leaves)
            if event.node is not None and found - lost:
                self.behind[event.node.name] = self.behind.get(event.node.name, 0) + len(found - lost)
            lost |= found
        unreached = {place for place, leaf in enumerate(leaves) if not leaf.edges} - lost
        if unreached:
            self.behind[call.name] = len(unreached)
        lost |= unreached
        self.leaves = [leaf for place, leaf in enumerate(leaves) if place not in lost]
        self.entries = sum(leaf.arrived.size for leaf in self.leaves)
        self._places = {edge: place for place, leaf in enumerate(self.leaves) for edge in leaf.edges}
        self._begun = [_begun(leaf, functions) for leaf in self.leaves]
        reached = {
            following
            for event in ran
            if event.node is not None
            for following, gradient in zip(event.node.next, event.node.gradients_out, strict=False)
            if following is not None and gradient is not None
        }
        self.seeds = [
            (event, place, gradient)
            for event in ran
            if event.node is not None
            for place, gradient in enumerate(event.node.gradients_in)
            if gradient is not None and (event.node.number, place) not in reached
        ]
        """Where the call began: a node, which of its results, and the gradient that it began with."""
        self._samples = SAMPLES if self.entries < SMALL else 2

    def comparisons(self, notes: Callable[[str], None], bounds: Bounds) -> Iterator[Comparison]:
        if not self.leaves:
            return
        precision = precision_of(dtypes_in(self._scene.program, [leaf.gradient for leaf in self.leaves]))
        loss, exact = self._gradients(None)
        samples = [self._gradients(precision)[1] for _ in range(self._samples)]
        for place, leaf in enumerate(self.leaves):
            changed = [sample[place] for sample in samples]
            leaf.tolerance = _tolerance(leaf, exact[place], changed, bounds, precision)
            found = with_tolerance(self._place(leaf), "float64 autograd", leaf.arrived, exact[place], leaf.tolerance)
            if found is not None:
                yield found
        yield from self._differences(loss, notes)

    def _place(self, leaf: Leaf, along: str = "") -> Place:
        name = self._scene.gradient(self._call, leaf.name)
        return Place(self._scene.step.number, leaf.number, leaf.line, f"{name}, all in all{along}")

    def _value(self, leaves: Sequence[Tensor], precision: Precision | None) -> Tensor:
        """Return what backward was called on, times the gradient that it began with."""
        results: dict[int, list[Tensor | None]] = {}
        for event in self._nodes:
            node, function = event.node, self._functions[event.number]
            assert node is not None  # they are nodes
            taken = []
            for edge, recorded in zip(function.edges, function.inputs, strict=True):
                leaf, following = self._places.get((event.number, edge)), node.next[edge]
                if leaf is not None:
                    one = leaves[leaf]
                elif following is not None and following[0] in results:
                    one = results[following[0]][following[1]]
                else:
                    one = recorded  # what is behind is not known as a function, and none of the leaves is there
                if one is None:
                    raise NotKeptError(f"{node.name} takes what no node gave")
                taken.append(one)
            given = function.function(taken)
            if precision is not None:
                given = [None if one is None else self._changed(one, taken, precision) for one in given]
            results[node.number] = given
        total = torch.zeros((), dtype=torch.float64)
        for event, place, gradient in self.seeds:
            result = results[event.node.number][place] if event.node and event.node.number in results else None
            if result is not None:
                total = total + (result * self._wide(gradient)).sum()
        return total

    def _wide(self, reference: Reference) -> Tensor:
        return torch.from_numpy(np.array(self._scene.look(reference), np.float64))

    def _changed(self, result: Tensor, taken: Sequence[Tensor], precision: Precision) -> Tensor:
        """Return a result as if it had been rounded at random."""
        if not result.is_floating_point() or _shares(result, taken):
            return result
        noise = self._noise(result, taken, precision)
        return result * noise.double().add_(1)  # an infinite number stays one

    def _gradients(self, precision: Precision | None) -> tuple[float, list[np.ndarray]]:
        """Return the loss, and the gradient of each leaf; with a precision, each operation rounds so at random."""
        leaves = [tensor.detach().requires_grad_() for tensor in self._begun]
        loss = self._value(leaves, precision)
        found = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
        return float(loss.detach()), [gradient.numpy() for gradient in found]

    # ------------------------------------------------------------ by differences

    def _differences(self, exact: float, notes: Callable[[str], None]) -> Iterator[Comparison]:
        runs = MOST_RUNS if self.entries < SMALL else FEW_RUNS
        by_entry = [leaf for leaf in self.leaves if leaf.arrived.size <= MOST_ENTRIES]
        if sum(4 * leaf.arrived.size for leaf in by_entry) > runs:
            by_entry = []
        skipped = 0
        with torch.no_grad():
            again = [float(self._value(self._begun, PRECISIONS["float64"])) for _ in range(self._samples)]
        # Inside of the last operation, numbers of the size of what it takes may cancel.
        last = [one for event, *_ in self.seeds if event.number in self._functions for one in self._inputs(event)]
        largest = max((float(one.abs().max()) for one in last if one.numel()), default=0.0)
        noise = SPREAD * max(abs(loss - exact) for loss in again) + 4 * EPS64 * (abs(exact) + largest)
        for leaf in sorted(self.leaves, key=lambda one: one.number):
            directions = self._units(leaf) if leaf in by_entry else self._signs(leaf)
            if runs < 4 * len(directions):
                skipped += 1
                continue
            runs -= 4 * len(directions)
            yield from self._along(leaf, directions, leaf in by_entry, (exact, noise), notes)
        if skipped:
            notes(f"{skipped} leaves are compared with float64 autograd only, not with differences")

    def _inputs(self, event: Event) -> Sequence[Tensor]:
        return self._functions[event.number].inputs

    def _units(self, leaf: Leaf) -> list[np.ndarray]:
        shape = leaf.arrived.shape
        return [unit.reshape(shape) for unit in np.eye(leaf.arrived.size)]

    def _signs(self, leaf: Leaf) -> list[np.ndarray]:
        signs = torch.randint(0, 2, leaf.arrived.shape, generator=self._generator) * 2 - 1
        return [signs.double().numpy()]

    def _along(
        self,
        leaf: Leaf,
        directions: list[np.ndarray],
        by_entry: bool,
        loss: tuple[float, float],
        notes: Callable[[str], None],
    ) -> Iterator[Comparison]:
        value = self._begun[self.leaves.index(leaf)].numpy()
        size = max(float(np.abs(value).max()) if value.size else 1.0, 1e-3)
        recorded, expected, tolerances = [], [], []
        rough = 0
        for direction in directions:
            own = float(np.sqrt(((leaf.tolerance * direction) ** 2).sum()))
            for length in (STEP * size, STEP * size / 16):
                slope, off, rounding = self._slope(leaf, direction, length, loss)
                # A shorter step passes fewer kinks, but more digits are lost.
                if np.isfinite(slope) and off <= 1e-3 * abs(slope) + own + rounding:
                    recorded.append(float((leaf.arrived.astype(np.float64) * direction).sum()))
                    expected.append(slope)
                    tolerances.append(own + rounding + off)
                    break
            else:
                rough += 1
        if rough:
            notes(f"the loss is not finite, or not smooth in {leaf.name} within the step of a difference")
        if recorded:
            along = ", entry by entry" if by_entry else ", along a random direction"
            found = with_tolerance(
                self._place(leaf, along),
                "central differences",
                *map(np.array, (recorded, expected, tolerances)),
            )
            if found is not None:
                yield found

    def _slope(
        self, leaf: Leaf, direction: np.ndarray, length: float, loss: tuple[float, float]
    ) -> tuple[float, float, float]:
        """Return the slope of the loss by differences, how far off the method may be, and how far off rounding.

        Where the loss is smooth, the error of the slope over h/2 is a third of its distance to the one over h. A kink
        of height J at a distance d < h makes that distance J d/2h, and leaves the bend over h and twice the one over
        h/2 J |1 - 3d/h| apart. The first and half of the second are never less than the error, which is J (1/2 - d/h).
        """
        exact, noise = loss
        slopes, bends = [], []
        for way in (length, length / 2):
            ahead, behind = self._loss(leaf, way * direction), self._loss(leaf, -way * direction)
            slopes.append((ahead - behind) / (2 * way))
            bends.append((ahead - 2 * exact + behind) / way)
        kinks = max(abs(bends[0] - 2 * bends[1]) - 20 * noise / length, 0.0)
        return slopes[1], abs(slopes[0] - slopes[1]) + kinks / 2, 2 * noise / length

    def _loss(self, leaf: Leaf, change: np.ndarray) -> float:
        begun = list(self._begun)
        place = self.leaves.index(leaf)
        begun[place] = begun[place] + torch.from_numpy(np.ascontiguousarray(change))
        with torch.no_grad():
            return float(self._value(begun, None))

    def _noise(self, result: Tensor, taken: Sequence[Tensor], precision: Precision) -> Tensor:
        """Return changes as large as the rounding of an operation that adds up several terms for each entry."""
        sizes = sorted((t.numel() for t in taken if t.is_floating_point()), reverse=True)[:2]
        entries = max(result.numel(), 1)
        terms = max(sizes[0] / entries if sizes else 1, sqrt(sizes[0] * sizes[1] / entries) if len(sizes) > 1 else 1, 1)
        size = precision.eps + sqrt(terms) * precision.adding
        return torch.rand(result.shape, generator=self._generator).mul_(2 * size).sub_(size)


def _leaves(scene: Scene, call: Event, nodes: Sequence[Event], functions: Mapping[int, Local]) -> Iterator[Leaf]:
    """Go through the leaves of a call: those whose `.grad` it filled, and those that `grad` was asked for."""
    sources: dict[tuple[int, int], list[tuple[int, int]]] = {}
    asked: dict[int, list[tuple[int, int]]] = {}
    for event in nodes:
        for edge, following in enumerate(event.node.next if event.node else ()):
            if following is not None and event.number in functions and edge in functions[event.number].edges:
                sources.setdefault(following, []).append((event.number, edge))
        for edge, slot in functions[event.number].asked.items() if event.number in functions else ():
            asked.setdefault(slot, []).append((event.number, edge))
    found = [
        (event, event.inputs[0], event.inputs[1], sources.get((event.node.number, 0), []))
        for event in nodes
        if event.kind == "accumulate" and len(event.inputs) > 1 and event.node is not None
    ]
    wanted = asked_in(call)
    found += [(call, leaf, g, asked.get(leaf.slot, [])) for leaf, g in zip(wanted, call.outputs, strict=False)]
    for event, leaf, gradient, edges in found:
        arrived = scene.look(gradient)
        if arrived.dtype.kind == "f":
            place = event.number, event.line, leaf.slot, scene.name(leaf)
            yield Leaf(*place, gradient, arrived, np.zeros(()), tuple(edges))


def _behind(event: Event, nodes: Sequence[Event], leaves: Sequence[Leaf]) -> set[int]:
    """Return the places of the leaves that a node passes gradients on to, at once or over others."""
    by_node = {other.node.number: other for other in nodes if other.node is not None}
    passing, reached = [event], {event.number}
    while passing:
        one = passing.pop()
        for following in one.node.next if one.node else ():
            other = None if following is None else by_node.get(following[0])
            if other is not None and other.number not in reached:
                reached.add(other.number)
                passing.append(other)
    return {
        place
        for place, leaf in enumerate(leaves)
        if leaf.number in reached or any(number in reached for number, _ in leaf.edges)
    }


def _begun(leaf: Leaf, functions: Mapping[int, Local]) -> Tensor:
    """Return a leaf as the forward operations took it."""
    number, edge = leaf.edges[0]
    function = functions[number]
    return function.inputs[function.edges.index(edge)]


def _shares(result: Tensor, taken: Sequence[Tensor]) -> bool:
    address = result.untyped_storage().data_ptr()
    return any(tensor.untyped_storage().data_ptr() == address for tensor in taken)


def _tolerance(
    leaf: Leaf, reference: np.ndarray, samples: Sequence[np.ndarray], bounds: Bounds, precision: Precision
) -> np.ndarray:
    """Return how far off each entry of a leaf's gradient may be."""
    changes = [np.abs(sample - reference) for sample in samples]
    with np.errstate(all="ignore"):
        typical = max((float(np.sqrt(np.mean(change**2))) for change in changes if change.size), default=0.0)
        each = np.max(changes, axis=0) if changes else 0.0
        last = bounds.get(leaf.edges[0], np.zeros(())) if len(leaf.edges) == 1 else np.zeros(())
        own = SPREAD * (typical + each + precision.eps * np.abs(reference)) + precision.tiny
        return own + (last if last.shape == reference.shape else 0.0)
