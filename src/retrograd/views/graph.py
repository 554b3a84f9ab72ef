"""The graph of a step: what took which tensor, with the backward nodes of each operation; folded where it is large.

A graph is drawn as views. The first one shows everything; where that would be too much, some of its boxes stand for
many operations, and each of those has a view of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from retrograd.recording import Event, Program, Recording, Reference
from retrograd.views.events import is_look, name_of
from retrograd.views.folding import Group, folded
from retrograd.views.layout import Box, Layout, layout_of
from retrograd.views.text import printable

MOST_CELLS, CELL_WIDTH, CELL_HEIGHT = 40, 46, 17
"""A tensor of at most so many entries is drawn as numbers, each in a cell of this size."""

MOST_PIXELS = 1024
"""A tensor of at most so many entries is drawn as colours; a larger one as its statistics."""

TITLE_WIDTH, TITLE_CHARACTER = 18, 7.4
"""A title is broken at about so many characters, each about so wide."""

REMARK_WIDTH, REMARK_CHARACTER = 19, 6.1
"""The same for the names of backward nodes."""

LINE_HEIGHT, SMALL_LINE, PADDING, BORDER = 17, 13, 7, 5

NodeKind = Literal["leaf", "tensor", "operation", "fold"]
TileKind = Literal["cells", "pixels", "statistics"]

SIGNS = {"add": "+", "sub": "−", "rsub": "−", "mul": "×", "div": "÷", "matmul": "@", "mm": "@", "pow": "^", "neg": "−"}
"""Operations that a person writes as a sign."""


@dataclass(frozen=True, slots=True)
class Tile:
    """How the numbers of a tensor are drawn."""

    kind: TileKind
    rows: int
    columns: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Node:
    """A box: a tensor, an operation, or a fold of many."""

    kind: NodeKind
    title: tuple[str, ...]
    """In lines."""
    remarks: tuple[tuple[str, int], ...]
    """The backward nodes of an operation with their events, first the one that runs first."""
    events: tuple[int, ...]
    """The events during which something happens here."""
    reference: Reference | None
    """The tensor; of a leaf, as the forward pass found it."""
    gradient: tuple[int, Reference] | None
    """The gradient of the loss for this tensor, and the event after which it is complete."""
    tile: Tile | None
    view: int | None
    """The view that a fold stands for; of a tensor from elsewhere, the view in which it is made."""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor on its way."""

    source: int
    target: int
    events: tuple[int, ...]
    """The forward operation that takes it, then the backward nodes that pass a gradient along it, to the left."""
    label: str
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One picture."""

    title: str
    parent: int | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float
    events: tuple[int, ...]
    """The forward operations that it shows, folded or not."""


def graph_of(recording: Recording, program: Program) -> tuple[View, ...]:
    """Return the graph of a program as views; the first one is the whole, and those after it are its folds."""
    return _Drawing(recording, program).views()


class _Drawing:
    """Draws the views of one program."""

    def __init__(self, recording: Recording, program: Program) -> None:
        self._recording, self._program = recording, program
        self._operations = _operations(program)
        self._makers = _makers(self._operations)
        self._backward = _backward_of(program)
        self._gradient_slots = {s.gradient_of: s.number for s in program.slots if s.gradient_of is not None}
        self._touched = _touched(program, self._operations)
        self._home: dict[int, int] = {}
        """The deepest view in which each operation is shown unfolded."""

    def views(self) -> tuple[View, ...]:
        """Return all views."""
        whole = folded(self._recording, self._program, self._operations)
        plan: list[tuple[Group, int | None]] = []
        numbers: dict[int, int] = {}
        self._plan(whole, None, plan, numbers)
        for number, (group, _) in enumerate(plan):
            if not group.parts:
                self._home.update((event.number, number) for event in group.operations)
        return tuple(self._view(group, parent, numbers) for group, parent in plan)

    def _plan(
        self, group: Group, parent: int | None, plan: list[tuple[Group, int | None]], numbers: dict[int, int]
    ) -> None:
        numbers[id(group)] = here = len(plan)
        plan.append((group, parent))
        for part in group.parts:
            self._plan(part, here, plan, numbers)

    # ---------------------------------------------------------------- one view

    def _view(self, group: Group, parent: int | None, numbers: Mapping[int, int]) -> View:
        boxes, edges = self._folds(group, numbers) if group.parts else self._all(group)
        layout = layout_of(
            [Box(node.width, node.height, late=node.kind == "leaf") for node in boxes],
            [(edge.source, edge.target) for edge in edges],
        )
        return View(
            group.title,
            parent,
            *_placed(boxes, edges, layout),
            layout.width,
            layout.height,
            tuple(event.number for event in group.operations),
        )

    def _all(self, group: Group) -> tuple[list[Node], list[Edge]]:
        """Return every operation of a group, and every tensor between them, as boxes."""
        nodes: list[Node] = []
        edges: list[Edge] = []
        places: dict[tuple[str, int, int], int] = {}
        inside = {event.number for event in group.operations}

        def tensor(reference: Reference) -> int:
            maker = self._makers.get((reference.slot, reference.buffer))
            key = ("leaf", reference.slot, -1) if maker is None else ("tensor", reference.slot, reference.buffer)
            if key not in places:
                places[key] = len(nodes)
                nodes.append(self._tensor(reference, maker, inside))
            return places[key]

        for event in group.operations:
            sources = [tensor(reference) for reference in dict.fromkeys(event.inputs)]
            here = len(nodes)
            nodes.append(self._operation(event))
            passed = tuple(number for _, number in self._backward.get(event.number, ()))
            for source in dict.fromkeys(sources):
                back = passed if nodes[source].gradient else ()
                edges.append(Edge(source, here, (event.number, *back), ""))
            made = [r for r in dict.fromkeys(event.outputs) if self._makers.get((r.slot, r.buffer)) is event]
            edges += [Edge(here, tensor(reference), (event.number, *passed), "") for reference in made]
        return nodes, edges

    def _folds(self, group: Group, numbers: Mapping[int, int]) -> tuple[list[Node], list[Edge]]:
        """Return the parts of a group as boxes; between them, how many tensors go from one to the other."""
        nodes: list[Node] = []
        place_of: dict[int, int] = {}
        for part in group.parts:
            for event in part.operations:
                place_of[event.number] = len(nodes)
            nodes.append(self._fold(part, numbers[id(part)]))
        flows: dict[tuple[int, int], list[tuple[Reference, Event]]] = {}
        for part in group.parts:
            for event in part.operations:
                for reference in dict.fromkeys(event.inputs):
                    maker = self._makers.get((reference.slot, reference.buffer))
                    source = None if maker is None else place_of.get(maker.number)
                    if source is not None and source != place_of[event.number]:
                        flows.setdefault((source, place_of[event.number]), []).append((reference, event))
        edges = []
        for (source, target), taken in flows.items():
            happened = [event.number for _, event in taken]
            happened += [n for _, event in taken for _, n in self._backward.get(event.number, ())]
            shapes = list(dict.fromkeys(_shape(self._program, reference) for reference, _ in taken))
            label = shapes[0] if len(shapes) == 1 else f"{len(shapes)} tensors"
            edges.append(Edge(source, target, tuple(dict.fromkeys(happened)), label))
        return nodes, edges

    # ---------------------------------------------------------------- boxes

    def _tensor(self, reference: Reference, maker: Event | None, inside: set[int]) -> Node:
        program = self._program
        slot = program.slots[reference.slot]
        name = name_of(self._recording, program, reference)
        # A long expression stands at the operation already; a long name stands nowhere else in the graph.
        title = _lines(name if slot.name or len(name) <= 2 * TITLE_WIDTH else "", TITLE_WIDTH)
        whole = reference.buffer < 0 or program.buffers[reference.buffer].whole
        tile = tile_of(slot.shape, whole)
        gradient = self._gradient(reference, maker)
        leaf = maker is None
        elsewhere = maker is not None and maker.number not in inside
        events = self._touched.get(reference.slot, ()) if leaf else ()
        if maker is not None:
            events = (maker.number, *(number for _, number in self._backward.get(maker.number, ())))
        tiles = 1 + bool(gradient or (leaf and reference.slot in self._gradient_slots))
        shape = _shape(program, reference)
        width = max(tile.width, 9 * TITLE_CHARACTER, TITLE_CHARACTER * max(map(len, (*title, shape)), default=0))
        height = LINE_HEIGHT * len(title) + tiles * (tile.height + SMALL_LINE) + PADDING
        node = Node(
            "leaf" if leaf else "tensor",
            title,
            (),
            events,
            reference,
            gradient,
            tile,
            self._home.get(maker.number) if elsewhere and maker is not None else None,
        )
        return replace(node, width=math.ceil(width + 2 * PADDING + BORDER), height=math.ceil(height + PADDING))

    def _gradient(self, reference: Reference, maker: Event | None) -> tuple[int, Reference] | None:
        """Return the gradient for a tensor, and the event after which all of it has arrived."""
        program = self._program
        if maker is None:
            arrived = [e for e in program.events if e.kind == "accumulate" and e.inputs[:1] == (reference,)]
            arrived = arrived or [
                e for e in program.events if e.kind == "accumulate" and e.inputs and e.inputs[0].slot == reference.slot
            ]
            return (arrived[0].number, arrived[0].inputs[1]) if arrived and len(arrived[0].inputs) > 1 else None
        first = next(iter(self._backward.get(maker.number, ())), None)
        if first is None:
            return None
        event = program.events[first[1]]
        place = next((n for n, output in enumerate(maker.outputs) if output == reference), None)
        node = event.node
        if place is None or node is None or place >= len(node.gradients_in):
            return None
        gradient = node.gradients_in[place]
        return None if gradient is None else (max(self._arrived(event, place), 0), gradient)

    def _arrived(self, event: Event, place: int) -> int:
        """Return the last event that passes a gradient to a node: a backward node before it, or the backward call."""
        node = event.node
        assert node is not None  # the caller has looked
        last = event.number - 1
        for earlier in reversed(self._program.events[: event.number]):
            if earlier.kind == "call":
                return last if last != event.number - 1 else earlier.number
            if earlier.node is not None and (node.number, place) in earlier.node.next:
                return earlier.number
        return event.number

    def _operation(self, event: Event) -> Node:
        name = printable(event.name).rpartition(".")[2].strip("_")
        title = _lines(SIGNS.get(name, name), TITLE_WIDTH)
        remarks = tuple((printable(node), number) for node, number in self._backward.get(event.number, ()))
        longest = max((min(len(name), REMARK_WIDTH) for name, _ in remarks), default=0)
        rows = sum(-(-len(name) // REMARK_WIDTH) for name, _ in remarks)
        width = max(TITLE_CHARACTER * max(map(len, title)), REMARK_CHARACTER * longest, 30) + 2 * PADDING + BORDER
        height = LINE_HEIGHT * len(title) + SMALL_LINE * rows + 2 * PADDING
        events = (event.number, *(number for _, number in remarks))
        node = Node("operation", title, remarks, events, None, None, None, None)
        return replace(node, width=math.ceil(width), height=math.ceil(height))

    def _fold(self, group: Group, view: int) -> Node:
        title = _lines(group.title, TITLE_WIDTH)
        slots = {reference.slot for event in group.operations for reference in event.inputs}
        parameters = [slot for slot in slots if self._program.slots[slot].parameter]
        count = len(group.operations)
        remarks = [(f"{count} operation" + ("s" if count > 1 else ""), -1)]
        if parameters:
            remarks.append((f"{len(parameters)} parameter" + ("s" if len(parameters) > 1 else ""), -1))
        events: list[int] = []
        for event in group.operations:
            events += [event.number, *(number for _, number in self._backward.get(event.number, ()))]
        for slot in parameters:
            events += self._touched.get(slot, ())
        width = TITLE_CHARACTER * max((*map(len, title), 12)) + 2 * PADDING + BORDER
        height = LINE_HEIGHT * len(title) + SMALL_LINE * len(remarks) + 2 * PADDING
        node = Node("fold", title, tuple(remarks), tuple(dict.fromkeys(events)), None, None, None, view)
        return replace(node, width=math.ceil(width), height=math.ceil(height))


def tile_of(shape: Sequence[int], whole: bool) -> Tile:
    """Return how a tensor is drawn: its numbers if they are few, colours if there are more, else statistics."""
    count = math.prod(shape)
    if not whole or count > MOST_PIXELS or not count:
        return Tile("statistics", 1, 1, 118, 30)
    columns = shape[-1] if shape else 1
    rows = count // columns
    if len(shape) < 2 and columns > 4:
        rows, columns = (columns, 1) if columns <= 8 else (-(-columns // 16), min(columns, 16))
    if count <= MOST_CELLS and columns <= 6 and rows <= 8:
        return Tile("cells", rows, columns, CELL_WIDTH * columns, CELL_HEIGHT * rows)
    size = max(min(9, 100 / columns, 100 / rows), 1.0)
    return Tile("pixels", rows, columns, max(round(size * columns), 12), max(round(size * rows), 12))


def _placed(nodes: Sequence[Node], edges: Sequence[Edge], layout: Layout) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    return (
        tuple(replace(node, x=x, y=y) for node, (x, y) in zip(nodes, layout.corners, strict=True)),
        tuple(replace(edge, points=way) for edge, way in zip(edges, layout.ways, strict=True)),
    )


def _operations(program: Program) -> list[Event]:
    """Return what the graph is made of: the calls of the forward pass; where there is none, whatever makes tensors."""
    made = [event for event in program.events if event.outputs and event.node is None and not is_look(event)]
    forward = [event for event in made if event.phase == "forward" and event.kind in ("forward", "state", "other")]
    return forward or [event for event in made if event.kind not in ("update", "clear")]


def _makers(operations: Sequence[Event]) -> dict[tuple[int, int], Event]:
    """Return for each tensor, as (slot, buffer), the operation that made it."""
    makers: dict[tuple[int, int], Event] = {}
    for event in operations:
        for reference in event.outputs:
            if reference not in event.inputs:
                makers.setdefault((reference.slot, reference.buffer), event)
    return makers


def _backward_of(program: Program) -> dict[int, list[tuple[str, int]]]:
    """Return for each forward operation its backward nodes with their events, in the order in which they run."""
    found: dict[int, list[tuple[str, int]]] = {}
    for event in program.events:
        if event.kind == "backward" and event.node is not None and event.node.forward is not None:
            found.setdefault(event.node.forward, []).append((event.node.name, event.number))
    return found


def _touched(program: Program, operations: Sequence[Event]) -> dict[int, tuple[int, ...]]:
    """Return for each slot the events outside of the graph that take or write it, or its gradient."""
    inside = {event.number for event in operations}
    owner = {slot.number: slot.gradient_of for slot in program.slots if slot.gradient_of is not None}
    found: dict[int, dict[int, None]] = {}
    for event in program.events:
        if event.number not in inside and event.kind not in ("backward", "call"):
            for reference in (*event.inputs, *event.outputs):
                found.setdefault(owner.get(reference.slot, reference.slot), {})[event.number] = None
    return {slot: tuple(numbers) for slot, numbers in found.items()}


def _shape(program: Program, reference: Reference) -> str:
    return str(tuple(program.slots[reference.slot].shape))


def _lines(text: str, width: int) -> tuple[str, ...]:
    """Break a title after an underscore, a point or a blank; cut it after three lines."""
    lines: list[str] = []
    while len(text) > width and len(lines) < 2:
        at = max(text.rfind(sign, 0, width) for sign in "_. ") + 1 or width
        lines.append(text[:at].rstrip())
        text = text[at:].lstrip()
    if len(text) > width:
        text = text[: width - 1] + "…"
    return (*lines, text) if text or lines else ()
