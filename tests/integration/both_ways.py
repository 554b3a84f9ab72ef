"""A script or a loop, run in this process with and without a recording, and what an onlooker notes of the run without.

The onlooker stands where PyTorch's own `backward` and `grad` are looked up. It uses nothing of retrograd, so
what it notes are the numbers that a recording must hold.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

from retrograd.program import prove, reconstruct
from retrograd.recorder import record
from retrograd.recording import Recording

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
LOOPS = ROOT / "tests" / "loops"

SHORTER = {
    "functional": ("range(1001)", "range(40)"),
    "learning_rates": ("max_steps = 1000", "max_steps = 25"),
    "rnn": ("range(0, 6000, window)", "range(0, 100, window)"),
    "scales": ("num_steps = 10000", "num_steps = 25"),
    "two_moons": ("range(501)", "range(40)"),
    "two_moons_adam": ("range(20)", "range(3)"),
    "breast_cancer": ("range(201)", "range(20)"),
    "convergence": ("max_steps = 1000", "max_steps = 60"),
    "gradient_accumulation": ("range(10)", "range(2)"),
    "gpt": ("else 20", "else 2"),
}
"""A shorter run shows the same; the part of an example that says how long it runs, and what it says here."""

Numbers = tuple[str, tuple[int, ...], bytes | int]
"""A tensor: dtype, shape, and its entries in order or, of a large one, the sum of their bits."""


def numbers_of(tensor: Tensor) -> Numbers:
    """Return a tensor's entries, bit by bit."""
    with temporarily_clear_interpreter_stack():  # inside of `torch.func` every result is wrapped
        plain = opened(tensor).detach().resolve_conj().resolve_neg()
        entries = plain.contiguous().reshape(-1).view(torch.uint8)
        return str(plain.dtype), tuple(plain.shape), entries.numpy().tobytes()


def opened(tensor: Tensor) -> Tensor:
    """Return the tensor inside the wrappers of `torch.func`."""
    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor


@dataclass
class BackwardSeen:
    """One call of backward or grad."""

    loss: float
    """NaN if it was not called on one number."""
    leaves: dict[int, Tensor]
    """The leaves of the graph, by `id`; they are kept alive, so that no other tensor gets theirs."""
    before: dict[int, Numbers] = field(default_factory=dict)
    """The leaves when backward was called."""
    gradients: dict[int, Numbers] = field(default_factory=dict)
    """Their gradients when it was over."""


@dataclass
class Run:
    """What a script did."""

    printed: str
    error: BaseException | None
    names: dict[str, Any]
    """The script's global variables at its end."""
    random: tuple[Any, ...]
    """The states of the random generators at its end."""
    seen: list[BackwardSeen]
    recording: Recording | None

    @property
    def tensors(self) -> dict[str, Numbers]:
        """The tensors that the script's global variables lead to."""
        return {name: numbers_of(t) for name, thing in self.names.items() for t in tensors_in(thing)}


def scripts() -> list[Path]:
    """Return every example and every loop, shortest names first."""
    return [*sorted(EXAMPLES.glob("*.py")), *sorted(LOOPS.glob("*.py"))]


@cache
def both(path: Path) -> tuple[Run, Run]:
    """Run a script without and with a recording."""
    if path.stem == "breast_cancer":
        pytest.importorskip("sklearn.datasets")  # imported before both runs: importing draws random numbers
    return run(path, recorded=False), run(path, recorded=True)


def run(
    path: Path, recorded: bool, edits: Sequence[tuple[str, str]] = (), options: Mapping[str, Any] | None = None
) -> Run:
    """Run a script as `__main__` in this process.

    Args:
        path: The script.
        recorded: Whether under a recording.
        edits: Each first text is replaced by the second.
        options: What `record` is given.
    """
    source = path.read_text(encoding="utf-8")
    for long, short in (*([SHORTER[path.stem]] if path.stem in SHORTER else []), *edits):
        assert long in source
        source = source.replace(long, short)
    code = compile(source, str(path), "exec")
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    seed()
    seen: list[BackwardSeen] = []
    recording, error = None, None
    arguments, sys.argv = sys.argv, [str(path)]
    printed = io.StringIO()
    # A script that switches gradients off, and not on again, does so for itself only.
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")
        try:
            if recorded:
                with record(None, **(options or {})) as recording:
                    exec(code, names)
            else:
                with onlooker(seen):
                    exec(code, names)
        except (Exception, SystemExit) as raised:
            error = raised
        finally:
            sys.argv = arguments
    return Run(printed.getvalue(), error, names, random_states(), seen, recording)


def seed() -> None:
    """Start the random generators, each at the same place."""
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)


Loop = Callable[[], Any]
"""A loop as a function; it returns whatever must be the same: tensors, numbers, texts, in lists and dictionaries."""


@dataclass
class Twice:
    """What a loop did without and with a recording."""

    plain: Outcome
    recorded: Outcome
    recording: Recording


@dataclass
class Outcome:
    """All that the person can notice of a loop."""

    result: Any
    error: tuple[str, str] | None
    printed: str
    random: tuple[Any, ...]
    warned: list[tuple[str, int, str, str]]
    """File, line, category and text of each warning."""


def check(loop: Loop, steps: int | None = None, holds: bool = True) -> Twice:
    """Run a loop without and with a recording: nothing differs, and the recording is complete.

    Args:
        loop: It makes all that it needs itself.
        steps: Turns with a backward call, if one can say.
        holds: Everything can be executed again. If not, the recording's notes must say why.
    """
    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    recording = twice.recording
    if steps is not None:
        assert len(recording.steps) == steps
    losses = twice.plain.result.get("losses") if isinstance(twice.plain.result, dict) else None
    if losses is not None:
        np.testing.assert_array_equal(recording.loss, [float.fromhex(loss) for loss in losses])
    proof = prove(recording)
    if holds:
        assert (proof.differences, proof.skipped) == ((), ())
        assert [note for note in recording.notes if note.kind not in ("error", "warning")] == []
        for number in range(len(recording.steps)):
            reconstruct(recording, number)
    else:
        assert any(note.kind == "unseen" for note in recording.notes)
    return twice


def run_twice(loop: Loop) -> Twice:
    """Run a loop without and with a recording."""
    plain = _observed(loop)
    with_recording: list[Recording] = []

    def recorded() -> Any:
        with record(None) as recording:
            with_recording.append(recording)
            return loop()

    return Twice(plain, _observed(recorded), with_recording[0])


def _observed(loop: Loop) -> Outcome:
    seed()
    # A warning that C++ gives once in a process would be missing in the second run.
    torch.set_warn_always(True)
    printed = io.StringIO()
    result, error = None, None
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = comparable(loop())
        except (Exception, SystemExit, KeyboardInterrupt) as raised:
            error = (type(raised).__name__, str(raised))
    warned = [(w.filename, w.lineno, w.category.__name__, str(w.message)) for w in caught]
    return Outcome(result, error, printed.getvalue(), random_states(), warned)


def comparable(thing: Any) -> Any:
    """Return tensors as their entries, numbers so that NaN equals NaN, everything else as it is."""
    if isinstance(thing, Tensor):
        return numbers_of(thing)
    if isinstance(thing, float):
        return thing.hex()
    if isinstance(thing, dict):
        return {key: comparable(entry) for key, entry in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [comparable(entry) for entry in thing]
    return thing


def random_states() -> tuple[Any, ...]:
    """Return the states of all random generators, comparable."""
    kind, keys, *rest = np.random.get_state()
    return torch.get_rng_state().tolist(), (kind, keys.tolist(), *rest), random.getstate()


@contextlib.contextmanager
def onlooker(seen: list[BackwardSeen]) -> Iterator[None]:
    """Note each call of backward and grad, with its loss, its leaves and their gradients."""
    backward, grad = torch.autograd.backward, torch.autograd.grad

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def watching(roots: Any, *args: Any, **kwargs: Any) -> Any:
            losses = [roots] if isinstance(roots, Tensor) else list(roots)
            leaves = {id(leaf): leaf for leaf in leaves_behind(losses)}
            noted = BackwardSeen(_number(losses[-1]), leaves)
            noted.before = {key: numbers_of(leaf) for key, leaf in leaves.items()}
            seen.append(noted)
            result = call(roots, *args, **kwargs)
            gradients = {key: leaf.grad for key, leaf in leaves.items()}
            if call is grad:
                wanted = args[0] if args else kwargs["inputs"]
                wanted = [wanted] if isinstance(wanted, Tensor) else wanted
                gradients.update({id(w): g for w, g in zip(wanted, result, strict=True) if id(w) in leaves})
            noted.gradients = {key: numbers_of(g) for key, g in gradients.items() if g is not None}
            return result

        return watching

    torch.autograd.backward, torch.autograd.grad = watched(backward), watched(grad)
    try:
        yield
    finally:
        torch.autograd.backward, torch.autograd.grad = backward, grad


def leaves_behind(roots: list[Tensor]) -> list[Tensor]:
    """Return the leaves whose gradients a backward call on the roots can reach."""
    waiting = [root.grad_fn for root in roots if root.grad_fn is not None]
    known, leaves = set(waiting), []
    while waiting:
        node = waiting.pop()
        if hasattr(node, "variable"):
            leaves.append(node.variable)
        fresh = {following for following, _ in node.next_functions if following is not None} - known
        known |= fresh
        waiting += fresh
    return leaves


def _number(loss: Tensor) -> float:
    with temporarily_clear_interpreter_stack():
        return opened(loss).detach().item() if loss.numel() == 1 else float("nan")


def tensors_in(thing: Any) -> Iterator[Tensor]:
    """Go through the tensors that a variable leads to, through lists, dictionaries, models and optimizers."""
    if isinstance(thing, Tensor):
        yield thing
    elif isinstance(thing, torch.nn.Module):
        yield from (*thing.parameters(), *thing.buffers())
    elif isinstance(thing, torch.optim.Optimizer):
        yield from tensors_in(list(thing.state.values()))
    elif isinstance(thing, dict):
        yield from tensors_in(list(thing.values()))
    elif isinstance(thing, (list, tuple)):
        for entry in thing:
            yield from tensors_in(entry)
