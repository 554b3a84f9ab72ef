"""A program on given tensors. It runs below autograd, for what autograd did is in the program already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from retrograd.errors import NotReproducibleError
from retrograd.program.surroundings import Kinds, Randomness
from retrograd.program.writing import Compiled, StandIn, Tensors, Witness, Writing
from retrograd.recording import Program, Recording


def execute(
    program: Program,
    start: Mapping[int, Tensor],
    *,
    constants: Mapping[int, complex] | None = None,
    generators: Sequence[bytes] = (),
    results: Mapping[int, bytes] | None = None,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
    witness: Witness | None = None,
    shown: frozenset[int] | None = None,
    drawn: dict[int, bytes] | None = None,
    told: Callable[[int, Any], None] | None = None,
) -> Tensors:
    """Execute a program on tensors, which are written to in place as the loop did.

    Args:
        program: What to do.
        start: A tensor for each slot of `program.start`.
        constants: Other numbers for some of the program's constants.
        generators: States of random generators, one for each of `program.draws`; missing ones draw on.
        results: What operations that are not reproducible left in their buffers; without it they compute anew.
        dtype: Makes new floating-point tensors in this dtype instead of the recorded one.
        device: Makes new tensors on this device instead of the recorded one.
        witness: Is shown every buffer as soon as it is complete.
        shown: The buffers that the witness is shown, if not all of them.
        drawn: Gets the states in which the program leaves the generators, by their numbers.
        told: Is told each operation's number and result when it has run; then no witness is shown anything.

    Returns:
        The tensors of `program.end`, by slot.

    Raises:
        NotReproducibleError: Something took part in the step that no ATen operation shows.
    """
    check_executable(program)
    numbers = {**{c.number: c.value for c in program.constants}, **(constants or {})}
    shown = frozenset() if witness is None else shown
    run = _compiled(program, shown) if told is None else _told(program, told)
    kinds = Kinds(dtype, None if device is None else torch.device(device))
    randomness = Randomness(program, generators, kinds.device, results)
    if witness is not None:
        for reference in program.start:
            if reference.buffer >= 0 and (shown is None or reference.buffer in shown):
                witness(reference.buffer, program.slots[reference.slot], start[reference.slot])
    with below_autograd(), randomness.kept() if program.draws else nullcontext():
        end = run(start, numbers, kinds, randomness, witness)
        if drawn is not None:
            drawn.update(randomness.states())
        return end


def check_executable(program: Program) -> None:
    """Refuse a program that does not say all that the step did.

    Raises:
        NotReproducibleError: Something took part in the step that no ATen operation shows.
    """
    if not program.executable:
        raise NotReproducibleError(
            "this step cannot be executed again: something took part in it that no ATen operation shows; "
            "the recording's notes say what"
        )


@contextmanager
def below_autograd() -> Iterator[None]:
    """Compute without a graph."""
    # Some kernels ask whether gradients are wanted (oneDNN's recurrent layers do), and most of a loop runs with them.
    with torch.enable_grad(), torch._C._AutoDispatchBelowAutograd():
        yield


@contextmanager
def recorded_threads(recording: Recording) -> Iterator[None]:
    """Compute with as many threads as the loop did: sums are split among them, and so rounded."""
    before = torch.get_num_threads()
    torch.set_num_threads(int(recording.facts.get("threads", before)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def with_other_operations(
    program: Program, stand_in: StandIn, dtype: torch.dtype | None = None, device: torch.device | str | None = None
) -> Callable[[Mapping[int, Tensor], Mapping[int, Any]], Tensors]:
    """Return a program as a function of its start and its constants. The losses are among what that returns.

    Such a function can be traced, or be given tensors where the recording has numbers.

    Args:
        program: What to do.
        stand_in: What is called for each operation.
        dtype: Makes new floating-point tensors in this dtype instead of the recorded one.
        device: Makes new tensors on this device instead of the recorded one.
    """
    ends = {reference.slot: reference for reference in (*program.losses, *program.end)}
    whole = replace(program, end=tuple(ends.values()), draws=(), cache={})
    run = Writing(whole, frozenset(), stand_in).function()
    kinds = Kinds(dtype, None if device is None else torch.device(device))
    randomness = Randomness(whole, (), kinds.device)
    return lambda start, constants: run(start, constants, kinds, randomness, None)


def _told(program: Program, told: Callable[[int, Any], None]) -> Compiled:
    def stand_in(number: int, own: Any) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            result = own._op(*args, **kwargs)
            told(number, result)
            return result

        return run

    return Writing(program, frozenset(), stand_in).function()


def _compiled(program: Program, shown: frozenset[int] | None) -> Compiled:
    key = ("compiled", shown)
    if key not in program.cache:
        program.cache[key] = Writing(program, shown).function()
    return program.cache[key]
