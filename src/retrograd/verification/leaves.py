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
from retrograd.verification.formulas import Bounds, Scene
from retrograd.verification.numerically import STEP, Local

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

    event: Event
    slot: int
    name: str
    arrived: np.ndarray
    tolerance: np.ndarray
    edge: tuple[int, int] | None
    """The node, by its event, and the edge that the gradient came over."""


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
        call = next(e for e in reversed(scene.program.events[: nodes[0].number]) if e.kind == "call")
        leaves = list(_leaves(scene, nodes))
        if not leaves or nodes[0].kind != "backward":
            continue
        lost = [e.node.name for e in nodes if e.kind == "backward" and e.node is not None and e.number not in functions]
        if len(call.inputs) != 1:
            notes("a backward call from several tensors: its leaves are compared node by node only")
        elif not surrogates.isdisjoint(node.node.name for node in nodes if node.node is not None):
            notes("leaves behind a surrogate gradient are not compared with the whole step")
        elif lost:
            notes(f"{lost[0]} is not known as a function, so the leaves are compared node by node only")
        else:
            try:
                with _one_thread(sum(leaf.arrived.size for leaf in leaves) < SMALL):
                    yield from _Whole(scene, call, nodes, leaves, functions, seed + number).comparisons(notes, bounds)
            except (NotKeptError, RuntimeError, RetrogradError, KeyError, TypeError) as error:
                reason = str(error).partition("\n")[0][:100]
                notes(f"the step cannot be run in float64 ({reason}), so its leaves are compared node by node only")


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


def _leaves(scene: Scene, nodes: Sequence[Event]) -> Iterator[Leaf]:
    sources: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in nodes:
        for edge, following in enumerate(event.node.next if event.node else ()):
            if following is not None:
                sources.setdefault(following, []).append((event.number, edge))
    for event in nodes:
        if event.kind != "accumulate" or len(event.inputs) < 2 or event.node is None:
            continue
        arrived = scene.look(event.inputs[1])
        if arrived.dtype.kind != "f":
            continue
        source = sources.get((event.node.number, 0), [])
        name = scene.name(event.inputs[0])
        yield Leaf(event, event.inputs[0].slot, name, arrived, np.zeros(()), source[0] if len(source) == 1 else None)


class _Whole:
    """What one backward call differentiated, in float64."""

    def __init__(
        self,
        scene: Scene,
        call: Event,
        nodes: Sequence[Event],
        leaves: Sequence[Leaf],
        functions: Mapping[int, Local],
        seed: int,
    ) -> None:
        self._scene, self._call, self._leaves, self._functions = scene, call, leaves, functions
        self._generator = torch.Generator().manual_seed(seed)
        # Backward runs a node before those behind it, so the other way round each finds its arguments.
        self._nodes = [event for event in reversed(nodes) if event.kind == "backward"]
        self._root = nodes[0]
        self._places = {leaf.event.node.number: place for place, leaf in enumerate(leaves) if leaf.event.node}
        self._begun = [_begun(leaf, nodes, functions) for leaf in leaves]
        self._entries = sum(leaf.arrived.size for leaf in leaves)
        self._largest = 0.0
        """The largest number that the last operation took."""

    def comparisons(self, notes: Callable[[str], None], bounds: Bounds) -> Iterator[Comparison]:
        precision = precision_of(dtypes_in(self._scene.program, [leaf.event.inputs[1] for leaf in self._leaves]))
        exact = self._gradients(None)
        samples = [self._gradients(precision) for _ in range(SAMPLES if self._entries < SMALL else 2)]
        for place, leaf in enumerate(self._leaves):
            changed = [sample[place] for sample in samples]
            leaf.tolerance = _tolerance(leaf, exact[place], changed, bounds, precision)
            found = with_tolerance(self._place(leaf), "float64 autograd", leaf.arrived, exact[place], leaf.tolerance)
            if found is not None:
                yield found
        yield from self._differences(notes)

    def _place(self, leaf: Leaf, along: str = "") -> Place:
        name = self._scene.gradient(self._call, leaf.name)
        return Place(self._scene.step.number, leaf.event.number, leaf.event.line, f"{name}, all in all{along}")

    def _value(self, leaves: Sequence[Tensor], precision: Precision | None) -> Tensor:
        """Return what backward was called on, times the gradient that it began with."""
        results: dict[int, list[Tensor | None]] = {}
        for event in self._nodes:
            node, function = event.node, self._functions[event.number]
            assert node is not None  # they are nodes
            taken = []
            for edge in function.edges:
                following = node.next[edge]
                if following is None:
                    raise NotKeptError(f"{node.name} passes a gradient on to nothing that was recorded")
                behind, place = following
                one = leaves[self._places[behind]] if behind in self._places else results[behind][place]
                if one is None:
                    raise NotKeptError(f"{node.name} takes what no node gave")
                taken.append(one)
            self._largest = max((float(one.detach().abs().max()) for one in taken if one.numel()), default=0.0)
            given = function.function(taken)
            if precision is not None:
                given = [None if one is None else self._changed(one, taken, precision) for one in given]
            results[node.number] = given
        root = self._root.node
        assert root is not None  # it is a node
        total = torch.zeros((), dtype=torch.float64)
        for gradient, result in zip(root.gradients_in, results[root.number], strict=False):
            if gradient is not None and result is not None:
                total = total + (result * self._wide(gradient)).sum()
        return total

    def _wide(self, reference: Reference) -> Tensor:
        return torch.from_numpy(np.array(self._scene.look(reference), np.float64))

    def _changed(self, result: Tensor, taken: Sequence[Tensor], precision: Precision) -> Tensor:
        """Return a result as if it had been rounded at random."""
        if not result.is_floating_point() or _shares(result, taken):
            return result
        return result * (1 + self._noise(result, taken, precision))

    def _gradients(self, precision: Precision | None) -> list[np.ndarray]:
        """Return the gradient of each leaf; with a precision, each operation rounds so at random."""
        leaves = [tensor.detach().requires_grad_() for tensor in self._begun]
        found = torch.autograd.grad(self._value(leaves, precision), leaves, allow_unused=True, materialize_grads=True)
        return [gradient.numpy() for gradient in found]

    # ------------------------------------------------------------ by differences

    def _differences(self, notes: Callable[[str], None]) -> Iterator[Comparison]:
        runs = MOST_RUNS if self._entries < SMALL else FEW_RUNS
        by_entry = [leaf for leaf in self._leaves if leaf.arrived.size <= MOST_ENTRIES]
        if sum(4 * leaf.arrived.size for leaf in by_entry) > runs:
            by_entry = []
        skipped = 0
        with torch.no_grad():
            exact = float(self._value(self._begun, None))
            again = [float(self._value(self._begun, PRECISIONS["float64"])) for _ in range(SAMPLES)]
        # Inside of the last operation, numbers of the size of what it takes may cancel.
        noise = SPREAD * max(abs(loss - exact) for loss in again) + 4 * EPS64 * (abs(exact) + self._largest)
        for leaf in sorted(self._leaves, key=lambda one: one.event.number):
            directions = self._units(leaf) if leaf in by_entry else self._signs(leaf)
            if runs < 4 * len(directions):
                skipped += 1
                continue
            runs -= 4 * len(directions)
            yield from self._along(leaf, directions, leaf in by_entry, noise, notes)
        if skipped:
            notes(f"{skipped} leaves are compared with float64 autograd only, not with differences")

    def _units(self, leaf: Leaf) -> list[np.ndarray]:
        shape = leaf.arrived.shape
        return [unit.reshape(shape) for unit in np.eye(leaf.arrived.size)]

    def _signs(self, leaf: Leaf) -> list[np.ndarray]:
        signs = torch.randint(0, 2, leaf.arrived.shape, generator=self._generator) * 2 - 1
        return [signs.double().numpy()]

    def _along(
        self, leaf: Leaf, directions: list[np.ndarray], by_entry: bool, noise: float, notes: Callable[[str], None]
    ) -> Iterator[Comparison]:
        value = self._begun[self._leaves.index(leaf)].numpy()
        size = max(float(np.abs(value).max()) if value.size else 1.0, 1e-3)
        recorded, expected, tolerances = [], [], []
        rough = 0
        for direction in directions:
            slopes = []
            for length in (STEP * size, STEP * size / 2):
                ahead, behind = self._loss(leaf, length * direction), self._loss(leaf, -length * direction)
                slopes.append((ahead - behind) / (2 * length))
            rounding = noise / (STEP * size / 2)
            spread = abs(slopes[0] - slopes[1])
            allowed = float(np.sqrt(((leaf.tolerance * direction) ** 2).sum())) + rounding + spread
            if not np.isfinite(slopes[1]) or spread > 1e-3 * abs(slopes[1]) + allowed - spread:
                rough += 1
                continue
            recorded.append(float((leaf.arrived.astype(np.float64) * direction).sum()))
            expected.append(slopes[1])
            tolerances.append(allowed)
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

    def _loss(self, leaf: Leaf, change: np.ndarray) -> float:
        begun = list(self._begun)
        place = self._leaves.index(leaf)
        begun[place] = begun[place] + torch.from_numpy(np.ascontiguousarray(change))
        with torch.no_grad():
            return float(self._value(begun, None))

    def _noise(self, result: Tensor, taken: Sequence[Tensor], precision: Precision) -> Tensor:
        """Return changes as large as the rounding of an operation that adds up several terms for each entry."""
        sizes = sorted((t.numel() for t in taken if t.is_floating_point()), reverse=True)[:2]
        entries = max(result.numel(), 1)
        terms = max(sizes[0] / entries if sizes else 1, sqrt(sizes[0] * sizes[1] / entries) if len(sizes) > 1 else 1, 1)
        size = precision.eps + sqrt(terms) * precision.adding
        return size * (2 * torch.rand(result.shape, generator=self._generator, dtype=torch.float64) - 1)


def _begun(leaf: Leaf, nodes: Sequence[Event], functions: Mapping[int, Local]) -> Tensor:
    """Return a leaf as the forward operations took it."""
    assert leaf.event.node is not None  # it is an accumulation
    for event in nodes:
        function = functions.get(event.number)
        for edge, tensor in zip(function.edges, function.inputs, strict=True) if function else ():
            if event.node is not None and event.node.next[edge] == (leaf.event.node.number, 0):
                return tensor
    raise NotKeptError(f"no operation took {leaf.name}")


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
        last = bounds.get(leaf.edge, np.zeros(())) if leaf.edge is not None else np.zeros(())
        own = SPREAD * (typical + each + precision.eps * np.abs(reference)) + precision.tiny
        return own + (last if last.shape == reference.shape else 0.0)
