"""All entries of a large tensor are those that the loop had, though only a summary of it was kept."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import retrograd  # noqa: E402
from retrograd.errors import NotKeptError, NotReproducibleError, RefusedError  # noqa: E402
from retrograd.program import entries_of  # noqa: E402
from retrograd.recording import Recording, Reference, value_of  # noqa: E402
from retrograd.views.wholes import entries  # noqa: E402


def tensor(recording: Recording, number: int, name: str) -> Reference:
    """Return a tensor as it was when it was there first in a step: at its start, or behind the event that made it."""
    program = recording.steps[number].program
    seen = [*program.start, *(reference for event in program.events for reference in event.outputs)]
    return next(reference for reference in seen if program.slots[reference.slot].name == name)


def train(steps: int = 6) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return w at the beginning of each step, and the hidden values: 40 kB each, ten times what is kept whole."""
    torch.manual_seed(0)
    x, y = torch.randn(100, 100), torch.randn(100, 1)
    w = torch.randn(100, 100, requires_grad=True)
    v = torch.randn(100, 1, requires_grad=True)
    weights, hidden = [], []
    for _ in range(steps):
        weights.append(w.detach().numpy().copy())
        h = torch.tanh(x @ w)
        loss = ((h @ v - y) ** 2).mean()
        loss.backward()
        hidden.append(h.detach().numpy().copy())
        with torch.no_grad():
            w -= 0.01 * w.grad
            v -= 0.01 * v.grad
        w.grad = None
        v.grad = None
    return weights, hidden


@pytest.fixture(scope="module")
def recorded() -> tuple[Recording, list[np.ndarray], list[np.ndarray]]:
    with retrograd.record() as recording:
        weights, hidden = train()
    return recording, weights, hidden


def test_they_are_bitwise_those_of_the_loop(recorded):
    recording, *expected = recorded
    for name, arrays in zip(("w", "h"), expected, strict=True):
        for number, array in enumerate(arrays):
            np.testing.assert_array_equal(entries_of(recording, number, tensor(recording, number, name)), array)


def test_what_was_not_kept_is_what_is_computed(recorded):
    """So the test above is about tensors that were computed again."""
    recording, *_ = recorded
    for step in recording.steps:
        reference = tensor(recording, step.number, "h")
        with contextlib.suppress(NotKeptError):
            assert value_of(step, reference).array is None


def test_those_of_steps_that_passed_unwatched_are_computed_from_a_step_before():
    with retrograd.record(mode="sparse", every=4, prove=0) as recording:
        _, hidden = train(10)
    assert sum(step.layout == "inputs" for step in recording.steps) >= 3
    for number, array in enumerate(hidden):
        np.testing.assert_array_equal(entries_of(recording, number, tensor(recording, number, "h")), array)


def test_other_entries_than_were_recorded_are_refused(recorded):
    recording, *_ = recorded
    step = recording.steps[0]
    reference = tensor(recording, 0, "h")
    checksum = np.uint64(value_of(step, reference).summary.checksum)
    changed = step.row.replace(checksum.tobytes(), (checksum + np.uint64(1)).tobytes())
    assert changed != step.row

    class Source:
        """The same recording with another sum of all bits."""

        def __getattr__(self, name: str) -> object:
            return getattr(recording.source, name)

        def step(self, number: int):
            found = recording.source.step(number)
            return replace(found, row=changed) if number == 0 else found

    with pytest.raises(NotReproducibleError, match="h is not what executing the step gives"):
        entries_of(Recording(Source()), 0, reference)


def request(recording: Recording, number: int, name: str) -> dict[str, int]:
    """Return what a viewer sends."""
    reference = tensor(recording, number, name)
    return {"step": number, "slot": reference.slot, "buffer": reference.buffer}


def test_the_viewer_gets_them_as_float64(recorded):
    recording, weights, _ = recorded
    sent = np.frombuffer(entries(recording, request(recording, 2, "w")), "<f8")
    np.testing.assert_array_equal(sent.reshape(100, 100), weights[2])


@pytest.mark.parametrize(("step", "slot", "buffer"), [(99, 0, 0), (-2, 0, 0), (0, 10_000, 0), (0, 0, 10_000)])
def test_what_is_not_there_is_refused(recorded, step, slot, buffer):
    with pytest.raises(RefusedError, match="there is no tensor"):
        entries(recorded[0], {"step": step, "slot": slot, "buffer": buffer})


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {},
        {"step": 0, "slot": 0},
        {"step": 0, "slot": 0, "buffer": -1},
        {"step": 0, "slot": "0", "buffer": 0},
    ],
)
def test_what_is_no_request_is_refused(recorded, asked):
    with pytest.raises(RefusedError, match="expected"):
        entries(recorded[0], asked)


def test_why_they_cannot_be_computed_is_said(recorded):
    def refuse(*_: object) -> np.ndarray:
        raise NotReproducibleError("an operation cannot be executed again")

    with pytest.raises(RefusedError, match="an operation cannot be executed again"):
        entries(recorded[0], request(recorded[0], 2, "h"), refuse)


def test_what_a_browser_cannot_show_is_refused(recorded, monkeypatch):
    recording = recorded[0]
    monkeypatch.setattr("retrograd.views.wholes.MOST_ENTRIES", 5000)
    with pytest.raises(RefusedError, match="10000 entries; at most 5000"):
        entries(recording, request(recording, 0, "w"))
