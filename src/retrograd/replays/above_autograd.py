"""A step executed above autograd, which builds its graph anew: for edits that the recorded backward pass does not fit.

The operations of a step run in their order on tensors that track gradients, `.grad` is read and set where the script
did so, and backward is really called. What happens is recorded, as the loop itself was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from retrograd.errors import BeyondRecordingError
from retrograd.forwards import edges_of
from retrograd.program import Tensors
from retrograd.program.course import Check
from retrograd.program.surroundings import Kinds, Randomness
from retrograd.program.writing import overload
from retrograd.recorder.rewatching import Rewatch
from retrograd.recording import Event, Operation, Program, Reference, Step, constants_in, flat
from retrograd.replays.leaving_out import LeftOut


@dataclass(slots=True)
class Live:
    """The tensors of a step while it runs, by slot."""

    tracked: Tensors = field(default_factory=dict)
    cut: Tensors = field(default_factory=dict)
    """The same memory without a graph, behind a `detach` or as `.data`."""


class StoppedError(Exception):
    """The script would stop here with an exception."""


class AboveAutograd:
    """One step, executed with autograd on top."""

    def __init__(
        self,
        step: Step,
        constants: Mapping[int, Any],
        kinds: Kinds,
        left_out: LeftOut | None = None,
        watch: Rewatch | None = None,
        check: Check | None = None,
    ) -> None:
        """Prepare to execute a step.

        Args:
            step: What to do.
            constants: The program's constants.
            kinds: The dtypes.
            left_out: What is left out.
            watch: Who writes it down.
            check: Who compares it with the recording.
        """
        assert step.program is not None  # the caller has looked
        self._program: Program = step.program
        self._constants, self._kinds, self._watch, self._check = constants, kinds, watch, check
        self._left_out = (lambda event: False) if left_out is None else left_out
        self._stand_ins = {} if left_out is None else left_out.stand_ins(self._program)
        self._randomness = Randomness(self._program, step.generators, None)
        self._draws = {operation for operation, _ in self._program.draws}
        self._live = Live()
        self._by_event: dict[int, list[tuple[int, Operation]]] = {}
        for number, operation in enumerate(self._program.operations):
            self._by_event.setdefault(operation.event, []).append((number, operation))

    def begin(self, start: Tensors, cut: Tensors) -> None:
        """Take what the step starts from; `cut` are the same tensors without a graph, where there are two."""
        slots = self._program.slots
        for reference in self._program.start:
            slot, tensor = slots[reference.slot], start[reference.slot]
            if not slot.requires_grad and reference.slot in cut:
                tensor = cut[reference.slot]
            if (slot.parameter or (slot.leaf and slot.requires_grad)) and not tensor.requires_grad:
                tensor.requires_grad_()
            self._live.tracked[reference.slot] = tensor
        self._live.cut.update(cut)
        for reference in self._program.start:
            leaf = self._live.tracked.get(slots[reference.slot].gradient_of)  # type: ignore[arg-type]
            if leaf is not None and leaf.is_leaf and leaf.requires_grad:
                if leaf.grad is None:
                    leaf.grad = self._live.tracked[reference.slot]
                self._live.tracked[reference.slot] = leaf.grad

    def execute(self, clear: bool = False) -> None:
        """Do what the step does.

        Raises:
            StoppedError: The script would stop with an exception.
            BeyondRecordingError: The script would go another way.
        """
        toggled, recorded = True, True
        """Whether gradients are tracked where the person turned that on and off, and whether they were."""
        with torch.enable_grad(), self._randomness.kept(), self._watch.watching() if self._watch else nullcontext():
            for event in self._program.events:
                if event.node is not None or event.kind == "error":
                    continue
                left_out = self._left_out(event)
                if event.name == _TOGGLE:
                    recorded = not event.text.startswith("no gradients")
                    toggled = toggled if left_out else recorded
                torch._C._set_grad_enabled(event.tracked if toggled == recorded else toggled)
                if left_out:
                    self._leave_out(event)
                else:
                    self._happen(event)
            if clear:
                self._clear()

    def end(self) -> tuple[Tensors, Tensors]:
        """Return what outlives the step, and what of it there is without a graph, too."""
        ends = {reference.slot for reference in self._program.end}
        live = self._live
        tracked = {slot: tensor for slot, tensor in live.tracked.items() if slot in ends}
        cut = {slot: tensor for slot, tensor in live.cut.items() if slot in ends}
        self._name()
        self._live = Live()
        return tracked, cut

    # ------------------------------------------------------------ one event

    def _leave_out(self, event: Event) -> None:
        if event.kind == "call":
            raise BeyondRecordingError("without its backward call a turn is no step. Edit the script and record it")
        if any(number in self._draws for number, _ in self._by_event.get(event.number, ())):
            raise BeyondRecordingError(
                f"{event.name} cannot be left out: it draws random numbers, and what is drawn after it would be "
                f"others. Edit the script and record it"
            )
        live = self._live
        for slot, instead in self._stand_ins.get(event.number, {}).items():
            live.tracked[slot] = self._tensor(instead)
            if instead in live.cut:
                live.cut[slot] = live.cut[instead]
        if self._watch is not None:
            self._watch.left_out(event, self._known(event.inputs))

    def _happen(self, event: Event) -> None:
        watch = self._watch
        if watch is None:
            self._do(event)
        else:
            with watch.event(event, self._known(event.inputs), lambda: self._known(event.outputs)):
                try:
                    self._do(event)
                except RuntimeError as error:
                    watch.failed(event, error)
                    raise StoppedError(str(error)) from error
        if self._check is not None:
            self._compare(event)

    def _do(self, event: Event) -> None:
        live, inputs = self._live, [reference.slot for reference in event.inputs]
        if event.kind == "call":
            self._differentiate(event)
        elif event.kind == "read":
            pass
        elif event.name == "Tensor.grad.__get__":
            self._read_gradient(event)
        elif event.name == "Tensor.grad.__set__":
            live.tracked[inputs[0]].grad = live.tracked[inputs[1]] if len(inputs) > 1 else None
        elif event.name in ("Tensor.requires_grad_", "Tensor.requires_grad.__set__"):
            live.tracked[inputs[0]].requires_grad_(self._program.slots[inputs[0]].requires_grad)
        elif event.name == "Tensor.data.__set__":
            raise BeyondRecordingError("a tensor is given another's memory (.data = …), which is not followed here")
        else:
            for number, operation in self._by_event.get(event.number, ()):
                self._run(event, number, operation)

    def _read_gradient(self, event: Event) -> None:
        leaf = self._live.tracked[event.inputs[0].slot]
        name = self._program.slots[event.inputs[0].slot].name or "a tensor"
        if (leaf.grad is None) == bool(event.outputs):
            was, now = ("one", "none") if event.outputs else ("none", "one")
            raise BeyondRecordingError(
                f"{event.name} of {name}: it had {was} in the recording and has {now} now, so the script would go "
                f"another way. Edit it and record it"
            )
        if leaf.grad is not None:
            self._live.tracked[event.outputs[0].slot] = leaf.grad

    def _differentiate(self, event: Event) -> None:
        roots = [self._tensor(event.inputs[0].slot)]
        of_leaves = event.name == "torch.autograd.grad"
        asked = [self._tensor(r.slot) for r in event.inputs[1:]] if of_leaves else []
        if len(event.inputs) != 1 + len(event.outputs):
            raise BeyondRecordingError(f"{event.name} with several tensors or other gradients is not followed here")
        kept = "retain_graph" in event.text or "create_graph" in event.text
        got: list[Tensor] = []
        with self._watch.backward(roots, asked, lambda: got) if self._watch else nullcontext():
            create = "create_graph" in event.text
            if of_leaves:
                got += torch.autograd.grad(roots, asked, retain_graph=kept, create_graph=create)
            else:
                torch.autograd.backward(roots, retain_graph=kept, create_graph=create)
        self._live.tracked |= {r.slot: gradient for r, gradient in zip(event.outputs, got, strict=True)}

    def _run(self, event: Event, number: int, operation: Operation) -> None:
        slots = self._program.slots
        if operation.name == "aten::detach.default" and operation.outputs[0] == operation.arguments[0]["slot"]:
            # Autograd itself detaches what it saves, in the person's call; it will do so again.
            if event.kind != "forward":
                slot = operation.outputs[0]
                tensor = self._tensor(slot)
                # Writes through .data are none that autograd counts.
                self._live.cut[slot] = tensor.data if event.name == "Tensor.data.__get__" else tensor.detach()
            return
        if number in self._draws:
            self._randomness.before(number)
        edges = iter(edges_of(self._program, operation))
        arguments = [self._opened(argument, edges) for argument in operation.arguments]
        keywords = {key: self._opened(value, edges) for key, value in operation.keywords.items()}
        given = overload(operation.name)(*arguments, **keywords)
        for slot, tensor in zip(flat(operation.outputs), flat(given), strict=False):
            if slot is not None and isinstance(tensor, Tensor) and tensor is not self._live.cut.get(slot):
                if slots[slot].leaf and slots[slot].requires_grad and tensor.is_leaf:
                    tensor.requires_grad_()
                self._live.tracked[slot] = tensor
                self._live.cut.pop(slot, None)
        if self._watch is not None:
            numbers = constants_in((operation.arguments, dict(operation.keywords)))
            self._watch.constants([self._program.constants[n].name for n in numbers])

    def _opened(self, argument: Any, edges: Iterator[bool | None]) -> Any:  # what an ATen operation takes
        if not isinstance(argument, dict):
            return argument
        (key, value), *_ = argument.items()
        if key == "slot":
            return self._tensor(value, next(edges, None))
        if key == "constant":
            return self._constants[value]
        if key == "list":
            return [self._opened(entry, edges) for entry in value]
        if key == "dtype":
            return self._kinds.dtype(value)
        if key == "device":
            return self._kinds.place(value)
        if key == "generator":
            return self._randomness.generator(value)
        return getattr(torch, value)

    def _tensor(self, slot: int, tracked: bool | None = True) -> Tensor:
        live = self._live
        if slot in live.cut and not tracked and torch.is_grad_enabled():
            return live.cut[slot]
        if slot not in live.tracked:
            wanted = self._program.slots[slot]
            raise BeyondRecordingError(
                f"{wanted.name or 'a tensor'} came about in a way that is not followed here. "
                f"Edit the script and record it"
            )
        return live.tracked[slot]

    def _known(self, references: Sequence[Reference]) -> list[Tensor]:
        return [self._live.tracked[r.slot] for r in references if r.slot in self._live.tracked]

    def _name(self) -> None:
        if self._watch is not None:
            for slot, tensor in self._live.tracked.items():
                name = self._program.slots[slot].name
                if name and self._program.slots[slot].gradient_of is None:
                    self._watch.name(tensor, name)

    def _clear(self) -> None:
        """Clear what gradients are left."""
        number = len(self._program.events)
        for leaf, _ in self._program.gradients:
            gradient = self._live.tracked[leaf].grad
            if gradient is not None and self._watch is not None:
                event = Event(number, "clear", "clear", None, "Tensor.zero_", (), (), (0, 0))
                with self._watch.event(event, [gradient], lambda: ()):
                    gradient.zero_()

    def _compare(self, event: Event) -> None:
        assert self._check is not None  # the caller has looked
        slots = self._program.slots
        shown = [(r, self._live.tracked.get(r.slot)) for r in event.outputs]
        for node in self._program.events[event.number + 1 :] if event.kind == "call" else ():
            if node.node is None:
                break
            if node.kind == "accumulate":
                shown += [(r, self._live.tracked[node.inputs[0].slot].grad) for r in node.outputs]
        for reference, tensor in shown:
            if tensor is not None and reference.buffer >= 0:
                self._check.witness(reference.buffer, slots[reference.slot], tensor.detach())


_TOGGLE = "torch._C._set_grad_enabled"
