"""explain(recording, step, event): what an event computes, as mathematics with the recorded numbers put in.

It returns data and knows no screen and no PyTorch. A forward operation has a rule for each of its results, a backward
node one for each gradient that it passes on, an accumulation, an update and a clear one each.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrograd.derivatives import Derivative
from retrograd.derivatives.binding import Bound, dtypes_in
from retrograd.derivatives.formulas import Formula, compute, mathml_of, names_in, settled, text_of, worked
from retrograd.derivatives.functions import TooLargeError, plain, sum_to
from retrograd.derivatives.matching import (
    inputs_of,
    is_own,
    left_by,
    made_by,
    operation_row,
    operation_word,
    outputs_of,
)
from retrograd.derivatives.naming import called
from retrograd.derivatives.rounding import Rounded, precision_of
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Program, Recording, Reference, Step, value_of

MOST_EXAMPLES = 3
"""So many entries of a tensor are worked with their numbers."""

DEEPEST = 3
"""An update is written out through so many operations on its line: `w - learning_rate * w.grad`."""


@dataclass(frozen=True, slots=True)
class Example:
    """One entry of a result, with the numbers put in."""

    index: tuple[int, ...]
    """Which entry; () for a single number."""
    working: str
    """`0.2252 · (1 − 0.4614²)`"""
    computed: float
    """What the rule gives for this entry, computed in float64 from the recorded numbers."""
    recorded: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How one result of an event follows from what the event took."""

    target: str
    """What is computed: `z`, `∂loss/∂b`, `w.grad`."""
    reference: Reference | None
    """The recorded value of it."""
    formula: str
    """The rule in the person's names, as one line of text: `(sigmoid of z) − y`, as mathematics."""
    mathml: str
    """The same as the content of a `<math>` element."""
    names: tuple[tuple[str, str], ...]
    """What else stands in the formula: `("G", "∂loss/∂z")`, `("N", "3")`."""
    remarks: tuple[str, ...]
    """Sentences: what was broadcast and added up, what was not kept."""
    examples: tuple[Example, ...]
    """Entries with their numbers, the first ones and the largest one; none where numbers were not kept."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one event computes."""

    step: int
    event: int
    title: str
    """A sentence that says what kind of computation it is."""
    rules: tuple[Rule, ...]
    sources: tuple[str, ...]
    """The entries of PyTorch's derivatives.yaml that the rules are written after."""
    remarks: tuple[str, ...]
    """Why there is no rule, if there is none."""


def explain(recording: Recording, step: int | Step, event: int) -> Explanation:
    """Say what an event of a step computes, with its numbers.

    Args:
        recording: What was recorded.
        step: A step by its number, negative ones from the last; or a step itself, such as one that
            `retrograd.program.reconstruct` has completed.
        event: The number of the event in the step, from 0.

    Raises:
        NotKeptError: The step was recorded lightly and has no events, or there is no such event.
    """
    chosen = recording.steps[step] if isinstance(step, int) else step
    program = chosen.program
    if program is None:
        raise NotKeptError(f"step {chosen.number} was recorded lightly: only its loss and gradient norms were kept")
    if not 0 <= event < len(program.events):
        raise NotKeptError(f"step {chosen.number} has the events 0 to {len(program.events) - 1}, and no event {event}")
    with np.errstate(all="ignore"):
        return _Explaining(recording, chosen, program).explanation(program.events[event])


def _for(loss: str, name: str) -> str:
    """Return the name of a gradient."""
    return f"∂{loss}/∂{name}" if re.fullmatch(r"[\w.\[\]]+", name) else f"∂{loss}/∂({name})"


class _Explaining:
    """One step, and the names of its tensors."""

    def __init__(self, recording: Recording, step: Step, program: Program) -> None:
        self._recording, self._step, self._program = recording, step, program

    def explanation(self, event: Event) -> Explanation:
        rules: list[Rule] = []
        sources: list[str] = []
        remarks: list[str] = []
        match event.kind:
            case "backward":
                title = self._backward(event, rules, sources, remarks)
            case "accumulate":
                title = self._accumulate(event, rules)
            case "clear":
                title = self._clear(event, rules)
            case "call":
                title = self._call(event)
            case "update":
                title = f"writes to {self._targets(event)} in place, so that the next step begins with other numbers"
                self._operations(event, rules, sources, DEEPEST)
            case "read":
                title = "hands a number to Python; nothing is computed"
            case "state" | "error":
                title = event.text or "changes what autograd tracks; nothing is computed"
            case _:
                title = "computes a value" + (", and notes how for backward" if self._nodes(event) else "")
                self._operations(event, rules, sources, 0)
        if not rules and not remarks and event.operations[0] < event.operations[1] and event.kind != "call":
            remarks.append("there is no rule for this; its values are shown as they were recorded")
        return Explanation(
            self._step.number, event.number, title, tuple(rules), tuple(dict.fromkeys(sources)), tuple(remarks)
        )

    # ------------------------------------------------------------ the kinds of events

    def _nodes(self, event: Event) -> bool:
        return any(other.node is not None and other.node.forward == event.number for other in self._program.events)

    def _targets(self, event: Event) -> str:
        names = [self._program.slots[output.slot].name for output in event.outputs]
        return ", ".join(dict.fromkeys(name for name in names if name)) or "a leaf"

    def _call(self, event: Event) -> str:
        if not event.inputs:
            return "begins backward"
        loss = called(self._recording, self._program, event.inputs[0])
        single = not self._program.slots[event.inputs[0].slot].shape
        one = f"∂{loss}/∂{loss} = 1" if single else f"the gradient that {loss} is given"
        return f"begins backward at {loss}, with {one}"

    def _operations(self, event: Event, rules: list[Rule], sources: list[str], depth: int) -> None:
        """Add a rule for what the operations of an event give, each with those before it on the way put in."""
        found: list[Rule] = []
        used: set[int] = set()
        for number in reversed(range(*event.operations)):
            operation = self._program.operations[number]
            row = operation_row(operation)
            if row is None or operation.event != event.number or number in used or self._is_list(number):
                continue
            slot = next(iter(outputs_of(self._program, number)), None)
            reference = None if slot is None else left_by(self._program, number).get(slot)
            if reference is None or not row.results or operation_word(operation.name) in _SILENT:
                continue
            target = called(self._recording, self._program, reference)
            formula, scene = self._written_out(number, row, row.results[0], depth, event.operations[0], used)
            found.append(self._rule(target, reference, formula, scene, []))
            sources.append(row.source)
        rules += reversed(found)

    def _is_list(self, number: int) -> bool:
        return any(isinstance(output, tuple) for output in self._program.operations[number].outputs)

    def _backward(self, event: Event, rules: list[Rule], sources: list[str], remarks: list[str]) -> str:
        node = event.node
        assert node is not None  # its kind says so
        made = made_by(self._program).get(event.number)
        title = "incoming gradient × local derivative = outgoing gradient"
        if made is None or made.derivative is None:
            remarks.append(self._why_not(event))
            return title
        row = made.derivative
        sources.append(row.source)
        bound = self._bound(made.operation, row, [*node.gradients_in, *node.gradients_out], node.gradients_in)
        if self._is_excepted(row, bound):
            remarks.append("the rule in the table does not cover the way in which this was called")
            return title
        slots = inputs_of(self._program, made)
        place = 0
        for name, formula in row.gradients.items():
            edges = len(slots) if len(row.gradients) == 1 and len(slots) > 1 else 1
            for part in range(edges):
                reference = node.gradients_out[place + part] if place + part < len(node.gradients_out) else None
                slot = slots[place + part] if place + part < len(slots) else None
                if reference is None or slot is None:
                    continue
                argument = bound.reference(name) or Reference(slot, -1)
                wanted = Reference(slot, argument.buffer)
                target = _for(self._loss(event), called(self._recording, self._program, wanted))
                gradients = self._gradient_names(event, made.forward)
                which = part if edges > 1 else None
                scene = _Scene(
                    bound, self._words(bound, row, gradients), self._explained(bound, row, formula, gradients)
                )
                rules.append(self._rule(target, reference, formula, scene, [], which))
            place += edges
        return title

    def _why_not(self, event: Event) -> str:
        node = event.node
        assert node is not None  # the caller has looked
        if is_own(node.name):
            return f"{node.name} is the backward of a torch.autograd.Function: its author wrote the rule"
        if node.forward is None:
            return "the forward operation belongs to an earlier step, whose numbers this step does not hold"
        return f"no derivative is written down for {node.name}; docs/derivatives.md says how to add one"

    def _is_excepted(self, row: Derivative, bound: Bound) -> bool:
        if row.unless is None:
            return False
        try:
            return bool(compute(row.unless, bound))
        except NotKeptError:
            return False

    def _accumulate(self, event: Event, rules: list[Rule]) -> str:
        leaf = called(self._recording, self._program, event.inputs[0]) if event.inputs else "a leaf"
        arrived = event.inputs[1] if len(event.inputs) > 1 else None
        before = event.inputs[2] if len(event.inputs) > 2 else None
        after = event.outputs[0] if event.outputs else None
        if after is None or arrived is None:
            return f"adds what arrived to {leaf}.grad"
        incoming = _for(self._loss(event), leaf)
        if before is None:
            words = {"arrived": incoming}
            rules.append(self._told(f"{leaf}.grad", after, Formula("arrived"), words, {"arrived": arrived}))
            return f"{leaf} had no .grad; what arrived becomes it"
        words = {"old": f"{leaf}.grad before", "arrived": incoming}
        known = {"old": before, "arrived": arrived}
        rules.append(self._told(f"{leaf}.grad", after, Formula("old + arrived"), words, known))
        empty = self._is_zero(before)
        if empty is None:
            return f"what arrived is added to the {leaf}.grad that was there"
        return f"what arrived is added to {leaf}.grad, which " + (
            "was zero" if empty else "was not zero: gradients add up"
        )

    def _clear(self, event: Event, rules: list[Rule]) -> str:
        reference = event.outputs[0] if event.outputs else None
        name = self._targets(event) if reference is not None else ""
        if event.name == "Tensor.grad.__set__" or reference is None:
            leaf = called(self._recording, self._program, event.inputs[0]) if event.inputs else "a leaf"
            return f"{leaf}.grad becomes None: the next backward makes a new one"
        rules.append(self._told(name, reference, Formula("0"), {}, {}))
        return f"{name} becomes zero, so that the next backward adds to nothing"

    def _is_zero(self, reference: Reference) -> bool | None:
        try:
            return not self._look(reference).any()
        except NotKeptError:
            return None

    # ------------------------------------------------------------ names

    def _loss(self, event: Event) -> str:
        calls = [e for e in self._program.events[: event.number] if e.kind == "call" and e.inputs]
        name = called(self._recording, self._program, calls[-1].inputs[0]) if calls else ""
        return name if name.isidentifier() else "loss"

    def _gradient_names(self, event: Event, forward: int) -> dict[str, str]:
        """Say what the G's of a node are."""
        node = event.node
        made = made_by(self._program)[event.number]
        assert node is not None  # the caller has looked
        outputs = outputs_of(self._program, made.operation)
        names: dict[str, str] = {}
        for place, reference in enumerate(node.gradients_in):
            slot = outputs[place] if place < len(outputs) else None
            if reference is not None and slot is not None:
                left = left_by(self._program, made.operation).get(slot, Reference(slot, -1))
                result = called(self._recording, self._program, left)
                names["G" if place == 0 else f"G{place}"] = _for(self._loss(event), result)
        return names

    def _words(self, bound: Bound, row: Derivative, gradients: Mapping[str, str]) -> dict[str, str]:
        """Return the person's names for the names of a row."""
        words: dict[str, str] = {}
        for name in (*bound, "result", "result1", "result2"):
            if name in row.given:
                continue
            reference = bound.reference(name)
            if reference is not None:
                words[name] = called(self._recording, self._program, reference)
            elif name in bound and (constant := self._constant(bound, name)):
                words[name] = constant
        return {**words, **({name: name for name in gradients})}

    def _constant(self, bound: Bound, name: str) -> str | None:
        value = bound.argument(name).value
        if isinstance(value, dict) and "constant" in value:
            constant = self._program.constants[value["constant"]]
            return constant.name or _short(bound[name])
        return None

    def _explained(
        self, bound: Bound, row: Derivative, formula: Formula, gradients: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        """Say what else stands in a formula: its gradients, and the row's abbreviations."""
        known = self._settling(bound)
        final = settled(formula, known)
        words = self._words(bound, row, gradients)
        waiting, found = [*names_in(final)], {}
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            if name in gradients:
                found[name] = gradients[name]
            elif name in row.given:
                value = known.get(name)
                inner = settled(row.given[name], known)
                found[name] = _short(value) if isinstance(value, (int, float)) else text_of(inner, words)
                if not isinstance(value, (int, float)):
                    waiting += names_in(inner)
            elif name not in words and name in known and isinstance(known[name], (int, float, str, list)):
                found[name] = str(known[name])
        return list(found.items())

    def _settling(self, bound: Bound) -> dict[str, Any]:
        """Return what is decided: numbers without a name of the person's, None, words; a named number stays."""
        known = bound.plain()
        for name in list(known):
            if name in bound and self._is_named(bound, name):
                del known[name]
        return known

    def _is_named(self, bound: Bound, name: str) -> bool:
        try:
            value = bound.argument(name).value
        except KeyError:
            return False
        return isinstance(value, dict) and "constant" in value and bool(self._program.constants[value["constant"]].name)

    # ------------------------------------------------------------ rules

    def _bound(
        self,
        number: int,
        row: Derivative,
        references: Sequence[Reference | None],
        gradients: Sequence[Reference | None] = (),
    ) -> Bound:
        precision = precision_of(dtypes_in(self._program, references))
        return Bound(self._step, number, row, self._look, precision, gradients)

    def _look(self, reference: Reference) -> np.ndarray:
        value = value_of(self._step, reference)
        if value.array is None:
            raise NotKeptError(f"of {value.name or 'a large tensor'} only a summary was kept")
        return value.array

    def _written_out(
        self, number: int, row: Derivative, formula: Formula, depth: int, begin: int, used: set[int]
    ) -> tuple[Formula, _Scene]:
        """Return a formula in which arguments that were made for it alone are replaced by how they were made."""
        references = list(left_by(self._program, number).values())
        bound = self._bound(number, row, references)
        tree = ast.parse(settled(formula, self._settling(bound)).source, mode="eval").body
        names: dict[str, Any] = {}
        words = self._words(bound, row, {})
        explained = self._explained(bound, row, formula, {})
        tree, names, words = self._inlined(tree, bound, words, number, depth, begin, used)
        return Formula(ast.unparse(tree)), _Scene(names, words, explained)

    def _inlined(
        self,
        tree: ast.expr,
        bound: Bound,
        words: Mapping[str, str],
        number: int,
        depth: int,
        begin: int,
        used: set[int],
    ) -> tuple[ast.expr, dict[str, Any], dict[str, str]]:
        """Give each name of a formula a name of its own, and replace those that have a formula themselves."""
        values: dict[str, Any] = {}
        spelled: dict[str, str] = {}
        replaced: dict[str, ast.expr] = {}
        for name in names_in(Formula(ast.unparse(tree))):
            own = f"{name}_{number}"
            reference = bound.reference(name)
            maker = None if reference is None else self._maker(reference, number)
            if maker is not None and maker < begin and not depth:
                maker = None
            if maker is not None and reference is not None:
                row = operation_row(self._program.operations[maker])
                assert row is not None  # _maker has looked
                inner = self._bound(maker, row, [reference])
                part = ast.parse(settled(row.results[0], self._settling(inner)).source, mode="eval").body
                part, more, said = self._inlined(
                    part, inner, self._words(inner, row, {}), maker, depth - (maker < begin), begin, used
                )
                used.add(maker)
                values |= more
                spelled |= said
                replaced[name] = part
                continue
            values[own] = _Later(bound, name)
            spelled[own] = words.get(name, name)
            replaced[name] = ast.Name(own)
        return _Replacing(replaced).visit(tree), values, spelled

    def _maker(self, reference: Reference, before: int) -> int | None:
        """Return the operation that made a nameless tensor on its way to an update, if there is a row for it."""
        if self._program.slots[reference.slot].name:
            return None
        for number in range(before - 1, -1, -1):
            operation = self._program.operations[number]
            if reference.slot in outputs_of(self._program, number):
                row = operation_row(operation)
                whole = row is not None and not row.given and not self._is_list(number)
                return number if whole and self._program.events[operation.event].node is None else None
        return None

    def _rule(
        self,
        target: str,
        reference: Reference,
        formula: Formula,
        scene: _Scene,
        remarks: list[str],
        part: int | None = None,
    ) -> Rule:
        known = self._settling(scene.names) if isinstance(scene.names, Bound) else {}
        final = settled(formula, known)
        try:
            examples, said = self._examples(final, scene.names, reference, part)
        except (NotKeptError, KeyError):
            examples, said = [], ["not all of the numbers were kept in this step; reconstruct computes them"]
        except TooLargeError:
            examples, said = [], ["the numbers in between are too many to be shown"]
        return Rule(
            target,
            reference,
            text_of(final, scene.words),
            mathml_of(final, scene.words),
            tuple(scene.explained),
            (*remarks, *said),
            tuple(examples),
        )

    def _told(
        self,
        target: str,
        reference: Reference,
        formula: Formula,
        words: Mapping[str, str],
        references: Mapping[str, Reference],
    ) -> Rule:
        """Return a rule about tensors that are given by hand."""
        precision = precision_of(dtypes_in(self._program, [reference]))
        names = {name: _Told(self._look, found, precision) for name, found in references.items()}
        return self._rule(target, reference, formula, _Scene(names, words, []), [])

    def _examples(
        self, formula: Formula, names: Mapping[str, Any], reference: Reference, part: int | None
    ) -> tuple[list[Example], list[str]]:
        remarks: list[str] = []
        names = _Opened(names)
        result = compute(formula, names)
        if part is not None:
            result = result[part]
            formula = Formula(f"({formula.source})[{part}]")
        recorded = self._look(reference)
        have = np.shape(plain(result))
        if np.prod(have) > recorded.size or (have != recorded.shape and np.prod(have) == recorded.size):
            axes = _copied(have, recorded.shape)
            if axes:
                remarks.append(_copies_text(axes, have, recorded.shape))
            blank = np.zeros(recorded.shape)
            formula = Formula(f"sum_to({formula.source}, there)")
            names = _Opened({"there": blank}, names)
            result = sum_to(result, blank)
        value = np.broadcast_to(plain(result), recorded.shape)
        examples = []
        for index in _chosen(recorded):
            try:
                working = worked(formula, names, index, _short)
            except (IndexError, ValueError, TypeError, KeyError):
                working = ""
            examples.append(Example(index, working, float(value[index]), float(recorded[index])))
        return examples, remarks


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a formula's names stand for, and how they are spelled."""

    names: Mapping[str, Any]
    words: Mapping[str, str]
    explained: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Later:
    """A name of another operation, looked up when it is used."""

    bound: Bound
    name: str

    def value(self) -> Any:
        return self.bound[self.name]


@dataclass(frozen=True, slots=True)
class _Told:
    """A recorded tensor, looked up when it is used."""

    look: Any  # a function from a Reference to its numbers
    reference: Reference
    precision: Any

    def value(self) -> Any:
        return Rounded(self.look(self.reference), self.precision)


class _Opened(Mapping[str, Any]):
    """Several mappings as one; what waits in them is looked up when it is used."""

    def __init__(self, *mappings: Mapping[str, Any]) -> None:
        self._mappings = mappings

    def __getitem__(self, name: str) -> Any:
        for mapping in self._mappings:
            try:
                value = mapping[name]
            except KeyError:
                continue
            return value.value() if isinstance(value, (_Later, _Told)) else value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for mapping in self._mappings for name in mapping)

    def __len__(self) -> int:
        return sum(map(len, self._mappings))


class _Replacing(ast.NodeTransformer):
    def __init__(self, replaced: Mapping[str, ast.expr]) -> None:
        self._replaced = replaced

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._replaced.get(node.id, node)


_SILENT = {"detach", "alias", "empty", "emptylike"}
"""Operations that are no part of what a call computes."""


def _short(value: float) -> str:
    """Return a number with four significant digits; a whole one without a point."""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)) or (np.isfinite(value) and value == int(value) and abs(value) < 1e6):
        return str(int(value)).replace("-", "−")
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−", 1 if value < 0 else 0)


def _chosen(array: np.ndarray) -> list[tuple[int, ...]]:
    """Return the entries to work: the first ones, and the largest."""
    if not array.size or array.dtype.kind not in "fiub":
        return []
    count = min(MOST_EXAMPLES, array.size)
    places = list(range(count)) if array.size <= MOST_EXAMPLES else list(range(count - 1))
    if array.size > MOST_EXAMPLES:
        sizes = np.nan_to_num(np.abs(array.astype(np.float64)), nan=np.inf)
        sizes.reshape(-1)[places] = -1
        places.append(int(sizes.argmax()))
    return [tuple(int(i) for i in np.unravel_index(place, array.shape)) for place in places]


def _copied(have: tuple[int, ...], want: tuple[int, ...]) -> list[int]:
    """Return the dimensions along which an array of shape `want` was copied to get `have`."""
    extra = len(have) - len(want)
    if extra < 0:
        return []
    return [axis for axis, n in enumerate(have) if axis < extra or (want[axis - extra] == 1 and n != 1)]


def _copies_text(axes: Sequence[int], have: tuple[int, ...], want: tuple[int, ...]) -> str:
    number = int(np.prod([have[axis] for axis in axes]))
    which = "dimension " + " and ".join(map(str, axes)) if len(axes) < 2 else "dimensions " + ", ".join(map(str, axes))
    copied = f"shape {want} was copied to {have} ({number} copies along {which})"
    return f"{copied}, so the gradients of the copies are added up"
