"""Each kind of event, explained in its own way."""

from __future__ import annotations

from retrograd.derivatives import Derivative
from retrograd.derivatives.binding import Bound
from retrograd.derivatives.formulas import Formula, compute
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
from retrograd.errors import NotKeptError
from retrograd.explanation.naming import Naming, Scene, gradient_name
from retrograd.explanation.parts import Explanation, Rule
from retrograd.explanation.rules import Rules
from retrograd.recording import Event, Program, Recording, Reference, Step

DEEPEST = 3
"""An update is written out through so many operations on its line: `w - learning_rate * w.grad`."""

_SILENT = {"detach", "alias", "empty", "emptylike"}
"""Operations that are no part of what a call computes."""


class Explaining:
    """One step, whose events can be explained."""

    def __init__(self, recording: Recording, step: Step, program: Program) -> None:
        self._recording, self._step, self._program = recording, step, program
        self._naming = Naming(recording, step, program)
        self._rules = Rules(self._naming, program)

    def explanation(self, event: Event) -> Explanation:
        """Say what an event computes."""
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
            if row is None or operation.event != event.number or number in used or self._rules.is_list(number):
                continue
            slot = next(iter(outputs_of(self._program, number)), None)
            reference = None if slot is None else left_by(self._program, number).get(slot)
            if reference is None or not row.results or operation_word(operation.name) in _SILENT:
                continue
            target = called(self._recording, self._program, reference)
            formula, scene = self._rules.written_out(number, row, row.results[0], depth, event.operations[0], used)
            found.append(self._rules.rule(target, reference, formula, scene, []))
            sources.append(row.source)
        rules += reversed(found)

    def _backward(self, event: Event, rules: list[Rule], sources: list[str], remarks: list[str]) -> str:
        node = event.node
        assert node is not None  # its kind says so
        made = made_by(self._program).get(event.number)
        title = "incoming gradient × local derivative = outgoing gradient"
        if made is None or made.derivative is None:
            remarks.append(self._why_not(event))
            return title
        if any(self._is_complex(r) for r in (*node.gradients_in, *node.gradients_out)):
            remarks.append("the rules in the table are for real numbers; complex ones take part here")
            return title
        row = made.derivative
        sources.append(row.source)
        bound = self._naming.bound(made.operation, row, [*node.gradients_in, *node.gradients_out], node.gradients_in)
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
                target = gradient_name(self._naming.loss(event), called(self._recording, self._program, wanted))
                gradients = self._naming.gradient_names(event, made.forward)
                which = part if edges > 1 else None
                words = self._naming.words(bound, row, gradients)
                scene = Scene(bound, words, self._naming.explained(bound, row, formula, gradients))
                rules.append(self._rules.rule(target, reference, formula, scene, [], which))
            place += edges
        return title

    def _is_complex(self, reference: Reference | None) -> bool:
        return reference is not None and self._program.slots[reference.slot].dtype.startswith("complex")

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
        incoming = gradient_name(self._naming.loss(event), leaf)
        if before is None:
            words = {"arrived": incoming}
            rules.append(self._rules.told(f"{leaf}.grad", after, Formula("arrived"), words, {"arrived": arrived}))
            return f"{leaf} had no .grad; what arrived becomes it"
        words = {"old": f"{leaf}.grad before", "arrived": incoming}
        known = {"old": before, "arrived": arrived}
        rules.append(self._rules.told(f"{leaf}.grad", after, Formula("old + arrived"), words, known))
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
        rules.append(self._rules.told(name, reference, Formula("0"), {}, {}))
        return f"{name} becomes zero, so that the next backward adds to nothing"

    def _is_zero(self, reference: Reference) -> bool | None:
        try:
            return not self._naming.look(reference).any()
        except NotKeptError:
            return None
