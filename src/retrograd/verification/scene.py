"""A step whose values are there, under the person's names. No PyTorch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from retrograd.derivatives.binding import ComplexError
from retrograd.derivatives.naming import called
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Node, Program, Recording, Reference, Step, value_of

MOST_KNOWN = 1 << 28
"""So many bytes of numbers stay in float64 for the next who looks."""


class Known(dict[Reference, np.ndarray]):
    """Arrays by what they are the numbers of, up to `MOST_KNOWN` bytes."""

    nbytes = 0

    def keep(self, reference: Reference, array: np.ndarray) -> None:
        """Keep one more; if they are too many, the others go."""
        if self.nbytes + array.nbytes > MOST_KNOWN:
            self.clear()
            self.nbytes = 0
        self[reference] = array
        self.nbytes += array.nbytes


@dataclass(frozen=True, slots=True)
class Scene:
    """A step whose values are there, and the names of its tensors."""

    recording: Recording
    step: Step
    program: Program
    known: Known = field(default_factory=lambda: Known(), repr=False, compare=False)
    """What was looked at."""

    def look(self, reference: Reference) -> np.ndarray:
        """Return the numbers of a tensor, floating-point ones in float64. They are shared: nobody may change them.

        Raises:
            NotKeptError: They are not there.
        """
        if reference in self.known:
            return self.known[reference]
        value = value_of(self.step, reference)
        if value.array is None:
            raise NotKeptError(f"of {value.name or 'a large tensor'} only a summary was kept")
        array = np.array(value.array, np.float64) if value.array.dtype.kind == "f" else value.array
        if array.dtype.kind == "c":
            array = array.astype(np.complex128)
        self.known.keep(reference, array)
        return array

    def parts(self, reference: Reference) -> np.ndarray:
        """Return the numbers of a tensor; complex ones as pairs, along one more axis.

        Raises:
            NotKeptError: They are not there.
        """
        return parts_of(self.look(reference))

    def name(self, reference: Reference) -> str:
        """Return the person's name of a tensor."""
        return called(self.recording, self.program, reference)

    def gradient(self, call: Event, name: str) -> str:
        """Return the name of a gradient in a backward call."""
        loss = self.name(call.inputs[0]) if call.inputs else "loss"
        loss = loss if loss.isidentifier() else "loss"
        plain = name.replace(".", "").replace("_", "").isalnum()
        return f"∂{loss}/∂{name}" if plain else f"∂{loss}/∂({name})"


def call_of(program: Program, event: Event) -> Event:
    """Return the backward call in which a node ran."""
    return next(other for other in reversed(program.events[: event.number + 1]) if other.kind == "call")


def not_compared(name: str, error: NotKeptError) -> str:
    """Return the sentence that says why something is not compared."""
    if isinstance(error, ComplexError):
        return f"{name}: not compared with its formula, which is for real numbers"
    return f"{name}: not all of its numbers were kept"


def parts_of(array: np.ndarray) -> np.ndarray:
    """Return complex numbers as pairs of their real and imaginary parts, along one more axis; others as they are."""
    if array.dtype.kind != "c":
        return array
    return np.ascontiguousarray(array, np.complex128).view(np.float64).reshape(*array.shape, 2)


def asked_in(call: Event) -> Sequence[Reference]:
    """Return the tensors for which a call of `torch.autograd.grad` gives gradients."""
    # What it was called on comes first. It gives one gradient for each tensor that it was asked for.
    return call.inputs[len(call.inputs) - len(call.outputs) :] if call.name == "torch.autograd.grad" else ()


def edges_of(node: Node) -> list[int]:
    """Return the edges over which a node passes a gradient on to another one."""
    following = [*node.next, *[None] * len(node.gradients_out)]
    return [k for k, gradient in enumerate(node.gradients_out) if gradient is not None and following[k] is not None]
