"""A turn whose structure is known, as code that expects exactly its calls and copies exactly its values.

For each call of a turn that was watched closely, a small function is written which compares the call with what was
seen (the function, the instruction, every tensor and number), runs it, and copies the bytes that a repeated step
keeps. Where anything differs, the function hands over before it has run anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from ctypes import _string_at as string_at  # type: ignore[attr-defined] # string_at without a call in between
from types import FrameType, MethodType
from typing import Any
from weakref import ref

import torch
from torch import Tensor

from retrograd.recorder.building import Built
from retrograd.recorder.lines import own_frame
from retrograd.recorder.loops import BackwardCall, backward_call
from retrograd.recorder.operations import state_of
from retrograd.recorder.parts import Called, PlainPart, TensorPart, Unrepeatable
from retrograd.recorder.turn import Turn
from retrograd.recorder.values import content, no_summary, summary
from retrograd.recording import Program, Reference, Step, itemsize, summary_nbytes

Watch = Callable[..., Any]


SUMMARISED_A_STEP = 1 << 23
"""Large tensors that do not outlive their step are summarised so often that it comes to about this many bytes a step.
The summaries of the steps between follow by executing the program."""


class Pattern:
    """A known turn, ready to be expected again."""

    def __init__(self, turn: Turn, built: Built, step: Step, before: Program, hands: Any) -> None:
        """Prepare for a turn like this one.

        Args:
            turn: The turn, as it was watched closely.
            built: What was built from it.
            step: The step that was written down.
            before: The program of the step before.
            hands: Who is asked when something differs (`miss`, `late`, `failed`) and when the turn is complete.

        Raises:
            Unrepeatable: Something took part that cannot be compared.
        """
        assert step.program is not None  # it was watched closely
        self.program, self.before, self.bindings = step.program, before, step.bindings
        self.turn, self.built, self.step, self.calls = turn, built, step, turn.calls
        self.misses = 0
        kept = [buffer.number for buffer in self.program.buffers if buffer.kept]
        self.places = {buffer: place for place, buffer in enumerate(kept)}
        """Where in `out` each buffer is, by its number in the program."""
        self.caught: dict[int, int] = {}
        """The call at which each buffer was copied; -1 for those carried over from the step before."""
        self.things = len(turn.things.slots)
        self.weak: list[Callable[[], Tensor | None]] = list(turn.things.weak)
        """Which object each tensor of the turn is now. Weak, for no tensor may live longer than without us."""
        self.last_thing = things_left(turn, built)
        self.end = {reference.slot: reference.buffer for reference in self.program.end}
        self.expected = self._expected(len(kept))
        self.out: list[Any] = [b""] * (len(kept) + len(self.expected))
        self.passing = self._passing()
        """Large buffers that neither begin the turn nor outlive it, by number: how many bytes they have."""
        self.summarised_every = 1 + sum(self.passing.values()) // SUMMARISED_A_STEP
        self.blanks: dict[int, bytes] = {}
        """What stands in `out` for gradients that are looked at only in turns with such summaries."""
        self.summarises = [True]
        """Whether the passing ones are summarised in the present turn."""
        self.length = len(kept)
        self.changed: dict[int, Any] = {}
        self.taken: set[int] = set()
        """Constants that are taken from the calls, or are expected to be what they were."""
        self.drawn: list[bytes] = []
        self.wholes: dict[int, bytes] = {}
        self.ghosts: list[int] = []
        self.began = [0]
        if not self._is_possible():
            raise Unrepeatable
        writing = _Writing(self, hands)
        self.functions: list[Watch] = writing.functions()
        self.fixed = dict(step.constants)
        """Constants that are these, and not the program's own, unless a call has others."""
        missing = set(kept) - set(self.caught)
        varied = self.program.cache.get("varied", set()) - self.taken
        if missing or varied:
            raise Unrepeatable
        self.backward: BackwardCall = backward_call(turn.happened[turn.losses[-1][0]].chain)
        self._forget()

    @property
    def repeats_itself(self) -> bool:
        """Whether the step before runs the same program."""
        return self.before is self.program

    def begins_with(self, func: Any, frame: FrameType) -> bool:
        """Return whether a call is the turn's first: the same function, from the same line of the person's code."""
        first = self.calls[0]
        if not (first.func is func or first.func == func) or first.place != (frame.f_code, frame.f_lasti):
            return False
        place = self.turn.happened[first.event].place
        if place == first.place:
            return True
        # PyTorch's own code called; many lines of the person's may lead there.
        own = own_frame(frame)
        return own is not None and (own.f_code, own.f_lasti) == place

    def _is_possible(self) -> bool:
        turn, program = self.turn, self.program
        events = {called.event for called in self.calls}
        covered = all(h.parent is not None or number in events for number, h in enumerate(turn.happened))
        calls = {called.event for called in self.calls if called.walk is None}
        drawn = all(program.operations[operation].event in calls for operation, _ in program.draws)
        near = drawn and all(binding is None or binding[0] == 1 for binding in self.bindings)
        return turn.repeatable and covered and near and program.executable and not program.unstable and bool(self.calls)

    def _expected(self, free: int) -> dict[int, int]:
        """Return where in `out` the content stands that each carried buffer should begin with."""
        expected = {}
        for reference, binding in zip(self.program.start, self.bindings, strict=True):
            if binding is None:
                continue
            buffer = self.end.get(binding[1], -1) if self.repeats_itself else -1
            place = self.places.get(buffer)
            expected[reference.buffer] = free + len(expected) if place is None else place
        return expected

    def _passing(self) -> dict[int, int]:
        program = self.program
        lasting = {r.buffer for r in (*program.start, *program.end, *program.losses)}
        lasting |= {reference.buffer for _, reference in program.gradients}
        return {b.number: b.nbytes for b in program.buffers if b.kept and not b.whole and b.number not in lasting}

    def _forget(self) -> None:
        for held in self.turn.contents:
            held.data, held.full = b"", None

    def moves(self) -> list[tuple[int, int]]:
        """Return which objects of the next turn are which of this one, where they are not the same."""
        if not self.repeats_itself:
            return []
        found = []
        for reference, binding in zip(self.program.start, self.bindings, strict=True):
            begin = self.first_thing(reference.slot)
            last = self.last_thing.get(binding[1]) if binding else None
            if begin is not None and last is not None and begin != last:
                found.append((begin, last))
        return found

    def first_thing(self, slot: int) -> int | None:
        """Return the object that stands for a slot at the beginning of the turn."""
        things = self.turn.things
        for thing, raw in enumerate(things.slots):
            if self.built.slots.get(raw) == slot and not things.made[thing]:
                return thing
        return None


def things_left(turn: Turn, built: Built) -> dict[int, int]:
    """Return which object stands for each slot after a turn.

    Several objects may be the same tensor, as `w` and `w[:]` are. The one that outlives the turn counts, and among
    those one that was there before it.
    """
    found: dict[int, tuple[bool, bool, int]] = {}
    things = turn.things
    for thing, raw in enumerate(things.slots):
        if raw in built.slots:
            candidate = (things.weak[thing]() is not None, not things.made[thing], thing)
            slot = built.slots[raw]
            found[slot] = max(found.get(slot, candidate), candidate)
    return {slot: thing for slot, (_, _, thing) in found.items()}


_POWERS = ("aten::pow", "aten::norm", "aten::linalg_vector_norm", "aten::std", "aten::var", "aten::lerp")
"""Operations whose backward works with other numbers than they were given themselves, such as p - 1."""


class Departed(Exception):
    """The turn departs from the pattern at this call."""


class _Writing:
    """Writes the functions of a pattern."""

    def __init__(self, pattern: Pattern, hands: Any) -> None:
        self._pattern, self._turn, self._built = pattern, pattern.turn, pattern.built
        self._names: dict[str, Any] = {
            **{"above": sys._getframe, "none": {}, "Departed": Departed},
            **{
                "out": pattern.out,
                "weak": pattern.weak,
                "ref": ref,
                "changed": pattern.changed,
                "drawn": pattern.drawn,
            },
            **{
                "wholes": pattern.wholes,
                "ghosts": pattern.ghosts,
                "summarises": pattern.summarises,
                "began": pattern.began,
                "string_at": string_at,
            },
            **{
                "summary": summary,
                "content": content,
                "state_of": state_of,
                "hands": hands,
                "mode": hands.mode,
            },
            **{"nodes": torch.autograd._get_sequence_nr, "miss": hands.miss, "late": hands.late},  # type: ignore[attr-defined]
            **{"failed": hands.failed, "complete": hands.complete, "end": hands.at_end, "odd": hands.odd},
        }
        self._known: set[int] = set()
        """Objects that are known at this point of the turn."""
        self._lines: list[str] = []
        self._running = (0, 0)
        """Which of the lines run the person's call."""
        self._start = {reference.buffer: number for number, reference in enumerate(pattern.program.start)}
        self._events = {call.event: number for number, call in enumerate(pattern.calls)}

    def functions(self) -> list[Watch]:
        """Return a function for each call."""
        for thing, made in enumerate(self._turn.things.made):
            raw = self._turn.things.slots[thing]
            slot = self._built.slots.get(raw)
            if not made and slot is not None and self._is_carried(slot):
                self._known.add(thing)
        self._carry_large()
        return [self._function(number, called) for number, called in enumerate(self._pattern.calls)]

    def _is_carried(self, slot: int) -> bool:
        pairs = zip(self._pattern.program.start, self._pattern.bindings, strict=True)
        return any(reference.slot == slot and binding is not None for reference, binding in pairs)

    def _carry_large(self) -> None:
        """Large tensors from the step before are not looked at again; that they came unchanged is proved later."""
        pattern = self._pattern
        self._carried: list[str] = []
        for buffer, place in pattern.expected.items():
            if not pattern.program.buffers[buffer].whole and buffer in pattern.places:
                pattern.caught[buffer] = -1
                if pattern.places[buffer] != place:
                    self._carried.append(f"out[{pattern.places[buffer]}] = out[{place}]")

    # ------------------------------------------------------------ one call

    def _function(self, number: int, called: Called) -> Watch:
        self._lines = []
        self._number = number
        code, offset = called.place
        self._names |= {f"F{number}": called.func, f"C{number}": code}
        counts = {part.path: part.value for part in called.plain if part.path in ("len(args)", "len(kwargs)")}
        self._unless(
            f"(func is F{number} or func == F{number}) and frame.f_lasti == {offset} and frame.f_code is C{number} "
            f"and len(args) == {counts['len(args)']} and len(kwargs) == {counts['len(kwargs)']}"
        )
        if called.hops:
            own = f"frame{'.f_back' * called.hops}"
            place = self._turn.happened[called.event].place
            assert place is not None  # a call of the person's has one
            self._names[f"O{number}"] = place[0]
            self._unless(f"{own}.f_lasti == {place[1]} and {own}.f_code is O{number}")
        if number == 0:
            self._lines += ["hands.begin()", "began[0] = nodes()"]
        for part in called.plain:
            if part.path not in counts:
                self._expect_plain(part, called)
        for part in called.tensors:
            self._expect_tensor(part)
        if number == 0:
            self._lines += self._carried
        self._expect_numbers_of_tensors(called)
        for part in called.tensors:
            self._catch_before(part)
        self._draw(called)
        if called.walk is None:
            self._run(number)
        else:
            self._differentiate(number, called)
        for part in (*called.results, *called.written):
            self._catch_after(part)
        body = "\n    ".join(self._safe(number))
        head = "def call(mode, func, types, args=(), kwargs=None, frame=None):"
        given = "kwargs = kwargs or none\n    frame = frame or above(1)"
        _run(f"{head}\n    {given}\n    {body}", self._names)
        # PyTorch asks that a mode's function is a method of the mode.
        self._names[f"call{number}"] = MethodType(self._names["call"], self._names["mode"])
        return self._names[f"call{number}"]

    def _safe(self, number: int) -> list[str]:
        """Return the lines, with a way out where something differs or fails: never into the person's loop."""
        begin, end = self._running
        before, running, behind = self._lines[:begin], self._lines[begin:end], self._lines[end:]
        lines = ["try:", *(f"    {line}" for line in before), "except Exception:"]
        lines += [f"    return miss({number}, func, args, kwargs, frame)", *running]
        if behind:
            lines += ["try:", *(f"    {line}" for line in behind), "except Exception:"]
            lines.append(f"    return late({number}, func, args, kwargs, frame, r)")
        return [*lines, *self._hand_on(number)]

    def _unless(self, condition: str) -> None:
        self._lines += [f"if not ({condition}):", "    raise Departed"]

    def _expect_plain(self, part: PlainPart, called: Called) -> None:
        value, path = part.value, part.path
        if value is None or isinstance(value, bool):
            self._unless(f"{path} is {value}")
        elif path.startswith("len("):
            self._unless(f"{path} == {value}")
        elif isinstance(value, (int, float, complex)):
            kind = self._constant(type(value))
            numbers = self._constants_of(called, value)
            if not numbers:
                self._unless(f"{path}.__class__ is {kind} and {path} == {self._constant(value)}")
                return
            self._unless(f"{path}.__class__ is {kind}")
            self._take(path, numbers)
        elif isinstance(value, str):
            self._unless(f"{path} == {value!r}")
        else:
            name = self._constant(value)
            self._unless(f"{path} is {name} or {path} == {name}")

    def _take(self, path: str, numbers: list[int]) -> None:
        """Take a number as constants of the program, where it is another than the program's own."""
        self._pattern.taken.update(numbers)
        for number in numbers:
            usual = self._pattern.step.constants.get(number, self._pattern.program.constants[number].value)
            kind = self._constant(type(usual))
            same = f"{path} != {self._constant(usual)}"
            if usual == 0 and isinstance(usual, float):
                same += f" or str({kind}({path})) != {str(usual)!r}"  # -0.0 equals 0.0, but is another number
            self._lines += [f"if {same}:", f"    changed[{number}] = {kind}({path})"]

    def _expect_numbers_of_tensors(self, called: Called) -> None:
        """Take the numbers that PyTorch reads out of tensors itself, as for the ends of a slice."""
        program = self._pattern.program
        first, last = program.events[called.event].operations
        slots = [
            operation.arguments[0]["slot"]
            for operation in program.operations[first:last]
            if operation.name.startswith("aten::_local_scalar_dense") and operation.event == called.event
        ]
        if not slots or called.walk is not None or self._turn.happened[called.event].kind == "read":
            return
        numbered = {self._built.slots[part.reference.slot]: part for part in called.tensors if part.reference.slot >= 0}
        values = {slot: self._number_in(numbered[slot]) for slot in slots if slot in numbered}
        if set(values) != set(slots) or len(set(values.values())) != len(values):
            raise Unrepeatable
        for slot, value in values.items():
            numbers = self._constants_like(called, value)
            self._lines.append(f"x = {numbered[slot].path}.item()")
            self._take("x", numbers)
            if not numbers:
                self._unless(f"x == {self._constant(value)}")

    def _number_in(self, part: TensorPart) -> Any:
        held, sight = self._turn.contents[part.reference.buffer], self._turn.sights[part.reference.slot]
        if held.data is None or not held.whole:
            raise Unrepeatable
        return torch.frombuffer(bytearray(held.data), dtype=getattr(torch, sight.dtype))[0].item()

    def _constant(self, value: Any) -> str:
        name = f"K{len(self._names)}"
        self._names[name] = value
        return name

    def _constants_of(self, called: Called, value: complex) -> list[int]:
        """Return the constants of the program that are this number of the call; none if that is not certain."""
        alike = [p for p in called.plain if type(p.value) is type(value) and p.value == value and "len(" not in p.path]
        found = self._constants_like(called, value) if len(alike) == 1 else []
        return found if self._explains(called, found) else []

    def _explains(self, called: Called, numbers: list[int]) -> bool:
        """Return whether backward has no number that may follow from the call's in a way that is not known."""
        program = self._pattern.program
        first, last = program.events[called.event].operations
        if any(operation.name.startswith(_POWERS) for operation in program.operations[first:last]):
            return False
        nodes = [event for event in program.events if event.node and event.node.forward == called.event]
        spans = [program.operations[slice(*event.operations)] for event in nodes]
        used = {n for span in spans for op in span for n in _constants_in((op.arguments, dict(op.keywords)))}
        return all(n in numbers or not isinstance(program.constants[n].value, float) for n in used)

    def _constants_like(self, called: Called, value: complex) -> list[int]:
        program, event = self._pattern.program, called.event
        # What a node multiplies by in backward may be a number that its forward operation was given.
        at_work = [program.events[event], *(e for e in program.events if e.node and e.node.forward == event)]
        spans = [program.operations[slice(*e.operations)] for e in at_work]
        used = {n for span in spans for op in span for n in _constants_in((op.arguments, dict(op.keywords)))}
        raw = {inner: outer for outer, inner in self._built.constants_of.items()}
        values = [(n, self._turn.constants[raw[n]]) for n in used]
        alike = sorted(n for n, v in values if isinstance(value, type(v)) and v == value)
        # A whole number may also be a dimension or a step: only one that stands alone is certain.
        if len(alike) == 1 or isinstance(value, float):
            return alike
        self._pattern.taken.update(alike)
        return []

    def _expect_tensor(self, part: TensorPart) -> None:
        sight = self._turn.sights[part.reference.slot]
        if part.thing in self._known:
            self._unless(f"weak[{part.thing}]() is {part.path}")
            return
        self._known.add(part.thing)
        name = self._constant((sight.shape, getattr(torch, sight.dtype), sight.stride))
        path = part.path
        self._unless(f"({path}.shape, {path}.dtype, {path}.stride()) == {name} and {path}.is_leaf is {sight.leaf}")
        self._lines.append(f"weak[{part.thing}] = ref({path})")

    def _catch_before(self, part: TensorPart) -> None:
        buffer = self._wanted(part.reference)
        if buffer is None:
            return
        held = self._pattern.program.buffers[buffer]
        place = self._pattern.places[buffer]
        self._pattern.caught[buffer] = self._number
        if not held.whole:
            self._copy(buffer, part.path)
            return
        self._lines.append(f"x = string_at({part.path}.data_ptr(), {held.nbytes})")
        expected = self._pattern.expected.get(buffer)
        if expected is not None:
            self._lines += [f"if x != out[{expected}]:", f"    ghosts.append({self._start[buffer]})"]
        self._lines.append(f"out[{place}] = x")

    def _copy(self, buffer: int, path: str) -> None:
        """Copy a buffer from a tensor; a large one that came from outside also as a whole."""
        held = self._pattern.program.buffers[buffer]
        self._lines.append(f"out[{self._pattern.places[buffer]}] = {self._copied(buffer, path)}")
        if not held.whole and buffer in self._start and self._pattern.bindings[self._start[buffer]] is None:
            self._lines.append(f"wholes[{buffer}] = content({path})")

    def _copied(self, buffer: int, path: str) -> str:
        held = self._pattern.program.buffers[buffer]
        if held.whole:
            return f"string_at({path}.data_ptr(), {held.nbytes})"
        if buffer not in self._pattern.passing:
            return f"summary({path})"
        return f"summary({path}) if summarises[0] else {self._constant(no_summary(summary_nbytes(held)))}"

    def _wanted(self, reference: Reference) -> int | None:
        """Return the buffer behind a reference, if it is to be kept and was not caught yet."""
        buffer = self._built.buffers.get(reference.buffer)
        if buffer is None or buffer not in self._pattern.places or buffer in self._pattern.caught:
            return None
        return buffer

    def _draw(self, called: Called) -> None:
        program = self._pattern.program
        first, last = program.events[called.event].operations
        for operation, generator in program.draws:
            if program.operations[operation].event == called.event and first <= operation < last:
                name = "None" if generator < 0 else self._constant(self._turn.generators[generator])
                self._lines.append(f"drawn.append(state_of({name}))")

    def _run(self, number: int, finally_: Sequence[str] = ()) -> None:
        begin = len(self._lines)
        self._lines += [
            "try:",
            "    r = func(*args, **kwargs)",
            "except BaseException as error:",
            f"    failed({number}, error, func, args, kwargs, frame)",
            "    raise",
        ]
        if finally_:
            self._lines += ["finally:", *finally_]
        self._running = begin, len(self._lines)

    def _catch_after(self, part: TensorPart) -> None:
        made = part.thing not in self._known
        if made:
            self._known.add(part.thing)
        if part.path.startswith("r"):
            self._lines.append(f"weak[{part.thing}] = ref({part.path})")
        buffer = self._wanted(part.reference)
        if buffer is None:
            return
        self._pattern.caught[buffer] = self._number
        sight = self._turn.sights[part.reference.slot]
        count = torch.Size(sight.shape).numel()
        self._lines += [
            f"if {part.path}.numel() != {count}:",
            "    raise Departed",
        ]
        self._copy(buffer, part.path)

    def _hand_on(self, number: int) -> list[str]:
        if number + 1 < len(self._pattern.calls):
            return [f"mode.__torch_function__ = call{number + 1}", "return r"]
        return ["mode.__torch_function__ = end", "complete()", "return r"]

    # ------------------------------------------------------------ the backward call

    def _differentiate(self, number: int, called: Called) -> None:
        walk = called.walk
        assert walk is not None  # the caller looked
        self._unless(f"nodes() - began[0] == {called.nodes_made}")
        hooks, seldom = self._hooks(called)
        leaves = {n: event for n, event in walk.events.items() if walk.names[n] == "AccumulateGrad"}
        self._walk(called, {*hooks, *leaves})
        for node, event in leaves.items():
            self._gradient_before(node, event)
        for node, lines in hooks.items():
            self._names[f"h{number}_{node}"] = _hook(lines, self._names)
            condition = "if summarises[0]: " if node in seldom else ""
            self._lines.append(f"{condition}handle{node} = n{node}.register_prehook(h{number}_{node})")
        ends = [f"    {'if summarises[0]: ' if node in seldom else ''}handle{node}.remove()" for node in hooks]
        self._run(number, ends)
        for node, event in leaves.items():
            self._gradient_after(node, event)

    def _hooks(self, called: Called) -> tuple[dict[int, list[str]], set[int]]:
        """Return what to copy before which nodes: gradients that no call and no .grad shows.

        Besides, which of the nodes show nothing but what is only summarised in some turns.
        """
        assert called.walk is not None
        before = {self._buffer_before(event) for event in called.walk.events.values()}
        hooks: dict[int, list[str]] = {}
        seldom: set[int] = set()
        for node, event in sorted(called.walk.events.items(), key=lambda item: item[1]):
            known = self._turn.happened[event].node
            assert known is not None  # it is the event of a node
            for place, reference in enumerate(known.gradients_in):
                buffer = None if reference is None else self._wanted(reference)
                if buffer is None or buffer in before:
                    continue
                self._pattern.caught[buffer] = self._number
                out = self._pattern.places[buffer]
                if self._is_implicit(called, node, buffer):
                    self._pattern.out[out] = self._ones(buffer)
                    continue
                count = torch.Size(self._turn.sights[reference.slot].shape).numel()  # type: ignore[union-attr]
                condition = f"g[{place}] is not None and g[{place}].numel() == {count}"
                copied = self._copied(buffer, f"g[{place}]")
                if buffer in self._pattern.passing:
                    held = self._pattern.program.buffers[buffer]
                    self._pattern.blanks[out] = no_summary(summary_nbytes(held))
                if node not in hooks and buffer in self._pattern.passing:
                    seldom.add(node)
                elif buffer not in self._pattern.passing:
                    seldom.discard(node)
                hooks.setdefault(node, []).extend(
                    [f"if {condition}:", f"    out[{out}] = {copied}", "else:", f"    odd({buffer})"]
                )
        return hooks, seldom

    def _is_implicit(self, called: Called, node: int, buffer: int) -> bool:
        """Return whether a gradient is the one that PyTorch begins with if the call names none: 1."""
        assert called.walk is not None
        if called.func is not torch.Tensor.backward or called.walk.tree[node][0] >= 0 or len(called.tensors) != 1:
            return False
        held = self._turn.contents[self._outer(buffer)]
        return held.whole and held.data == self._ones(buffer)

    def _outer(self, buffer: int) -> int:
        return next(outer for outer, inner in self._built.buffers.items() if inner == buffer)

    def _ones(self, buffer: int) -> bytes:
        held = self._pattern.program.buffers[buffer]
        return content(torch.ones(held.nbytes // itemsize(held.dtype), dtype=getattr(torch, held.dtype)))

    def _buffer_before(self, event: int) -> int | None:
        happened = self._turn.happened[event]
        if happened.kind != "accumulate" or len(happened.inputs) < 3:
            return None
        return self._built.buffers.get(happened.inputs[-1].buffer)

    def _walk(self, called: Called, wanted: set[int]) -> None:
        assert called.walk is not None
        tree = called.walk.tree
        needed = set(wanted)
        for node in sorted(wanted, reverse=True):
            while (node := tree[node][0]) >= 0:
                needed.add(node)
        roots = [part.path for part in called.tensors if part.path == "args[0]" or part.path.startswith("args[0][")]
        if not roots and needed:
            raise Unrepeatable
        lines = []
        for node in sorted(needed):
            before, edge = tree[node]
            origin = f"{roots[edge]}.grad_fn" if before < 0 else f"n{before}.next_functions[{edge}][0]"
            lines.append(f"n{node} = {origin}")
        leaves = [node for node in sorted(wanted) if called.walk.names[node] == "AccumulateGrad"]
        self._lines += [*lines, *(f"v{node} = n{node}.variable" for node in leaves)]

    def _gradient_before(self, node: int, event: int) -> None:
        happened = self._turn.happened[event]
        self._lines.append(f"g{node} = v{node}.grad")
        if len(happened.inputs) < 3:
            self._unless(f"g{node} is None")
            return
        self._unless(f"g{node} is not None")
        buffer = self._wanted(happened.inputs[-1])
        if buffer is not None:
            sight = self._turn.sights[happened.inputs[-1].slot]
            self._unless(f"g{node}.numel() == {torch.Size(sight.shape).numel()}")
            self._pattern.caught[buffer] = self._number
            self._copy(buffer, f"g{node}")

    def _gradient_after(self, node: int, event: int) -> None:
        outputs = self._turn.happened[event].outputs
        buffer = self._wanted(outputs[0]) if outputs else None
        if buffer is None:
            return
        self._pattern.caught[buffer] = self._number
        self._copy(buffer, f"v{node}.grad")


def _run(source: str, names: dict[str, Any]) -> None:
    # A file name among the recorder's own, so that warnings and tracebacks tell this code from the person's.
    exec(compile(source, f"{__file__}:generated", "exec"), names)


def _hook(lines: list[str], names: dict[str, Any]) -> Any:
    body = "\n    ".join(lines)
    _run(f"def hook(g):\n    {body}", names)
    return names["hook"]


def _constants_in(encoded: Any) -> list[int]:
    if isinstance(encoded, dict):
        if "constant" in encoded:
            return [encoded["constant"]]
        encoded = list(encoded.values())
    return [c for part in encoded for c in _constants_in(part)] if isinstance(encoded, (list, tuple)) else []
