"""What one backward call differentiated: the nodes that are known as functions, and the leaves that they lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retrograd.recording import Event, Reference
from retrograd.verification.doubled import Local
from retrograd.verification.scene import Scene, asked_in, parts_of


@dataclass(slots=True, eq=False)
class Leaf:
    """A leaf, and what one backward call brought to it."""

    number: int
    """Of the event that shows what came."""
    line: int | None
    slot: int
    name: str
    arrived: np.ndarray
    """Its gradient; complex numbers as pairs, along one more axis."""
    dtype: str
    edges: tuple[tuple[int, int], ...]
    """Nodes, by their event, and the edges that it came over."""


@dataclass(frozen=True, slots=True)
class Seed:
    """Where a backward call began: a result of a node's forward operation, and the gradient that it began with."""

    event: Event
    place: int
    gradient: Reference


@dataclass(frozen=True, slots=True)
class Graph:
    """What one backward call differentiated."""

    nodes: Sequence[Event]
    """Those that are known as functions. Backward runs a node before those behind it, so the other way round, as here,
    each finds its arguments."""
    leaves: Sequence[Leaf]
    """Those behind such nodes only."""
    seeds: Sequence[Seed]
    lost: Mapping[str, int]
    """The names of other nodes: how many leaves are behind each, and behind none of those before it."""


def graph_of(
    scene: Scene, call: Event, nodes: Sequence[Event], functions: Mapping[int, Local], cut: Collection[str]
) -> Graph:
    """Return what a backward call differentiated.

    Args:
        scene: The step.
        call: The backward call.
        nodes: What ran in it, in order.
        functions: What each node differentiates, by its event.
        cut: Names of nodes that pass on something else than a derivative, on purpose.
    """
    ran = [event for event in nodes if event.kind == "backward" and event.node is not None]
    known = {e.number for e in ran if e.number in functions and e.node is not None and e.node.name not in cut}
    leaves = list(_leaves_of(scene, call, nodes, functions))
    lost: dict[str, int] = {}
    reached: set[int] = set()
    unknown = [(e.node.name, behind(e, nodes, leaves)) for e in ran if e.number not in known and e.node is not None]
    for name, places in (*unknown, (call.name, {place for place, leaf in enumerate(leaves) if not leaf.edges})):
        if places - reached:
            lost[name] = lost.get(name, 0) + len(places - reached)
        reached |= places
    return Graph(
        [event for event in reversed(ran) if event.number in known],
        [leaf for place, leaf in enumerate(leaves) if place not in reached],
        list(_seeds_of(ran)),
        lost,
    )


def behind(event: Event, nodes: Sequence[Event], leaves: Sequence[Leaf]) -> set[int]:
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


def _leaves_of(scene: Scene, call: Event, nodes: Sequence[Event], functions: Mapping[int, Local]) -> Iterator[Leaf]:
    """Go through the leaves of a call: those whose `.grad` it filled, and those that `grad` was asked for."""
    sources: dict[tuple[int, int], list[tuple[int, int]]] = {}
    asked: dict[int, list[tuple[int, int]]] = {}
    for event in nodes:
        local = functions.get(event.number)
        if local is None or event.node is None:
            continue
        for edge, following in enumerate(event.node.next):
            if following is not None and edge in local.edges:
                sources.setdefault(following, []).append((event.number, edge))
        for edge, slot in local.asked.items():
            asked.setdefault(slot, []).append((event.number, edge))
    found = [
        (event, event.inputs[0], event.inputs[1], sources.get((event.node.number, 0), []))
        for event in nodes
        if event.kind == "accumulate" and len(event.inputs) > 1 and event.node is not None
    ]
    wanted = asked_in(call)
    found += [(call, leaf, g, asked.get(leaf.slot, [])) for leaf, g in zip(wanted, call.outputs, strict=False)]
    for event, leaf, gradient, edges in found:
        arrived, dtype = parts_of(scene.look(gradient)), scene.program.slots[gradient.slot].dtype
        yield Leaf(event.number, event.line, leaf.slot, scene.name(leaf), arrived, dtype, tuple(edges))


def _seeds_of(ran: Sequence[Event]) -> Iterator[Seed]:
    reached = {
        following
        for event in ran
        if event.node is not None
        for following, gradient in zip(event.node.next, event.node.gradients_out, strict=False)
        if following is not None and gradient is not None
    }
    for event in ran:
        for place, gradient in enumerate(event.node.gradients_in if event.node is not None else ()):
            if gradient is not None and event.node is not None and (event.node.number, place) not in reached:
                yield Seed(event, place, gradient)
