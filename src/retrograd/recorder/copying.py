"""Where the functions of a pattern copy the bytes that a repeated step keeps."""

from __future__ import annotations

import torch

from retrograd.contents import no_summary
from retrograd.recorder.draft import Draft
from retrograd.recorder.parts import Called, TensorPart
from retrograd.recorder.pattern import Pattern
from retrograd.recording import Buffer, Reference, summary_nbytes


class Copying:
    """Writes what is copied around a call; each buffer is caught once, where it is met first."""

    def __init__(self, pattern: Pattern, draft: Draft) -> None:
        self._pattern, self._draft = pattern, draft
        self._start = {reference.buffer: number for number, reference in enumerate(pattern.program.start)}
        self._addressable = all(sight.device == "cpu" for sight in pattern.turn.sights)

    def carry_over(self) -> list[str]:
        """Return the lines for large tensors from the step before.

        They are not looked at again; that they came unchanged is proved later.
        """
        pattern, lines = self._pattern, []
        for buffer, place in pattern.expected.items():
            if not pattern.program.buffers[buffer].whole and buffer in pattern.places:
                pattern.caught[buffer] = -1
                if pattern.places[buffer] != place:
                    lines.append(f"out[{pattern.places[buffer]}] = out[{place}]")
        return lines

    def before(self, part: TensorPart) -> None:
        """Copy an argument before the call runs."""
        buffer = self.wanted(part.reference)
        if buffer is None:
            if self._pattern.turn.sights[part.reference.slot].storage.shared:
                self._again(part)
            return
        self.catch(buffer)
        held = self.held(buffer)
        if not held.whole:
            self.copy(buffer, part.path)
            return
        self._draft.add(f"x = {self.copied(buffer, part.path)}")
        expected = self._pattern.expected.get(buffer)
        if expected is not None:
            self._draft.add(f"if x != out[{expected}]:", f"    ghosts.append({self._start[buffer]})")
        self._draft.add(f"out[{self._pattern.places[buffer]}] = x")

    def _again(self, part: TensorPart) -> None:
        """Compare an argument with what it was before: NumPy may have written to it."""
        buffer = self._pattern.built.buffers.get(part.reference.buffer, -1)
        place = self._pattern.places.get(buffer)
        if place is not None and self.held(buffer).whole:
            self._draft.unless(f"{self.copied(buffer, part.path)} == out[{place}]")

    def after(self, part: TensorPart) -> None:
        """Copy a result, or an argument that the call wrote to."""
        buffer = self.wanted(part.reference)
        if buffer is None:
            return
        self.catch(buffer)
        dtype = self._draft.constant(getattr(torch, self._pattern.turn.sights[part.reference.slot].dtype))
        self._draft.unless(f"{part.path}.numel() == {self.count(part.reference)} and {part.path}.dtype is {dtype}")
        self.copy(buffer, part.path)

    def generators(self, called: Called) -> None:
        """Copy the states of the generators that the call draws from."""
        program = self._pattern.program
        first, last = program.events[called.event].operations
        for operation, generator in program.draws:
            if program.operations[operation].event == called.event and first <= operation < last:
                known = self._pattern.turn.generators
                name = "None" if generator < 0 else self._draft.constant(known[generator])
                self._draft.add(f"drawn.append(state_of({name}))")

    def wanted(self, reference: Reference | None) -> int | None:
        """Return the buffer behind a reference, if it is to be kept and was not caught yet."""
        buffer = None if reference is None else self._pattern.built.buffers.get(reference.buffer)
        if buffer is None or buffer not in self._pattern.places or buffer in self._pattern.caught:
            return None
        return buffer

    def catch(self, buffer: int) -> None:
        """Count a buffer as copied at the present call."""
        self._pattern.caught[buffer] = self._draft.number

    def copy(self, buffer: int, path: str) -> None:
        """Copy a buffer from a tensor; a large one that nothing could compute again also as a whole."""
        self._draft.add(f"out[{self._pattern.places[buffer]}] = {self.copied(buffer, path)}")
        outside = buffer in self._start and self._pattern.bindings[self._start[buffer]] is None
        if not self.held(buffer).whole and (outside or buffer in self._pattern.unstable):
            self._draft.add(f"wholes[{buffer}] = content({path})")

    def copied(self, buffer: int, path: str) -> str:
        """Return the expression that copies a buffer from a tensor."""
        held = self.held(buffer)
        if held.whole:
            return f"memory[(at := {path}.data_ptr()):at + {held.nbytes}]" if self._addressable else f"content({path})"
        if buffer not in self._pattern.passing:
            return f"summary({path})"
        return f"summary({path}) if summarises[0] else {self._draft.constant(self.blank(buffer))}"

    def blank(self, buffer: int) -> bytes:
        """Return what stands for a summary in turns that do not make it."""
        return no_summary(summary_nbytes(self.held(buffer)))

    def held(self, buffer: int) -> Buffer:
        """Return a buffer of the program."""
        return self._pattern.program.buffers[buffer]

    def count(self, reference: Reference) -> int:
        """Return how many entries a tensor has."""
        return torch.Size(self._pattern.turn.sights[reference.slot].shape).numel()
