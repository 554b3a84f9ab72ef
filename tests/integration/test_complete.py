"""Everything follows from the recording alone: each script is recorded, executed again and compared, bit by bit.

What must come out is noted by an onlooker during a run without a recording, and counted in the scripts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from both_ways import BackwardSeen, Numbers, Run, both, numbers_of, scripts

from retrograd.contents import WHOLE_NBYTES
from retrograd.errors import NotKeptError
from retrograd.program import prove, reconstruct
from retrograd.recording import Recording, Reference, Step, Value, value_of

CALLS_IN_A_TURN = {"two_networks": 2, "gradient_penalty": 2}
"""Backward calls of one turn, where it is not one."""

STEPS = {
    "adam_by_hand": 30,
    "breast_cancer": 20,
    "checkpoint_restored": 16,
    "clip_after_step": 3 * 10,
    "convergence": 60,
    "encoder_detached": 20,
    "forward_without_grad": 1,
    "functional": 40,
    "gpt": 2,
    "grad_cleared_before_step": 2 * 32,
    "grad_not_cleared": 30,
    "grad_of_one_not_cleared": 24,
    "gradient_accumulation": 2 * 512 // 16,
    "gradient_penalty": 12,
    "graph_broken_by_item": 8,
    "graph_grows": 8,
    "graph_held": 20,
    "half_precision": 15,
    "inputs_and_targets_shuffled_apart": 3 * 256 // 32,
    "integer_targets": 0,
    "logits_for_probabilities": 0,
    "loss_per_sample": 1,
    "model_made_anew": 6 * 3,
    "momentum_by_hand": 40,
    "nan_behind_where": 12,
    "one_sample_at_a_time": 60,
    "one_step": 1,
    "optimizer_without_encoder": 20,
    "parameter_not_leaf": 1,
    "reward_of_a_bandit": 40,
    "rnn": 100 // 20,
    "scales": 2 * 25,
    "scheduler_before_step": 12,
    "second_backward": 2,
    "sign_with_a_gradient": 20,
    "small_images": 6,
    "target_network": 24,
    "targets_broadcast": 2 * 320 // 32,
    "trainer_class": (3 + 2) * 96 // 32,
    "twenty_steps": 20,
    "two_moons": 40,
    "two_networks": 15,
    "update_tracked": 1,
    "warm_up": 30,
    "weights_rescaled_before_backward": 20,
}
"""Turns with a backward call, as one counts them in the script; the others end when a number is reached."""

STOPS_IN_A_TURN = {
    "early_exit",
    "forward_without_grad",
    "loss_per_sample",
    "parameter_not_leaf",
    "second_backward",
    "update_tracked",
}
"""An exception ends the script during a turn."""

MADE_IN_THE_TURN = {"gradient_penalty", "graph_broken_by_item", "learning_rates", "model_made_anew", "scales", "twin"}
"""Some leaves are made in the turn itself, or since the turn before, so it does not begin with them."""

WRITTEN_BEFORE_BACKWARD = {"closure_called_again", "weights_rescaled_before_backward"}
"""The parameters change between the start of a turn and its backward call."""

REBOUND = {"closure_called_again", "functional", "graph_grows"}
"""Each turn puts other tensors, or other memory, in the place of the parameters; or, with a closure that the
optimizer calls several times, moves them after the turn that backward was called in."""


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.stem)
def test_everything_follows_from_the_recording(path: Path) -> None:
    if path.stem == "breast_cancer":
        pytest.importorskip("sklearn")
    plain, recorded = both(path)
    recording = recorded.recording
    assert recording is not None
    turns = turns_of(plain, CALLS_IN_A_TURN.get(path.stem, 1))
    assert STEPS.get(path.stem, len(turns)) == len(turns)
    assert len(recording.steps) == len(turns)
    np.testing.assert_array_equal(recording.loss, [turn[-1].loss for turn in turns])

    proof = prove(recording)
    assert proof.differences == ()
    assert (proof.skipped, proof.holds, proof.steps) == ((), True, len(turns))
    assert [step.finished for step in recording.steps] == [
        path.stem not in STOPS_IN_A_TURN or turn is not turns[-1] for turn in turns
    ]

    for step, turn in zip(recording.steps, turns, strict=True):
        gradients = [reference for _, reference in step.program.gradients]
        assert keys(values(recording, step, gradients)) == keys(gradients_of(turn))
        if path.stem not in WRITTEN_BEFORE_BACKWARD:
            begun = keys(values(recording, step, parameters_in(step, step.program.start)))
            leaves = keys(leaves_of(turn))
            assert begun == leaves or (path.stem in MADE_IN_THE_TURN and begun <= leaves)
    if turns and path.stem not in REBOUND:
        last = recording.steps[-1]
        ended = keys(values(recording, last, parameters_in(last, last.program.end)))
        leaves = {key: leaf for call in turns[-1] for key, leaf in call.leaves.items()}
        assert ended == keys([numbers_of(leaf) for leaf in leaves.values()])


def turns_of(run: Run, calls: int) -> list[list[BackwardSeen]]:
    """Return the backward calls of each turn of the loop."""
    return [run.seen[first : first + calls] for first in range(0, len(run.seen), calls)]


def leaves_of(turn: list[BackwardSeen]) -> list[Numbers]:
    """Return each leaf as it was when backward first reached it."""
    first = {leaf: numbers for call in reversed(turn) for leaf, numbers in call.before.items()}
    return list(first.values())


def gradients_of(turn: list[BackwardSeen]) -> list[Numbers]:
    """Return each leaf's gradient as the last backward call that reached it left it."""
    last = {leaf: numbers for call in turn for leaf, numbers in call.gradients.items()}
    return list(last.values())


def parameters_in(step: Step, references: Sequence[Reference]) -> list[Reference]:
    """Return the references that show parameters."""
    return [reference for reference in references if step.program.slots[reference.slot].parameter]


def values(recording: Recording, step: Step, references: Sequence[Reference]) -> list[Numbers]:
    """Return what a step holds, or what executing it gives where it does not hold it."""
    try:
        held = [value_of(step, reference) for reference in references]
    except NotKeptError:
        again = reconstruct(recording, step.number)
        held = [value_of(again, reference) for reference in references]
    return [(value.dtype, value.shape, content_of(value)) for value in held]


def content_of(value: Value) -> bytes | int:
    """Return the bytes of a small tensor, the sum of the bits of a large one."""
    if value.summary is not None:
        return value.summary.checksum
    assert value.array is not None
    return value.array.tobytes()


def keys(tensors: Sequence[Numbers]) -> Counter[Numbers]:
    """Return tensors so that they can be compared in whatever order, large ones by the sum of their bits."""
    return Counter(map(_key, tensors))


def _key(tensor: Numbers) -> Numbers:
    dtype, shape, content = tensor
    dtype = dtype.removeprefix("torch.")
    if isinstance(content, bytes) and len(content) > WHOLE_NBYTES:
        content = int(np.frombuffer(content, "<u8").sum(dtype="<u8"))
    return dtype, shape, content
