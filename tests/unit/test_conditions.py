"""How loops end, read from their source: runs end where the script does, or a sweep says what it cannot read."""

import math
import runpy

import pytest

import retrograd
from retrograd.conditions import condition_of
from retrograd.errors import NotSweepableError, SweepError

torch = pytest.importorskip("torch")

LOOP = """
import math, sys
import torch

torch.manual_seed(0)
x, y = torch.ones(5), torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
learning_rate = {rate}
losses, steps, best, limit = [], 0, 9.0, 0.2
{head}
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    losses.append(loss.item())
    {before}
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad = b.grad = None
    steps += 1
    {after}
"""


def script(rate, head="for turn in range(40):", before="pass", after="pass"):
    return LOOP.format(rate=rate, head=head, before=before, after=after)


def run(tmp_path, text, record=True):
    path = tmp_path / "train.py"
    path.write_text(text)
    if not record:
        return runpy.run_path(str(path))["losses"]
    with retrograd.record(tmp_path / "train.retro", overwrite=True) as recording:
        runpy.run_path(str(path))
    return recording


READ = [
    {"after": "if loss.item() <= 0.2: break"},
    {"after": "if 0.2 >= loss: break"},
    {"after": "if loss < 2 * 0.1: break"},
    {"after": "if float(loss.detach()) <= limit: break"},
    {"after": "value = loss.item(); copy = value\n    if copy <= 0.2: break"},
    {"after": "if math.isnan(loss.item()): break\n    elif loss.item() <= 0.2: break"},
    {"after": "if math.isnan(loss.item()) or loss.item() <= 0.2: break"},
    {"after": "if not torch.isfinite(loss): raise ValueError\n    if loss <= 0.2: print('done'); break"},
    {"after": "if loss <= 0.2 or steps >= 7: break"},
    {"after": "if turn == 9: break"},
    {"after": "if turn > 9: break"},
    {"head": "while True:", "after": "if steps == 12: break"},
    {"head": "while not losses or losses[-1] > 0:", "after": "if steps >= 12: break", "asked": {"until": -math.inf}},
    {"head": "value = 9.0\nwhile value > 0.2 and steps < 40:", "after": "value = loss.item()"},
    {"head": "value = 9.0\nwhile value >= 0.2 and steps != 40:", "after": "value = loss.item()"},
    {"head": "value = 9.0\nwhile not (value < 0.2 or steps >= 40):", "after": "value = loss.item()"},
    {"head": "for turn, _ in enumerate(range(40), 5):", "after": "if turn == 9: break"},
    {"head": "for turn in range(0, 40, 2):", "after": "if turn >= 13: break"},
    {"after": "if 3 in (1, 2): losses.pop()\n    assert z.shape == (3,)"},
    {"after": "for _ in range(3):\n        break"},
]


@pytest.mark.parametrize("parts", READ, ids=lambda parts: parts.get("after", "") + parts.get("head", ""))
def test_runs_end_where_the_script_does(tmp_path, parts):
    asked = parts.get("asked", {})
    loop = {key: value for key, value in parts.items() if key != "asked"}
    recording = run(tmp_path, script(0.7, **loop))
    result = retrograd.sweep(recording, learning_rate=[0.7, 2.0, 0.1], engine="loop", **asked)
    for rate, steps, loss in zip([0.7, 2.0, 0.1], result["steps"].values, result["final_loss"].values, strict=True):
        losses = run(tmp_path, script(rate, **loop), record=False)
        assert (int(steps), float(loss)) == (len(losses), losses[-1])


UNREAD = [
    {"after": "if loss.item() < 0.06 * z.abs().max().item(): break"},
    {"after": "if w.norm().item() < 3: break"},
    {"after": "norm = w.norm().item()\n    if norm <= 2.5: break"},
    {"after": "total = sum(losses)\n    if loss.item() < 0.01 * total: break"},
    {"after": "if steps > 3 and loss.item() <= 0.2: break"},
    {"after": "if steps > 3:\n        if loss.item() <= 0.2: break"},
    {"after": "if loss.item() > 0.2: pass\n    else: break"},
    {"after": "if loss.item() <= 0.2: break\n    if z.max().item() < -1.5: break"},
    {"after": "assert loss.item() > 0.01"},
    {"after": "if max(losses) < 0: sys.exit()"},
    {"after": "loss = loss * 2\n    if loss.item() <= 0.2: break"},
    {"before": "value = loss.item() / 2", "after": "if value <= 0.1: break"},
    {"head": "while abs(sum(losses)) < 7 and steps < 40:"},
    {"head": "value = 9.0\nwhile value > 0.2 or steps < 5:", "after": "value = loss.item()"},
    {"head": "done = False\nwhile not done and steps < 40:", "after": "done = loss.item() <= 0.2"},
    {"head": "def enough():\n    return losses[-1] <= 0.2\nfor turn in range(40):", "after": "if enough(): break"},
]


@pytest.mark.parametrize("parts", UNREAD, ids=lambda parts: parts.get("after", "") + parts.get("head", ""))
def test_an_end_that_cannot_be_read_is_not_passed_over(tmp_path, parts):
    recording = run(tmp_path, script(0.7, **parts))
    with pytest.raises(SweepError, match=r"train.py, line \d+: `.*until=LOSS"):
        retrograd.sweep(recording, learning_rate=[2.0])
    asked = retrograd.sweep(recording, learning_rate=[2.0], until=-math.inf, max_steps=30)
    losses = run(tmp_path, script(2.0, "for turn in range(30):"), record=False)
    assert (int(asked["steps"][0]), float(asked["final_loss"][0])) == (30, losses[-1])


def test_an_end_that_only_counts_asks_for_the_number_of_steps(tmp_path):
    recording = run(
        tmp_path,
        script(0.7, "import os\nmost = 9 * len(os.sep)\nfor turn in range(40):", after="if steps >= most: break"),
    )
    with pytest.raises(SweepError, match=r"line 24: `if steps >= most`.*max_steps"):
        retrograd.sweep(recording, learning_rate=[2.0])
    assert retrograd.sweep(recording, learning_rate=[2.0], max_steps=9)["steps"].values.tolist() == [9]


@pytest.mark.parametrize("before", ["if loss.item() <= 0.2: break", "if turn == 6: break"])
def test_a_break_before_the_update_ends_the_run_with_that_turn(tmp_path, before):
    recording = run(tmp_path, script(0.7, before=before))
    result = retrograd.sweep(recording, learning_rate=[0.7, 2.0], engine="loop")
    for rate, steps, loss in zip([0.7, 2.0], result["steps"].values, result["final_loss"].values, strict=True):
        losses = run(tmp_path, script(rate, before=before), record=False)
        counted = losses[:-1] if "turn" in before else losses  # a loss that ends the loop was still computed
        assert (int(steps), float(loss)) == (len(counted), counted[-1])
    if "loss" in before:
        with pytest.raises(SweepError, match="before the update of its last turn"):
            retrograd.sweep(recording, learning_rate=[0.7], parameters=True)


def test_what_the_source_says_must_explain_where_the_recorded_loop_ended(tmp_path):
    inner = script(0.7, "for epoch in range(6):\n  for turn in range(5):").replace("\n    ", "\n      ")
    assert condition_of(run(tmp_path, inner)).max_steps == 5
    recording = run(tmp_path, inner)
    result = retrograd.sweep(recording, learning_rate=[2.0], engine="loop")
    losses = run(tmp_path, inner.replace("learning_rate = 0.7", "learning_rate = 2.0"), record=False)
    assert (int(result["steps"][0]), float(result["final_loss"][0])) == (len(losses), losses[-1]) == (30, losses[29])
    # A name in the source that something else gives another number.
    text = script(0.7, "exec('limit = 0.4')\nfor turn in range(40):", after="if loss.item() <= limit: break")
    recording = run(tmp_path, text)
    with pytest.raises(
        SweepError, match=r"ends at a loss of 0.2, or after 40 steps, but the recorded one ended after \d+"
    ):
        retrograd.sweep(recording, learning_rate=[2.0])


def test_a_number_that_the_loop_itself_changes_is_refused(tmp_path):
    recording = run(tmp_path, script(0.7, after="learning_rate *= 0.9"))
    with pytest.raises(NotSweepableError, match=r"line 18: it was 0.7 at first, and 0.63 in turn 1"):
        retrograd.sweep(recording, learning_rate=[2.0])


def test_a_function_that_calls_backward_is_seen_from_the_loop_that_calls_it(tmp_path):
    text = (
        script(0.7).replace("for turn in range(40):", "def turn_of_it():\n    global steps")
        + """
    return losses[-1]

for turn in range(40):
    if turn_of_it() <= 0.2:
        break
"""
    )
    text = text.replace("global steps", "global steps, w, b")
    recording = run(tmp_path, text)
    assert condition_of(recording).max_steps == 40
    with pytest.raises(SweepError, match="turn_of_it"):
        retrograd.sweep(recording, learning_rate=[2.0])
    result = retrograd.sweep(recording, learning_rate=[2.0], until=0.2)
    losses = run(tmp_path, text.replace("learning_rate = 0.7", "learning_rate = 2.0"), record=False)
    assert (int(result["steps"][0]), float(result["final_loss"][0])) == (len(losses), losses[-1])


@pytest.mark.parametrize(
    ("before", "update"),
    [
        ("factor = min(1.0, 2 * loss.item())", "learning_rate * factor * w.grad"),
        ("pass", "learning_rate * loss.item() * w.grad"),
        ("factor = w.norm().item()", "learning_rate / factor * w.grad"),
    ],
)
def test_a_number_that_was_taken_out_of_a_tensor_is_refused_with_its_line(tmp_path, before, update):
    text = script(0.7, before=before).replace("learning_rate * w.grad", update)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "w -=" in row)
    reasons = r" computes with `(factor|loss.item\(\))`|: it was 0.7| also computes `learning_rate / factor`"
    with pytest.raises(NotSweepableError, match=f"line {line}({reasons})"):
        retrograd.sweep(run(tmp_path, text), learning_rate=[2.0])


@pytest.mark.parametrize("test", ["loss < 0.4", "bool((z < 0).all())", "losses[-1] < 0.4", "loss.item() < 0.4"])
def test_what_a_turn_does_is_not_decided_by_a_value(tmp_path, test):
    text = script(0.7, after=f"if {test}:\n        y = y + 0.0")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if f"if {test}" in row)
    with pytest.raises(NotSweepableError, match=f"line {line}"):
        retrograd.sweep(run(tmp_path, text), learning_rate=[2.0])
