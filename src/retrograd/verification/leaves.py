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
from dataclasses import replace

import numpy as np
import torch

from retrograd.derivatives.binding import dtypes_in
from retrograd.derivatives.matching import calls_of
from retrograd.derivatives.rounding import SPREAD, Precision, precision_of
from retrograd.errors import NotKeptError, RetrogradError
from retrograd.recording import Event
from retrograd.verification.comparisons import EPS64, Comparison, with_tolerance
from retrograd.verification.doubled import Local
from retrograd.verification.draws import Draws
from retrograd.verification.formulas import Bounds
from retrograd.verification.graph import Graph, Leaf, behind, graph_of
from retrograd.verification.own import faulty_functions
from retrograd.verification.rounding import AddedUp, AtRandom
from retrograd.verification.scene import Scene, asked_in, call_of
from retrograd.verification.slopes import differences_in
from retrograd.verification.whole import SMALL, Whole

SAMPLES = 4
"""So often a small step is run with its operations changed at random."""

SAMPLES_IF_LARGE = 2


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
        try:
            graph = graph_of(scene, call, nodes, functions, surrogates)
        except NotKeptError as error:
            notes(f"{error}, so the leaves of that call are compared node by node only")
            continue
        for name, leaves in graph.lost.items():
            notes(f"{name}: what is behind it ({_several(leaves)}) is compared node by node only")
        if not graph.leaves:
            continue
        if len(graph.seeds) != _roots(call):
            notes("a backward call from tensors that depend on one another: its leaves are compared node by node only")
            continue
        whole = Whole(scene, call, graph, functions)
        try:
            with _one_thread(whole.entries < SMALL):
                known = {number: local for number, local in functions.items() if local.what not in surrogates}
                for found in _comparisons(whole, scene, notes, bounds, Draws(seed + number)):
                    yield found if found.agrees else _blamed(found, graph, scene, nodes, known)
        except (NotKeptError, RuntimeError, RetrogradError, KeyError, TypeError) as error:
            reason = str(error).partition("\n")[0][:100]
            notes(f"the step cannot be run in float64 ({reason}), so its leaves are compared node by node only")


def _blamed(
    found: Comparison, graph: Graph, scene: Scene, nodes: Sequence[Event], functions: Mapping[int, Local]
) -> Comparison:
    """Name the person's own function whose backward is why a leaf disagrees, if one is."""
    for event in faulty_functions(scene, nodes, functions):
        local = functions[event.number]
        if any(graph.leaves[place].number == found.event for place in behind(event, nodes, graph.leaves)):
            return replace(found, line=local.line, why=f"{local.what} does not give the derivative of its forward")
    return found


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


def _comparisons(
    whole: Whole, scene: Scene, notes: Callable[[str], None], bounds: Bounds, draws: Draws
) -> Iterator[Comparison]:
    # Under autocast the leaves are float32, and what is computed from them is not.
    passed = [one for event in whole.graph.nodes if event.node is not None for one in event.node.gradients_in]
    precision = precision_of([*dtypes_in(scene.program, passed), *(leaf.dtype for leaf in whole.graph.leaves)])
    all_in_all = AddedUp(bounds, precision)
    loss, exact = whole.gradients(all_in_all)
    samples = SAMPLES if whole.entries < SMALL else SAMPLES_IF_LARGE
    changed = [whole.gradients(AtRandom(bounds, precision, draws))[1] for _ in range(samples)]
    tolerances = []
    for place, leaf in enumerate(whole.graph.leaves):
        tolerance = _tolerance(leaf, exact[place], [sample[place] for sample in changed], bounds, precision)
        # What overflows in the loop's dtype may not do so in float64.
        tolerances.append(np.where(np.isfinite(leaf.arrived), tolerance, np.inf))
        found = with_tolerance(whole.place(leaf), "float64 autograd", leaf.arrived, exact[place], tolerances[-1])
        if found is not None:
            yield found
    # In float64 the same operations round as much less as its unit is smaller.
    rounding = all_in_all.total * EPS64 / precision.adding
    yield from differences_in(whole, loss, rounding, tolerances, draws, notes)


def _tolerance(
    leaf: Leaf, reference: np.ndarray, samples: Sequence[np.ndarray], bounds: Bounds, precision: Precision
) -> np.ndarray:
    """Return how far off each entry of a leaf's gradient may be."""
    changes = [np.abs(sample - reference) for sample in samples]
    with np.errstate(all="ignore"):
        typical = max((float(np.sqrt(np.mean(change**2))) for change in changes if change.size), default=0.0)
        each = np.max(changes, axis=0) if changes else 0.0
        last = bounds.gradients.get(leaf.edges[0], np.zeros(())) if len(leaf.edges) == 1 else np.zeros(())
        own = SPREAD * (typical + each + precision.eps * np.abs(reference)) + precision.tiny
        return own + (last if last.shape == reference.shape else 0.0)
