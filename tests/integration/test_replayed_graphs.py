"""A replay without a detach, a no_grad or a line of the forward pass: autograd builds another graph, as in the script.

As in test_replayed_edits, each edit is made twice, in the script's text and in a replay, and all bits are compared.
"""

from __future__ import annotations

import pytest
from both_ways import run
from test_replayed_edits import Edit, compare, name_of, path_of, recording_of

from retrograd import replay
from retrograd.errors import BeyondRecordingError
from retrograd.verification import verify

CUT = ("    target = target.detach()\n", "")
TANH = ("    guess = torch.tanh(guess)\n", "")

EDITS = [
    Edit("td_by_hand", [CUT], options={"without": "line 14"}),
    Edit("td_by_hand", [CUT], options={"without": "detach"}),
    Edit("td_by_hand", [TANH], options={"without": "line 12"}),
    Edit("td_by_hand", [TANH, ("0.3 *", "0.1 *")], {"line 18": 0.1}, {"without": "line 12"}),
    Edit("td_by_hand", [("    guess = guess * 0.95\n", ""), CUT], options={"without": ["line 11", "line 14"]}),
    Edit("td_by_hand", [("torch.tanh(guess)", "guess")], options={"without": "tanh"}),
    Edit("td_by_hand", [CUT, ("    values.grad = None\n", "")], options={"without": "detach", "clear": False}),
    Edit("target_network", [("with torch.no_grad():", "if True:")], options={"without": "line 15"}),
    Edit("two_moons", [("torch.tanh(x @ w1 + b1)", "x @ w1 + b1")], options={"without": "line 32: tanh"}),
    Edit(
        "two_moons",
        [("torch.tanh(h @ w2 + b2)", "h @ w2 + b2"), ("torch.tanh(x @ w1 + b1)", "x @ w1 + b1")],
        options={"without": "tanh"},
    ),
    Edit("two_moons_adam", [("nn.Tanh()", "nn.Identity()")], options={"without": "tanh"}),
    Edit("adam_by_hand", [("torch.tanh(X @ W1)", "(X @ W1)")], options={"without": "line 12: tanh"}),
    Edit("weights_rescaled_before_backward", [("torch.relu(f1(x))", "f1(x)")], options={"without": "relu"}),
    Edit(
        "weights_rescaled_before_backward",
        [("torch.relu(f1(x))", "f1(x)"), ("range(20)", "range(35)"), ("lr=0.1", "lr=0.05")],
        {"lr": 0.05},
        {"without": "relu", "steps": 35},
    ),
    Edit("small_images", [("nn.ReLU()", "nn.Identity()")], options={"without": "relu"}),
    Edit("gpt", [("F.gelu(", "(")], options={"without": "gelu"}),
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{name_of(edit)}-{edit.options['without']}")
def test_it_does_what_the_script_does_with_another_graph(edit: Edit) -> None:
    replayed = replay(recording_of(edit.script), edit.changes, **edit.options)
    edited = run(path_of(edit.script), recorded=False, edits=edit.texts)
    compare(edit.script, replayed, edited, "steps" in edit.options)


def test_the_new_graph_can_be_verified():
    replayed = replay(recording_of("td_by_hand"), without="detach")
    found = verify(replayed, [0, -1])
    assert found.comparisons
    assert not found.disagreements
    names = [event.name for event in replayed.steps[1].program.events]
    # The gradient flows through both products now.
    assert names.count("MulBackward0") > [e.name for e in recording_of("td_by_hand").steps[1].program.events].count(
        "MulBackward0"
    )


@pytest.mark.parametrize(
    ("script", "left_out", "texts", "steps"),
    [
        ("rnn", "detach", [("    h = h.detach()\n", "")], 2),
        ("twenty_steps", "line 24", [("    with torch.no_grad():\n", "    if True:\n")], 1),
    ],
)
def test_where_the_edited_script_stops_the_replay_does(script, left_out, texts, steps):
    edited = run(path_of(script), recorded=False, edits=texts)
    assert edited.error is not None
    replayed = replay(recording_of(script), without=left_out)
    assert [step.finished for step in replayed.steps] == [True] * (steps - 1) + [False]
    (note,) = [note for note in replayed.notes if note.kind == "error"]
    assert note.text == f"RuntimeError: {edited.error}"
    assert [seen.loss for seen in edited.seen][:steps] == replayed.loss.tolist()


@pytest.mark.parametrize(
    ("script", "left_out", "reason"),
    [
        ("encoder_detached", "detach", "net.encoder.weight: it had none in the recording and has one now"),
        ("two_networks", "detach", "generator.0.weight: it had none in the recording and has one now"),
        ("small_images", "dropout", "it draws random numbers"),
        ("functional", "tanh", "with autograd on top"),
        ("two_networks", "linear", "no tensor of the shape that it gives"),
        ("two_moons", "line 32", "others need what it computes, and without it there would be none"),
        ("td_by_hand", "backward", "without its backward call a turn is no step"),
    ],
)
def test_what_is_not_known_is_refused(script, left_out, reason):
    with pytest.raises(BeyondRecordingError, match=reason):
        replay(recording_of(script), without=left_out)
