"""Recordings without PyTorch: the notebook's loop, written down by hand with numbers that NumPy computes.

The views know only the data, so their tests need nothing that watches a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from retrograd.errors import NotKeptError
from retrograd.recording import (
    SAMPLE_LENGTH,
    SUMMARY_HEAD,
    Buffer,
    Constant,
    Event,
    Kind,
    Line,
    Node,
    Note,
    Operation,
    Phase,
    Program,
    Recording,
    Reference,
    Slot,
    Step,
    offsets,
)

SCRIPT = """import torch

x = torch.ones(5)
y = torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = 0.1
for step in range(3):
    # Forward
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)

    # Backward
    loss.backward()

    # Update
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad

    # Clear
    w.grad.zero_()
    b.grad.zero_()
    print(loss.item())
"""

FILE = "train.py"
WHOLE = 512
"""Bytes: a larger tensor is kept as a summary."""

W = np.array(
    [[1.5, -0.25, -2.0], [0.5, -1.0, -1.5], [0.25, 1.0, -0.75], [-0.5, -0.5, 0.25], [-1.0, 1.25, -1.0]],
    dtype="f4",
)
B = np.array([0.125, -0.5, 0.375], dtype="f4")


@dataclass
class Shelf:
    """A `Source` of plain lists."""

    facts: Mapping[str, Any]
    lines: list[Line]
    texts: dict[str, str]
    notes: list[Note] = field(default_factory=list)
    programs_: list[Program] = field(default_factory=list)
    steps_: dict[int, Step] = field(default_factory=dict)
    count: int = 0

    @property
    def numbers(self) -> range:
        return range(self.count)

    def programs(self) -> Sequence[Program]:
        return self.programs_

    def step(self, number: int) -> Step:
        if number not in self.steps_:
            raise NotKeptError(f"there is no step {number}")
        return self.steps_[number]


class Turn:
    """One turn of a loop while it is written down; each write to a tensor gives a new buffer."""

    def __init__(self, lines: list[Line], script: str, file: str = FILE) -> None:
        self.lines, self.script, self.file = lines, script, file
        self.slots: list[Slot] = []
        self.contents: list[np.ndarray] = []
        self.places: list[int] = []
        self.operations: list[Operation] = []
        self.events: list[Event] = []
        self.constants: list[Constant] = []
        self.now: dict[int, int] = {}
        self.start: list[Reference] = []
        self.losses: list[Reference] = []
        self.gradients: list[tuple[int, Reference]] = []
        self.dtypes: list[str] = []

    def slot(self, array: np.ndarray, name: str | None = None, **facts: Any) -> Reference:
        """Add a tensor and its first content."""
        number = len(self.slots)
        known = {
            "external": False,
            "leaf": False,
            "requires_grad": False,
            "parameter": False,
            "gradient_of": None,
        }
        stride = tuple(s // array.itemsize for s in np.array(array, order="C").strides)
        slot = Slot(number, number, str(array.dtype), array.shape, stride, 0, "cpu", name=name, **(known | facts))
        self.slots.append(slot)
        return self.write(number, array)

    def outside(self, array: np.ndarray, name: str, **facts: Any) -> Reference:
        """Add a tensor that was there before the step."""
        reference = self.slot(array, name, external=True, **facts)
        self.start.append(reference)
        return reference

    def write(self, slot: int, array: np.ndarray) -> Reference:
        """Give a tensor new content."""
        self.contents.append(np.array(array))
        self.places.append(slot)
        self.now[slot] = len(self.contents) - 1
        return Reference(slot, self.now[slot])

    def array(self, reference: Reference) -> np.ndarray:
        return self.contents[reference.buffer]

    def constant(self, value: float, name: str) -> dict[str, int]:
        self.constants.append(Constant(len(self.constants), value, name))
        return {"constant": len(self.constants) - 1}

    def operation(self, name: str, arguments: Sequence[Any], outputs: Sequence[Reference]) -> None:
        encoded = tuple({"slot": a.slot} if isinstance(a, Reference) else a for a in arguments)
        results = tuple(reference.slot for reference in outputs)
        self.operations.append(Operation(name, encoded, {}, results, tuple(outputs), len(self.events)))

    def event(
        self,
        kind: Kind,
        phase: Phase,
        part: str,
        name: str,
        inputs: Sequence[Reference] = (),
        outputs: Sequence[Reference] = (),
        node: Node | None = None,
        text: str = "",
    ) -> int:
        """Add an event whose operations were added just before; `part` is its part of the script."""
        number = len(self.events)
        first = next((n for n, o in enumerate(self.operations) if o.event == number), len(self.operations))
        span = (first, len(self.operations))
        event = Event(number, kind, phase, self.line(part), name, tuple(inputs), tuple(outputs), span, node, text)
        self.events.append(event)
        return number

    def line(self, part: str) -> int:
        """Return the index of the line that holds a part of the script."""
        for number, text in enumerate(self.script.splitlines(), start=1):
            if (column := text.find(part)) >= 0:
                line = Line(self.file, number, column, number, column + len(part), "<module>")
                if line not in self.lines:
                    self.lines.append(line)
                return self.lines.index(line)
        raise ValueError(f"{part!r} is no part of the script")

    def program(self, number: int, kept: set[int]) -> Program:
        buffers = tuple(
            Buffer(n, place, 0, array.nbytes, self.slots[place].dtype, array.nbytes <= WHOLE, n in kept)
            for n, (place, array) in enumerate(zip(self.places, self.contents, strict=True))
        )
        end = tuple(Reference(slot, buffer) for slot, buffer in self.now.items())
        return Program(
            number=number,
            slots=tuple(self.slots),
            buffers=buffers,
            constants=tuple(self.constants),
            operations=tuple(self.operations),
            events=tuple(self.events),
            start=tuple(self.start),
            end=end,
            losses=tuple(self.losses),
            gradients=tuple(self.gradients),
            draws=(),
            executable=True,
        )


def notebook_turn(
    lines: list[Line],
    w: np.ndarray,
    b: np.ndarray,
    w_grad: np.ndarray | None,
    b_grad: np.ndarray | None,
    learning_rate: float = 0.1,
) -> Turn:
    """Return one turn of the notebook's loop, from the values it begins with."""
    turn = Turn(lines, SCRIPT)
    x, y = turn.outside(np.ones(5, "f4"), "x"), turn.outside(np.zeros(3, "f4"), "y")
    leaf = {"leaf": True, "requires_grad": True, "parameter": True}
    leaves = {"w": turn.outside(w, "w", **leaf), "b": turn.outside(b, "b", **leaf)}
    grads: dict[str, Reference | None] = {"w": None, "b": None}
    for name, before in (("w", w_grad), ("b", b_grad)):
        if before is not None:
            grads[name] = turn.outside(before, f"{name}.grad", leaf=True, gradient_of=leaves[name].slot)
    z_gradient = _forward_and_backward(turn, x, y, leaves)
    _accumulate(turn, leaves, grads, z_gradient, np.outer(np.ones(5, "f4"), turn.array(z_gradient)))
    _update_and_clear(turn, leaves, grads, learning_rate)
    loss = turn.losses[0]
    turn.event("read", "other", "loss.item()", "Tensor.item", [loss])
    return turn


def _forward_and_backward(turn: Turn, x: Reference, y: Reference, leaves: dict[str, Reference]) -> Reference:
    """Write down what happens from the first product to the gradient of z, which is returned."""
    product = turn.slot(_rounded(_wide(turn.array(x)) @ _wide(turn.array(leaves["w"]))))
    row = turn.slot(turn.array(x)[None])
    matrix = turn.slot(turn.array(product)[None])
    turn.operation("aten::unsqueeze", [x, 0], [row])
    turn.operation("aten::mm", [row, leaves["w"]], [matrix])
    turn.operation("aten::squeeze.dim", [matrix, 0], [product])
    turn.event("forward", "forward", "torch.matmul(x, w)", "torch.matmul", [x, leaves["w"]], [product])
    z = turn.slot(turn.array(product) + turn.array(leaves["b"]), "z")
    turn.operation("aten::add.Tensor", [product, leaves["b"]], [z])
    turn.event("forward", "forward", "torch.matmul(x, w) + b", "Tensor.add", [product, leaves["b"]], [z])
    loss = turn.slot(_rounded(np.log1p(np.exp(_wide(turn.array(z)))).mean()), "loss")
    turn.operation("aten::binary_cross_entropy_with_logits", [z, y], [loss])
    bce = "torch.nn.functional.binary_cross_entropy_with_logits"
    turn.event("forward", "forward", f"{bce}(z, y)", bce, [z, y], [loss])
    turn.losses.append(loss)
    turn.event("call", "backward", "loss.backward()", "Tensor.backward", [loss])
    seed = turn.slot(np.ones((), "f4"))
    sigmoid = 1 / (1 + np.exp(-_wide(turn.array(z))))
    z_gradient = turn.slot(_rounded((sigmoid - turn.array(y)) / 3))
    turn.operation("aten::binary_cross_entropy_with_logits_backward", [seed, z, y], [z_gradient])
    node = Node("BinaryCrossEntropyWithLogitsBackward0", 0, 2, ((1, 0), None), (seed,), (z_gradient, None))
    turn.event("backward", "backward", "loss.backward()", node.name, [seed], [z_gradient], node)
    node = Node("AddBackward0", 1, 1, ((2, 0), (4, 0)), (z_gradient,), (z_gradient, z_gradient))
    turn.event("backward", "backward", "loss.backward()", node.name, [z_gradient], [z_gradient], node)
    return z_gradient


def _wide(array: np.ndarray) -> np.ndarray:
    """Return float64: functions of float32 differ in their last bit from processor to processor."""
    return array.astype("f8")


def _rounded(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, "f4")


def _accumulate(
    turn: Turn,
    leaves: dict[str, Reference],
    grads: dict[str, Reference | None],
    z_gradient: Reference,
    w_gradient: np.ndarray,
) -> None:
    arrived_w = turn.slot(w_gradient)
    turn.operation("aten::mm", [z_gradient, z_gradient], [arrived_w])
    node = Node("MmBackward0", 2, 0, (None, (3, 0)), (z_gradient,), (None, arrived_w))
    turn.event("backward", "backward", "loss.backward()", node.name, [z_gradient], [arrived_w], node)
    for number, name, arrived in ((3, "w", arrived_w), (4, "b", z_gradient)):
        before = grads[name]
        if before is None:
            after = turn.slot(turn.array(arrived), f"{name}.grad", leaf=True, gradient_of=leaves[name].slot)
            turn.operation("aten::detach", [arrived], [after])
        else:
            after = turn.write(before.slot, turn.array(before) + turn.array(arrived))
            turn.operation("aten::add_.Tensor", [before, arrived], [after])
        inputs = [leaves[name], arrived, *([before] if before else [])]
        node = Node("AccumulateGrad", number, None, (), (arrived,), ())
        turn.event("accumulate", "accumulate", "loss.backward()", node.name, inputs, [after], node)
        turn.gradients.append((leaves[name].slot, after))
        grads[name] = after


def _update_and_clear(
    turn: Turn, leaves: dict[str, Reference], grads: dict[str, Reference | None], learning_rate: float
) -> None:
    text = "no gradients from here (no_grad)"
    turn.event("state", "update", "torch.no_grad()", "torch._C._set_grad_enabled", text=text)
    for name, leaf in leaves.items():
        gradient = grads[name]
        assert gradient is not None
        rate = turn.constant(learning_rate, "learning_rate")
        change = turn.slot(np.float32(learning_rate) * turn.array(gradient))
        turn.operation("aten::mul.Tensor", [gradient, rate], [change])
        part = f"learning_rate * {name}.grad"
        turn.event("other", "update", part, "Tensor.mul", [gradient], [change])
        after = turn.write(leaf.slot, turn.array(leaf) - turn.array(change))
        turn.operation("aten::sub_.Tensor", [leaf, change], [after])
        turn.event("update", "update", f"{name} -= {part}", "Tensor.sub_", [leaf, change], [after])
    text = "gradients are tracked again"
    turn.event("state", "clear", "torch.no_grad()", "torch._C._set_grad_enabled", text=text)
    for name in leaves:
        gradient = grads[name]
        assert gradient is not None
        cleared = turn.write(gradient.slot, np.zeros_like(turn.array(gradient)))
        turn.operation("aten::zero_", [gradient], [cleared])
        turn.event("clear", "clear", f"{name}.grad.zero_()", "Tensor.zero_", [gradient], [cleared])


Change = Callable[[int, np.ndarray, np.ndarray], None]
"""Called with the number of a step, w and b before it; may write to them."""


def recorded(
    turns: int = 3,
    *,
    learning_rate: float = 0.1,
    kept_after: int | None = None,
    change: Change = lambda step, w, b: None,
    facts: Mapping[str, Any] | None = None,
) -> Recording:
    """Return a recording of the notebook's loop.

    Args:
        turns: How many.
        learning_rate: Of every turn.
        kept_after: From this step on, only the start, the results of events and the gradients are kept.
        change: Changes the parameters between two steps, behind the recording's back.
        facts: Some that are not as usual.
    """
    usual = {
        "script": FILE,
        "arguments": [],
        "torch": "2.13.0",
        "python": "3.11.7",
        "threads": 1,
        "closed": True,
    }
    shelf = Shelf({**usual, **(facts or {})}, [], {FILE: SCRIPT})
    w, b = W.copy(), B.copy()
    w_grad: np.ndarray | None = None
    b_grad: np.ndarray | None = None
    for number in range(turns):
        change(number, w, b)
        turn = notebook_turn(shelf.lines, w, b, w_grad, b_grad, learning_rate)
        kept = {r.buffer for r in turn.start} | {r.buffer for _, r in turn.gradients} | {turn.losses[0].buffer}
        add_turn(shelf, turn, number, kept, kept_after is not None and number >= kept_after)
        ends = {turn.slots[slot].name: turn.contents[buffer] for slot, buffer in turn.now.items()}
        w, b, w_grad, b_grad = ends["w"].copy(), ends["b"].copy(), ends["w.grad"], ends["b.grad"]
    shelf.count = turns
    return Recording(shelf)


def add_turn(shelf: Shelf, turn: Turn, number: int, kept: set[int], sparse: bool = False) -> Step:
    """Add a turn to a shelf: as a program, unless there is an equal one, and a step."""
    program = turn.program(len(shelf.programs_), kept)
    known = next((p for p in shelf.programs_ if replace(program, number=p.number) == p), None)
    if known is None:
        shelf.programs_.append(program)
        known = program
    layout = "kept" if sparse else "all"
    places = offsets(known, layout)
    row = b"".join(_content(array) for n, array in enumerate(turn.contents) if n in places)
    bindings = tuple(_binding(shelf, known, reference, number) for reference in known.start)
    loss = float(turn.array(turn.losses[0])) if turn.losses else None
    step = Step(number, known, layout, row, {}, bindings, (), {}, 0.001 * (number + 1), True, loss, ())
    shelf.steps_[number] = step
    return step


def _content(array: np.ndarray) -> bytes:
    if array.nbytes <= WHOLE:
        return array.tobytes()
    head = np.zeros(1, SUMMARY_HEAD)
    head["count"], head["nonfinite"] = array.size, array.size - np.isfinite(array).sum()
    head["minimum"], head["maximum"] = array.min(), array.max()
    head["mean"], head["norm"] = array.mean(dtype="f8"), np.linalg.norm(array.ravel().astype("f8"))
    head["checksum"] = int(array.ravel().view("u8").sum(dtype="u8"))
    return head.tobytes() + array.ravel()[:: array.size // SAMPLE_LENGTH][:SAMPLE_LENGTH].tobytes()


def _binding(shelf: Shelf, program: Program, reference: Reference, number: int) -> tuple[int, int] | None:
    before = shelf.steps_.get(number - 1)
    if before is None or before.program is None or number == 0:
        return None
    name = program.slots[reference.slot].name
    return next(((1, slot.number) for slot in before.program.slots if slot.name == name), None)


DEEP_SCRIPT = """import torch

from model import model, batches

for x in batches:
    loss = model(x).mean()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= 0.5 * p.grad
            p.grad = None
"""


def deep(names: Sequence[str], shape: tuple[int, ...] = (40, 30), turns: int = 2) -> Recording:
    """Return a recording of a model with many parameters of one shape, whose gradient is 1 everywhere."""
    facts = {
        "script": "deep.py",
        "arguments": ["--depth", "3"],
        "torch": "2.13.0",
        "threads": 2,
        "closed": True,
    }
    shelf = Shelf(facts, [], {"deep.py": DEEP_SCRIPT})
    values = {name: np.linspace(-1, 1, int(np.prod(shape)), dtype="f4").reshape(shape) for name in names}
    for number in range(turns):
        turn = Turn(shelf.lines, DEEP_SCRIPT, "deep.py")
        x = turn.outside(np.full((4, 3), number, "f4"), "x")
        leaf = {"leaf": True, "requires_grad": True, "parameter": True}
        leaves = {name: turn.outside(value, name, **leaf) for name, value in values.items()}
        result = turn.slot(np.float32([number + 1.5]))
        turn.event("forward", "forward", "model(x)", "Module.forward", [x], [result])
        loss = turn.slot(np.array(number + 1.5, "f4"), "loss")
        turn.event("forward", "forward", "model(x).mean()", "Tensor.mean", [result], [loss])
        turn.losses.append(loss)
        turn.event("call", "backward", "loss.backward()", "Tensor.backward", [loss])
        gradients = _arriving(turn, leaves)
        _set_to_none(turn, leaves, gradients)
        values = {name: turn.contents[turn.now[leaf.slot]] for name, leaf in leaves.items()}
        add_turn(shelf, turn, number, {r.buffer for r in turn.start} | {loss.buffer})
    shelf.count = turns
    return Recording(shelf)


def _arriving(turn: Turn, leaves: dict[str, Reference]) -> dict[str, Reference]:
    found = {}
    for number, (name, leaf) in enumerate(leaves.items()):
        after = turn.slot(np.ones_like(turn.array(leaf)), f"{name}.grad", leaf=True, gradient_of=leaf.slot)
        node = Node("AccumulateGrad", number, None, (), (after,), ())
        turn.event("accumulate", "accumulate", "loss.backward()", node.name, [leaf, after], [after], node)
        turn.gradients.append((leaf.slot, after))
        found[name] = after
    return found


def _set_to_none(turn: Turn, leaves: dict[str, Reference], gradients: dict[str, Reference]) -> None:
    turn.event("state", "update", "torch.no_grad()", "torch._C._set_grad_enabled", text="no gradients from here")
    for name, leaf in leaves.items():
        change = turn.slot(np.float32(0.5) * turn.array(gradients[name]))
        turn.event("other", "update", "0.5 * p.grad", "Tensor.mul", [gradients[name]], [change])
        after = turn.write(leaf.slot, turn.array(leaf) - turn.array(change))
        turn.event("update", "update", "p -= 0.5 * p.grad", "Tensor.sub_", [leaf, change], [after])
        turn.event("clear", "clear", "p.grad = None", "Tensor.grad.__set__", [after])
