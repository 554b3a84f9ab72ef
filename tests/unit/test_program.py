"""A recorded step is executed again: on its own values, on others, in float64; beside loops in NumPy by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from retrograd.errors import NotKeptError, NotReproducibleError
from retrograd.program import execute, prove, reconstruct, start_of
from retrograd.recorder import record
from retrograd.recording import Line, Note, Program, Recording, Step, value_of

TURNS = 3
LEARNING_RATE = 0.5


@pytest.fixture
def recording() -> Recording:
    """The loop of the notebook, recorded."""
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.zeros(3)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    learning_rate = LEARNING_RATE
    with record() as recorded:
        for _ in range(TURNS):
            z = torch.matmul(x, w) + b
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
            loss.backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
                b -= learning_rate * b.grad
            w.grad.zero_()
            b.grad.zero_()
    return recorded


def by_hand(w: np.ndarray, b: np.ndarray, learning_rate: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Do one turn in NumPy, in float64: return the loss before it and the parameters after it.

    With x = 1 and y = 0 the loss is the mean of log(1 + e^z), z = 1ᵀw + b, and ∂loss/∂z = σ(z) / 3.
    """
    w, b = w.astype("f8"), b.astype("f8")
    z = w.sum(0) + b
    slope = 1 / (1 + np.exp(-z)) / 3
    return float(np.log1p(np.exp(z)).mean()), w - learning_rate * slope, b - learning_rate * slope


def tolerance(dtype: str) -> float:
    # A turn adds 5 products, then takes exp, log, a mean and a difference of numbers below 8: some 20 roundings.
    return 20 * float(np.finfo(dtype).eps) * 8


def slots(program: Program) -> dict[str, int]:
    """Return the slots that a program begins with, by their names."""
    return {name: r.slot for r in program.start if (name := program.slots[r.slot].name)}


def program_of(recording: Recording, number: int = 1) -> Program:
    program = recording.steps[number].program
    assert program is not None
    return program


def rate_of(program: Program) -> list[int]:
    """Return the places of the learning rate among the constants."""
    return [constant.number for constant in program.constants if constant.name == "learning_rate"]


# ---------------------------------------------------------------- its own values


def test_a_step_gives_the_parameters_of_the_next_one(recording):
    for number in range(TURNS - 1):
        step, following = recording.steps[number], recording.steps[number + 1]
        begun = start_of(recording, step)
        end = execute(step.program, begun, constants=step.constants)
        for name in ("w", "b"):
            reference = next(r for r in following.program.start if following.program.slots[r.slot].name == name)
            after = end[slots(step.program)[name]]
            assert after.detach().numpy().tobytes() == value_of(following, reference).array.tobytes()


def test_it_begins_with_what_was_recorded(recording):
    step = recording.steps[0]
    for reference in step.program.start:
        tensor = start_of(recording, step)[reference.slot]
        assert tensor.numpy().tobytes() == value_of(step, reference).array.tobytes()
        assert tensor.stride() == step.program.slots[reference.slot].stride


def test_the_tensors_that_it_is_given_are_written_to(recording):
    step = recording.steps[1]
    begun = start_of(recording, step)
    end = execute(step.program, begun, constants=step.constants)
    w = slots(step.program)["w"]
    assert end[w].data_ptr() == begun[w].data_ptr()


def test_it_leaves_no_graph(recording):
    step = recording.steps[1]
    begun = {slot: tensor.requires_grad_() for slot, tensor in start_of(recording, step).items()}
    end = execute(step.program, begun, constants=step.constants)
    assert all(tensor.grad_fn is None for tensor in end.values())


def test_a_witness_is_shown_each_buffer(recording):
    step = recording.steps[1]
    shown: dict[int, bytes] = {}

    def witness(number: int, slot: Any, tensor: Tensor) -> None:
        assert tuple(tensor.shape) == slot.shape
        shown[number] = tensor.detach().contiguous().numpy().tobytes()

    execute(step.program, start_of(recording, step), constants=step.constants, witness=witness)
    assert set(shown) == {buffer.number for buffer in step.program.buffers}
    loss = step.program.losses[0]
    assert shown[loss.buffer] == value_of(step, loss).array.tobytes()


# ---------------------------------------------------------------- other values


def test_other_parameters(recording):
    step = recording.steps[1]
    names = slots(step.program)
    begun = start_of(recording, step)
    random = np.random.default_rng(1)
    w, b = random.uniform(-1, 1, (5, 3)).astype("f4"), random.uniform(-1, 1, 3).astype("f4")
    begun[names["w"]].copy_(torch.from_numpy(w))
    begun[names["b"]].copy_(torch.from_numpy(b))
    end = execute(step.program, begun, constants=step.constants)
    _, w_after, b_after = by_hand(w, b, LEARNING_RATE)
    np.testing.assert_allclose(end[names["w"]], w_after, atol=tolerance("f4"), rtol=0)
    np.testing.assert_allclose(end[names["b"]], b_after, atol=tolerance("f4"), rtol=0)


def test_another_learning_rate(recording):
    step = recording.steps[1]
    names = slots(step.program)
    begun = start_of(recording, step)
    w, b = begun[names["w"]].numpy().copy(), begun[names["b"]].numpy().copy()
    rates = rate_of(step.program)
    assert len(rates) == 2
    assert {step.program.constants[rate].value for rate in rates} == {LEARNING_RATE}
    end = execute(step.program, begun, constants={**step.constants, **dict.fromkeys(rates, 2.0)})
    _, w_after, _ = by_hand(w, b, 2.0)
    np.testing.assert_allclose(end[names["w"]], w_after, atol=tolerance("f4"), rtol=0)


def test_float64(recording):
    step = recording.steps[1]
    names = slots(step.program)
    begun = {slot: tensor.double() for slot, tensor in start_of(recording, step).items()}
    w, b = begun[names["w"]].numpy().copy(), begun[names["b"]].numpy().copy()
    losses = []

    def witness(number: int, slot: Any, tensor: Tensor) -> None:
        if number == step.program.losses[0].buffer:
            losses.append(tensor.item())

    end = execute(step.program, begun, constants=step.constants, dtype=torch.float64, witness=witness)
    loss, w_after, b_after = by_hand(w, b, LEARNING_RATE)
    assert {tensor.dtype for tensor in end.values()} == {torch.float64}
    np.testing.assert_allclose(losses, loss, atol=tolerance("f8"), rtol=0)
    np.testing.assert_allclose(end[names["w"]], w_after, atol=tolerance("f8"), rtol=0)
    np.testing.assert_allclose(end[names["b"]], b_after, atol=tolerance("f8"), rtol=0)


def test_many_turns_in_a_row_follow_the_loop_by_hand(recording):
    step = recording.steps[1]
    names = slots(step.program)
    tensors = {slot: tensor.double() for slot, tensor in start_of(recording, step).items()}
    w, b = tensors[names["w"]].numpy().copy(), tensors[names["b"]].numpy().copy()
    for _ in range(50):
        execute(step.program, tensors, constants=step.constants, dtype=torch.float64)
        _, w, b = by_hand(w, b, LEARNING_RATE)
    np.testing.assert_allclose(tensors[names["w"]], w, atol=50 * tolerance("f8"), rtol=0)
    np.testing.assert_allclose(tensors[names["b"]], b, atol=50 * tolerance("f8"), rtol=0)


def test_momentum_by_hand():
    """v ← 0.9 v + 2 w, w ← w − 0.1 v, from w = (1, 2) and v = 0."""
    w = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    v = torch.zeros(2, dtype=torch.float64)
    with record() as recording:
        for _ in range(4):
            (w**2).sum().backward()
            with torch.no_grad():
                v.mul_(0.9).add_(w.grad)
                w -= 0.1 * v
            w.grad = None
    step = recording.steps[-1]
    end = execute(step.program, start_of(recording, step), constants=step.constants)
    names = slots(step.program)
    expected_w, expected_v = np.array([1.0, 2.0]), np.zeros(2)
    for _ in range(4):
        expected_v = 0.9 * expected_v + 2 * expected_w
        expected_w = expected_w - 0.1 * expected_v
    rounding = 4 * 4 * np.finfo("f8").eps * 4  # four turns of four roundings of numbers up to 4
    np.testing.assert_allclose(end[names["w"]], expected_w, atol=rounding, rtol=0)
    np.testing.assert_allclose(end[names["v"]], expected_v, atol=rounding, rtol=0)


# ---------------------------------------------------------------- random numbers


@pytest.fixture
def drawing() -> tuple[Recording, list[bytes]]:
    """A loop that draws from the default generator and from one of its own, and what it drew."""
    w = torch.ones(4, requires_grad=True)
    generator = torch.Generator().manual_seed(3)
    drawn = []
    with record() as recorded:
        for turn in range(3):
            noise = torch.randn(4) + torch.rand(4, generator=generator)
            if turn == 1:
                torch.manual_seed(7)
            noise = noise * torch.randn(4)
            (w * noise).sum().backward()
            drawn.append(noise.numpy().tobytes())
            w.grad = None
    return recorded, drawn


def noises(recording: Recording, step: Step, generators: Sequence[bytes]) -> list[bytes]:
    seen: list[bytes] = []
    execute(
        step.program,  # type: ignore[arg-type]
        start_of(recording, step),
        constants=step.constants,
        generators=generators,
        witness=lambda number, slot, tensor: seen.append(tensor.detach().numpy().tobytes()),
    )
    return seen


def test_the_same_random_numbers_are_drawn_again(drawing):
    recording, drawn = drawing
    for step, noise in zip(recording.steps, drawn, strict=True):
        assert noise in noises(recording, step, step.generators)


def test_the_default_generator_is_left_as_it_was_found(drawing):
    recording, _ = drawing
    before = torch.get_rng_state()
    noises(recording, recording.steps[1], recording.steps[1].generators)
    assert torch.equal(torch.get_rng_state(), before)


def test_without_states_other_numbers_are_drawn(drawing):
    recording, drawn = drawing
    torch.manual_seed(1)
    first = noises(recording, recording.steps[0], ())
    torch.manual_seed(2)
    assert drawn[0] not in first
    assert noises(recording, recording.steps[0], ()) != first


# ---------------------------------------------------------------- memory


def test_views_share_their_memory_again():
    x, w = torch.arange(12.0), torch.ones(4, requires_grad=True)
    with record() as recording:
        for turn in range(3):
            head, tail = x[: 4 + turn], x[8:]
            (head[:4] * w + tail).sum().backward()
            x[2] += 1
            w.grad = None
    assert prove(recording).holds
    step = recording.steps[1]
    begun = start_of(recording, step)
    by_storage: dict[int, set[int]] = {}
    for reference in step.program.start:
        slot = step.program.slots[reference.slot]
        by_storage.setdefault(slot.storage, set()).add(begun[slot.number].untyped_storage().data_ptr())
    assert {len(places) for places in by_storage.values()} == {1}


def test_a_write_through_a_view_reaches_its_base():
    """The loss is Σ (2w, 0, 0)² = 4 Σ w², so the gradient is 8w."""
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    with record() as recording:
        for _ in range(3):
            z = torch.zeros(4)
            z[:2] = w * 2
            z.square().sum().backward()
            w.grad = None
    step = recording.steps[-1]
    found = []
    gradient = step.program.gradients[0][1].buffer
    execute(
        step.program,
        start_of(recording, step),
        constants=step.constants,
        witness=lambda number, slot, tensor: found.append(tensor.tolist()) if number == gradient else None,
    )
    assert found[-1] == [8.0, -16.0]


# ---------------------------------------------------------------- reconstruct and prove


@dataclass
class Kept:
    """A recording from which somebody has taken something away."""

    source: Any
    changed: dict[int, Step] = field(default_factory=dict)

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.source.facts

    @property
    def lines(self) -> Sequence[Line]:
        return self.source.lines

    @property
    def texts(self) -> Mapping[str, str]:
        return self.source.texts

    @property
    def notes(self) -> Sequence[Note]:
        return self.source.notes

    @property
    def numbers(self) -> range:
        return self.source.numbers

    def programs(self) -> Sequence[Program]:
        return self.source.programs()

    def step(self, number: int) -> Step:
        return self.changed.get(number) or self.source.step(number)


def with_steps(recording: Recording, *steps: Step) -> Recording:
    return Recording(Kept(recording.source, {step.number: step for step in steps}))


def nothing_kept(step: Step) -> Step:
    return replace(step, layout="none", row=b"", wholes={})


def test_a_step_of_which_nothing_was_kept_is_computed_from_the_one_before(recording):
    whole = reconstruct(recording, 2)
    assert whole.layout == "all"
    thinned = with_steps(recording, *(nothing_kept(recording.steps[number]) for number in (1, 2)))
    again = reconstruct(thinned, 2)
    assert again.row == whole.row


def test_without_a_beginning_nothing_can_be_computed(recording):
    before = recording.source.step(-1) if recording.before else None
    steps = [nothing_kept(step) for step in (*recording.steps, *([before] if before else []))]
    with pytest.raises(NotKeptError):
        reconstruct(with_steps(recording, *steps), 1)


def test_a_lightly_recorded_step_cannot_be_computed(recording):
    light = replace(nothing_kept(recording.steps[1]), program=None)
    with pytest.raises((NotKeptError, NotReproducibleError)):
        reconstruct(with_steps(recording, light, nothing_kept(recording.steps[2])), 2)


def test_the_proof_counts_steps_and_values(recording):
    proof = prove(recording)
    assert proof.holds
    assert proof.steps == TURNS
    assert proof.compared >= sum(len(step.program.gradients) + 1 for step in recording.steps)


@pytest.mark.parametrize("name", ["w", "loss", "w.grad"])
def test_one_wrong_bit_is_found(recording, name):
    step = reconstruct(recording, 1)
    if name == "loss":
        reference = step.program.losses[0]
    elif name == "w":
        reference = next(r for r in step.program.end if step.program.slots[r.slot].name == "w")
    else:
        reference = next(r for slot, r in step.program.gradients if step.program.slots[slot].name == "w")
    recorded = value_of(step, reference).array.tobytes()
    place = step.row.rindex(recorded)
    row = bytearray(step.row)
    row[place] ^= 1
    proof = prove(with_steps(recording, replace(step, row=bytes(row))))
    assert not proof.holds
    assert all(sentence.startswith("step 1") for sentence in proof.differences[:1])


def test_a_wrong_constant_is_found(recording):
    step = recording.steps[1]
    changed = {**step.constants, rate_of(step.program)[0]: 0.25}
    assert not prove(with_steps(recording, replace(step, constants=changed))).holds


def test_what_cannot_be_executed_is_skipped_and_said(recording):
    closed = replace(program_of(recording), executable=False)
    step = replace(recording.steps[1], program=closed)
    with pytest.raises(NotReproducibleError):
        execute(closed, start_of(recording, step))
    proof = prove(with_steps(recording, step))
    assert not proof.holds
    assert any(sentence.startswith("step 1") for sentence in proof.skipped)


def test_the_proof_uses_as_many_threads_as_the_loop(recording):
    torch.set_num_threads(2)
    assert prove(recording).holds
    assert torch.get_num_threads() == 2


def test_a_recording_at_the_prompt_is_one_line():
    with record() as recording:
        w = torch.ones(3, requires_grad=True)
        for _ in range(4):
            w.sum().backward()
    assert repr(recording) == "<recording of 4 steps>"


def test_an_operation_that_nothing_defines_here_is_refused_with_its_name():
    from retrograd.errors import NotReproducibleError
    from retrograd.program.writing import overload

    with pytest.raises(NotReproducibleError, match=r"nobody::knows\.default is no operation of PyTorch's own"):
        overload("nobody::knows.default")
